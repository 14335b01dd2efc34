#include "daq/model/run_summary.hpp"

#include <array>
#include <cassert>

namespace spillway::model {

std::string_view name(Condition condition) {
  constexpr std::array<std::string_view, 4> kNames = {"RUNNING", "COMPLETE", "INCOMPLETE", "ABORTED"};
  assert(static_cast<std::size_t>(condition) < kNames.size());
  return kNames[static_cast<std::size_t>(condition)];
}

}  // namespace spillway::model
