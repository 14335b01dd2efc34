#include "daq/model/fragment.hpp"

#include <array>
#include <cassert>

namespace spillway::model {

std::string_view name(FragmentStatus status) {
  constexpr std::array<std::string_view, 4> kNames = {"ok", "partial", "expired", "no_data"};
  assert(static_cast<std::size_t>(status) < kNames.size());
  return kNames[static_cast<std::size_t>(status)];
}

}  // namespace spillway::model
