#include "trigger/channel_runs.hpp"

#include <bit>
#include <cassert>

namespace spillway::trigger {

ChannelRuns::ChannelRuns(std::size_t channels, std::uint32_t gap)
    : reach_(gap + 1), times_(channels), hit_(channels / 64 + 3), firsts_(channels), lasts_(channels) {
  assert(gap <= kMostGap);
}

void ChannelRuns::add(std::uint32_t channel) {
  if (channel < times_.size() && times_[channel]++ == 0) begin_hit(channel);
}

void ChannelRuns::remove(std::uint32_t channel) {
  if (channel >= times_.size()) return;
  assert(times_[channel] > 0);
  if (--times_[channel] == 0) end_hit(channel);
}

std::uint32_t ChannelRuns::length_at(std::uint32_t channel) const {
  if (channel >= times_.size() || times_[channel] == 0) return 0;
  return lasts_.next(channel) - firsts_.previous(channel) + 1;
}

inline ChannelRuns::Distances ChannelRuns::neighbours_of(std::uint32_t channel) const {
  const std::uint64_t* const word = &hit_[channel / 64 + 1];
  const unsigned bit = channel % 64;
  // The 64 channels below: the highest bit is the next one; above: the lowest is. Shifts by 64 in two steps.
  const std::uint64_t below = word[0] << (63 - bit) << 1 | word[-1] >> bit;
  const std::uint64_t above = word[0] >> bit >> 1 | word[1] << (63 - bit);
  const auto left = static_cast<std::uint32_t>(std::countl_zero(below)) + 1;
  const auto right = static_cast<std::uint32_t>(std::countr_zero(above)) + 1;
  return {left <= reach_ ? left : 0, right <= reach_ ? right : 0};
}

void ChannelRuns::begin_hit(std::uint32_t channel) {
  hit_[channel / 64 + 1] |= std::uint64_t{1} << channel % 64;
  const auto [left, right] = neighbours_of(channel);
  if (left > 0) {
    lasts_.erase(channel - left);
  } else {
    firsts_.insert(channel);
  }
  if (right > 0) {
    firsts_.erase(channel + right);
  } else {
    lasts_.insert(channel);
  }
}

void ChannelRuns::end_hit(std::uint32_t channel) {
  hit_[channel / 64 + 1] &= ~(std::uint64_t{1} << channel % 64);
  const auto [left, right] = neighbours_of(channel);
  if (left == 0) firsts_.erase(channel);
  if (right == 0) lasts_.erase(channel);
  // Between the two the run goes on where they can reach each other.
  if (left > 0 && right > 0 && left + right <= reach_) return;
  if (left > 0) lasts_.insert(channel - left);
  if (right > 0) firsts_.insert(channel + right);
}

}  // namespace spillway::trigger
