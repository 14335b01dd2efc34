#include "trigger/channel_runs.hpp"

#include <bit>
#include <cassert>

namespace spillway::trigger {

namespace {

constexpr std::uint64_t kAll = ~std::uint64_t{0};

std::size_t word_of(std::int64_t channel) {
  return static_cast<std::size_t>(channel) / 64;
}
unsigned bit_of(std::int64_t channel) {
  return static_cast<unsigned>(channel) % 64;
}
std::uint64_t mask_of(std::int64_t channel) {
  return std::uint64_t{1} << bit_of(channel);
}
std::int64_t lowest(std::size_t word, std::uint64_t bits) {
  return static_cast<std::int64_t>(64 * word) + std::countr_zero(bits);
}
std::int64_t highest(std::size_t word, std::uint64_t bits) {
  return static_cast<std::int64_t>(64 * word) + 63 - std::countl_zero(bits);
}

}  // namespace

// One channel more than there are, so that one may ask for what follows the last.
ChannelSet::ChannelSet(std::size_t channels) : words_(channels / 64 + 1), some_(words_.size() / 64 + 1) {}

void ChannelSet::insert(std::int64_t channel) {
  const std::size_t word = word_of(channel);
  words_[word] |= mask_of(channel);
  some_[word / 64] |= std::uint64_t{1} << word % 64;
}

void ChannelSet::erase(std::int64_t channel) {
  const std::size_t word = word_of(channel);
  words_[word] &= ~mask_of(channel);
  if (words_[word] == 0) some_[word / 64] &= ~(std::uint64_t{1} << word % 64);
}

std::int64_t ChannelSet::next(std::int64_t channel) const {
  const std::size_t own = word_of(channel);
  if (const std::uint64_t bits = words_[own] & kAll << bit_of(channel); bits != 0) return lowest(own, bits);
  const std::size_t after = own + 1;
  std::size_t row = after / 64;
  std::uint64_t words = some_[row] & kAll << after % 64;
  while (words == 0) {
    if (++row == some_.size()) return kNone;
    words = some_[row];
  }
  const std::size_t word = 64 * row + static_cast<std::size_t>(std::countr_zero(words));
  return lowest(word, words_[word]);
}

std::int64_t ChannelSet::previous(std::int64_t channel) const {
  if (channel < 0) return -kNone;
  const std::size_t own = word_of(channel);
  if (const std::uint64_t bits = words_[own] & kAll >> (63 - bit_of(channel)); bits != 0) return highest(own, bits);
  std::size_t row = own / 64;
  std::uint64_t words = some_[row] & ~(kAll << own % 64);
  while (words == 0) {
    if (row == 0) return -kNone;
    words = some_[--row];
  }
  const std::size_t word = 64 * row + 63 - static_cast<std::size_t>(std::countl_zero(words));
  return highest(word, words_[word]);
}

ChannelRuns::ChannelRuns(std::size_t channels, std::uint32_t gap)
    : reach_(std::int64_t{gap} + 1), times_(channels), hit_(channels), firsts_(channels), lasts_(channels) {}

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
  return static_cast<std::uint32_t>(lasts_.next(channel) - firsts_.previous(channel) + 1);
}

void ChannelRuns::begin_hit(std::int64_t channel) {
  const std::int64_t left = hit_.previous(channel - 1);
  const std::int64_t right = hit_.next(channel + 1);
  hit_.insert(channel);
  if (channel - left <= reach_) {
    lasts_.erase(left);
  } else {
    firsts_.insert(channel);
  }
  if (right - channel <= reach_) {
    firsts_.erase(right);
  } else {
    lasts_.insert(channel);
  }
}

void ChannelRuns::end_hit(std::int64_t channel) {
  hit_.erase(channel);
  firsts_.erase(channel);
  lasts_.erase(channel);
  const std::int64_t left = hit_.previous(channel - 1);
  const std::int64_t right = hit_.next(channel + 1);
  if (right - left <= reach_) return;
  if (left >= 0) lasts_.insert(left);
  if (right < ChannelSet::kNone) firsts_.insert(right);
}

}  // namespace spillway::trigger
