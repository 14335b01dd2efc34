#include "daq/model/run_summary.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace spillway::model {

std::string_view name(Condition condition) {
  constexpr std::array<std::string_view, 4> kNames = {"RUNNING", "COMPLETE", "INCOMPLETE", "ABORTED"};
  assert(static_cast<std::size_t>(condition) < kNames.size());
  return kNames[static_cast<std::size_t>(condition)];
}

void GateCounts::count(GateKind kind) {
  switch (kind) {
    case GateKind::kOn:
      ++on;
      break;
    case GateKind::kOff:
      ++off;
      break;
    case GateKind::kRandom:
      ++random;
      break;
  }
}

void GateCounts::raise_to(const GateCounts& other) {
  on = std::max(on, other.on);
  off = std::max(off, other.off);
  random = std::max(random, other.random);
}

}  // namespace spillway::model
