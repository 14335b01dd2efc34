#include "trigger/activity.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "daq/base/error.hpp"

namespace spillway::trigger {

namespace {

constexpr std::size_t kFirstRing = 1024;

}  // namespace

ActivityFinder::ActivityFinder(const ActivitySettings& settings, std::size_t channels)
    : settings_(settings),
      runs_(settings.channels > 0 ? channels : 0, std::min(settings.channel_gap, ChannelRuns::kMostGap)),
      ring_(kFirstRing) {
  if (settings.window < nanoseconds(1)) throw Error("the window of an activity must be at least 1 ns long");
  if (settings.channel_gap > ChannelRuns::kMostGap) {
    throw Error(
        fmt::format("a run cannot pass over {} channels, at most {}", settings.channel_gap, ChannelRuns::kMostGap));
  }
}

inline void ActivityFinder::leave(Timestamp now) {
  while (left_.primitives != entered_.primitives) {
    const ActivityPrimitive& oldest = ring_[left_.primitives & (ring_.size() - 1)];
    if (now - oldest.begin < settings_.window) return;
    ++left_.primitives;
    left_.integral += oldest.integral;
    if (settings_.channels > 0) runs_.remove(oldest.channel);
  }
}

inline void ActivityFinder::enter(const ActivityPrimitive& primitive) {
  if (entered_.primitives - left_.primitives == ring_.size()) grow();
  ring_[entered_.primitives & (ring_.size() - 1)] = primitive;
  ++entered_.primitives;
  entered_.integral += primitive.integral;
  if (settings_.channels > 0) runs_.add(primitive.channel);
}

inline bool ActivityFinder::active(std::uint32_t run) const {
  return entered_.integral - left_.integral >= settings_.integral &&
         entered_.primitives - left_.primitives >= settings_.primitives && run >= settings_.channels;
}

bool ActivityFinder::add(const ActivityPrimitive& primitive, std::vector<Activity>& finished) {
  leave(primitive.begin);
  enter(primitive);
  if (open_ && primitive.begin - open_->last >= settings_.window) finish(finished);
  const std::uint32_t run = settings_.channels > 0 ? runs_.length_at(primitive.channel) : 0;
  const bool is_active = active(run);
  if (is_active) extend(primitive.begin, run);
  return is_active;
}

void ActivityFinder::finish(std::vector<Activity>& finished) {
  if (open_) finished.push_back(*open_);
  open_.reset();
}

void ActivityFinder::grow() {
  std::vector<ActivityPrimitive> larger(2 * ring_.size());
  for (std::uint64_t i = left_.primitives; i != entered_.primitives; ++i) {
    larger[i & (larger.size() - 1)] = ring_[i & (ring_.size() - 1)];
  }
  ring_ = std::move(larger);
}

void ActivityFinder::extend(Timestamp now, std::uint32_t run) {
  if (!open_) {
    open_.emplace();
    open_->begin = ring_[left_.primitives & (ring_.size() - 1)].begin;
    open_->first = now;
    before_open_ = left_;
  }
  open_->last = now;
  open_->primitives = entered_.primitives - before_open_.primitives;
  open_->integral = entered_.integral - before_open_.integral;
  open_->window_integral = std::max(open_->window_integral, entered_.integral - left_.integral);
  open_->channels = std::max(open_->channels, run);
}

}  // namespace spillway::trigger
