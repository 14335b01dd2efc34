#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <queue>
#include <span>
#include <utility>
#include <vector>

#include "trigger/activity.hpp"
#include "trigger/primitive_merge.hpp"

/// What the trigger finds, written down as one would say it: oracle of its tests and baseline of its benchmarks.
namespace spillway::trigger::plain {

using Streams = std::vector<std::span<const model::Primitive>>;

/// Merges streams with the standard library's priority queue, in pieces.
class Merge {
 public:
  explicit Merge(Streams streams) : streams_(std::move(streams)), next_(streams_.size()) {
    for (std::size_t s = 0; s < streams_.size(); ++s) push(s);
  }
  std::size_t take(std::span<StreamPrimitive> out) {
    std::size_t taken = 0;
    while (taken < out.size() && !heads_.empty()) {
      const std::size_t stream = heads_.top().second;
      heads_.pop();
      out[taken++] = {static_cast<std::uint32_t>(stream), streams_[stream][next_[stream]++]};
      push(stream);
    }
    return taken;
  }

 private:
  using Head = std::pair<std::int64_t, std::size_t>;
  void push(std::size_t stream) {
    if (next_[stream] < streams_[stream].size()) heads_.emplace(streams_[stream][next_[stream]].time_start_ns, stream);
  }
  Streams streams_;
  std::vector<std::size_t> next_;
  std::priority_queue<Head, std::vector<Head>, std::greater<>> heads_;
};

/// Channels from the first to the last of the run that `channel` is in.
inline std::uint32_t run_length(std::span<const ActivityPrimitive> window, std::uint32_t channel, std::uint32_t gap,
                                std::size_t channels) {
  if (channel >= channels) return 0;
  std::vector<std::int64_t> hit;
  for (const ActivityPrimitive& p : window) {
    if (p.channel < channels) hit.push_back(p.channel);
  }
  std::ranges::sort(hit);
  const auto own = std::ranges::find(hit, channel);
  if (own == hit.end()) return 0;
  auto first = own;
  while (first != hit.begin() && *first - *std::prev(first) - 1 <= gap) --first;
  auto last = own;
  while (std::next(last) != hit.end() && *std::next(last) - *last - 1 <= gap) ++last;
  return static_cast<std::uint32_t>(*last - *first + 1);
}

/// All activities, each window looked at anew.
inline std::vector<Activity> activities(std::span<const ActivityPrimitive> all, const ActivitySettings& settings,
                                        std::size_t channels) {
  std::vector<Activity> found;
  std::size_t counted = 0;  ///< primitives that are in the activities' sums, or before them
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::size_t oldest = i;
    while (oldest > 0 && all[i].begin - all[oldest - 1].begin < settings.window) --oldest;
    const auto window = all.subspan(oldest, i + 1 - oldest);
    std::uint64_t integral = 0;
    for (const ActivityPrimitive& p : window) integral += p.integral;
    if (integral < settings.integral || window.size() < settings.primitives) continue;
    const std::uint32_t run =
        settings.channels == 0 ? 0 : run_length(window, all[i].channel, settings.channel_gap, channels);
    if (run < settings.channels) continue;

    if (found.empty() || all[i].begin - found.back().last >= settings.window) {
      counted = oldest;
      found.push_back({all[oldest].begin, all[i].begin, all[i].begin});
    }
    Activity& activity = found.back();
    activity.last = all[i].begin;
    for (; counted <= i; ++counted) {
      ++activity.primitives;
      activity.integral += all[counted].integral;
    }
    activity.window_integral = std::max(activity.window_integral, integral);
    activity.channels = std::max(activity.channels, run);
  }
  return found;
}

}  // namespace spillway::trigger::plain
