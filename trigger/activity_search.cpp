#include "trigger/activity_search.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "trigger/primitive_merge.hpp"

namespace spillway::trigger {

namespace {

ActivitySettings settings_of(const model::ActivityPolicy& policy) {
  return {policy.window, policy.integral, policy.primitives, policy.channels, policy.channel_gap};
}

std::size_t channels_of(const model::Detector& detector) {
  const auto last = std::ranges::max_element(detector.first_channels);
  return last == detector.first_channels.end() ? 0 : std::size_t{*last} + detector.stream_channels;
}

}  // namespace

ActivitySearch::ActivitySearch(const model::Detector& detector)
    : first_channels_(detector.first_channels),
      stream_channels_(detector.stream_channels),
      finder_(settings_of(detector.trigger.activity), channels_of(detector)) {}

void ActivitySearch::advance(std::span<const StreamJoin> streams, Timestamp watermark) {
  if (watermark <= searched_until_) return;
  std::vector<std::vector<model::Primitive>> new_ones(streams.size());
  for (std::size_t s = 0; s < streams.size(); ++s) streams[s].beginning_in({searched_until_, watermark}, new_ones[s]);
  const std::vector<std::span<const model::Primitive>> spans(new_ones.begin(), new_ones.end());

  PrimitiveMerge merge(spans);
  std::array<StreamPrimitive, 256> piece;
  std::vector<Activity> finished;
  while (const std::size_t taken = merge.take(piece)) {
    for (const StreamPrimitive& primitive : std::span(piece).first(taken)) {
      const ActivityPrimitive added = of_detector(primitive);
      if (finder_.add(added, finished)) active_.push_back(added.begin);
    }
  }
  if (watermark == Timestamp::max()) finder_.finish(finished);
  found_ += finished.size();
  searched_until_ = watermark;
}

bool ActivitySearch::active_in(Interval time) const {
  const auto first = std::ranges::lower_bound(active_, time.begin);
  return first != active_.end() && *first < time.end;
}

void ActivitySearch::drop_before(Timestamp t) {
  while (!active_.empty() && active_.front() < t) active_.pop_front();
}

ActivityPrimitive ActivitySearch::of_detector(const StreamPrimitive& from) const {
  // A channel that the stream has not must not pass for one of its neighbours'.
  const std::uint32_t channel = from.primitive.channel < stream_channels_
                                    ? first_channels_[from.stream] + from.primitive.channel
                                    : std::numeric_limits<std::uint32_t>::max();
  return {from.primitive.time().begin, channel, from.primitive.integral};
}

}  // namespace spillway::trigger
