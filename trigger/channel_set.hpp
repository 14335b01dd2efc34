#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace spillway::trigger {

/// A set of channels below a given number, as bits, with a second row of bits that says which words have any: finding
/// a neighbour takes a step or two however many members there are and wherever they lie.
class ChannelSet {
 public:
  explicit ChannelSet(std::size_t channels) : words_(channels / 64 + 1), some_(words_.size() / 64 + 1) {}

  void insert(std::uint32_t channel) {
    words_[channel / 64] |= bit(channel);
    some_[channel / 4096] |= bit(channel / 64);
  }
  void erase(std::uint32_t channel) {
    std::uint64_t& word = words_[channel / 64];
    word &= ~bit(channel);
    if (word == 0) some_[channel / 4096] &= ~bit(channel / 64);
  }
  /// The smallest member that is not below `channel`; there must be one.
  [[nodiscard]] std::uint32_t next(std::uint32_t channel) const {
    std::uint32_t word = channel / 64;
    std::uint64_t bits = words_[word] & (kAll << channel % 64);
    if (bits == 0) {
      ++word;
      std::uint32_t row = word / 64;
      std::uint64_t words = some_[row] & (kAll << word % 64);
      while (words == 0) words = some_[++row];
      word = 64 * row + static_cast<std::uint32_t>(std::countr_zero(words));
      bits = words_[word];
    }
    return 64 * word + static_cast<std::uint32_t>(std::countr_zero(bits));
  }
  /// The largest member that is not above `channel`; there must be one.
  [[nodiscard]] std::uint32_t previous(std::uint32_t channel) const {
    std::uint32_t word = channel / 64;
    std::uint64_t bits = words_[word] & (kAll >> (63 - channel % 64));
    if (bits == 0) {
      std::uint32_t row = word / 64;
      std::uint64_t words = some_[row] & ~(kAll << word % 64);
      while (words == 0) words = some_[--row];
      word = 64 * row + 63 - static_cast<std::uint32_t>(std::countl_zero(words));
      bits = words_[word];
    }
    return 64 * word + 63 - static_cast<std::uint32_t>(std::countl_zero(bits));
  }

 private:
  static constexpr std::uint64_t kAll = ~std::uint64_t{0};
  static std::uint64_t bit(std::uint32_t i) { return std::uint64_t{1} << i % 64; }

  std::vector<std::uint64_t> words_;
  std::vector<std::uint64_t> some_;  ///< bit w: words_[w] is not 0
};

}  // namespace spillway::trigger
