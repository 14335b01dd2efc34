#include "trigger/coincidence.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

namespace spillway::trigger {

struct Coincidence::Begin {
  std::uint32_t group = 0;
  Timestamp time;
  std::uint32_t stream = 0;
};

bool on_during(const model::Primitive& primitive, Interval time) {
  Interval on = primitive.time();
  on.end = std::max(on.end, on.begin + nanoseconds(1));
  return on.overlaps(time);
}

Coincidence::Coincidence(const model::TriggerPolicy& policy)
    : primitives_(policy.coincidence_primitives),
      streams_(policy.coincidence_streams),
      group_(policy.coincidence_group),
      window_(policy.coincidence_window) {}

bool Coincidence::together(std::span<const Begin> group) const {
  std::map<std::uint32_t, std::size_t> inside;  ///< primitives of each stream that are within the window
  std::size_t first = 0;
  for (std::size_t last = 0; last < group.size(); ++last) {
    ++inside[group[last].stream];
    for (; group[last].time - group[first].time > window_; ++first) {
      const auto leaving = inside.find(group[first].stream);
      if (--leaving->second == 0) inside.erase(leaving);
    }
    if (last + 1 - first >= primitives_ && inside.size() >= streams_) return true;
  }
  return false;
}

Coincidence::Found Coincidence::look(Interval time, std::span<const StreamPrimitive> candidates) const {
  std::vector<Begin> begins;
  for (const auto& [stream, primitive] : candidates) {
    if (!on_during(primitive, time)) continue;
    begins.push_back({group_ == 0 ? 0 : stream / group_, primitive.time().begin, stream});
  }
  std::ranges::sort(begins, {}, [](const Begin& b) { return std::tuple(b.group, b.time, b.stream); });

  Found found{static_cast<std::uint32_t>(begins.size()), false};
  if (primitives_ == 0) return found;
  const std::span<const Begin> all(begins);
  for (std::size_t first = 0; first < all.size() && !found.together;) {
    const auto next = std::ranges::upper_bound(all.subspan(first), all[first].group, {}, &Begin::group);
    const auto size = static_cast<std::size_t>(next - all.subspan(first).begin());
    found.together = together(all.subspan(first, size));
    first += size;
  }
  return found;
}

}  // namespace spillway::trigger
