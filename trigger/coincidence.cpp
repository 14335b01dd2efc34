#include "trigger/coincidence.hpp"

#include <algorithm>
#include <vector>

namespace spillway::trigger {

bool on_during(const model::Primitive& primitive, Interval gate) {
  Interval time = primitive.time();
  time.end = std::max(time.end, time.begin + nanoseconds(1));
  return time.overlaps(gate);
}

Coincidence::Found Coincidence::look(Interval gate, std::span<const model::Primitive> candidates) const {
  std::vector<Timestamp> begins;
  for (const auto& primitive : candidates) {
    if (on_during(primitive, gate)) begins.push_back(primitive.time().begin);
  }
  std::sort(begins.begin(), begins.end());

  Found found{static_cast<std::uint32_t>(begins.size()), false};
  const std::size_t wanted = primitives_;
  if (wanted == 0 || begins.size() < wanted) return found;
  for (std::size_t last = wanted - 1; last < begins.size() && !found.together; ++last) {
    found.together = begins[last] - begins[last + 1 - wanted] <= window_;
  }
  return found;
}

}  // namespace spillway::trigger
