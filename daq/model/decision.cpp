#include "daq/model/decision.hpp"

#include <cassert>

namespace spillway::model {

std::string_view name(DeadReason reason) {
  constexpr std::array<std::string_view, kDeadReasons.size()> kNames = {
      "stream_missing", "fragment_missing", "inhibit", "paused", "veto", "busy", "prescale"};
  assert(static_cast<std::size_t>(reason) < kNames.size());
  return kNames[static_cast<std::size_t>(reason)];
}

}  // namespace spillway::model
