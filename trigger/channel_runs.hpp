#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace spillway::trigger {

/// A set of channels below a given number, as bits, with a second row of bits that says which words have any: finding
/// a neighbour takes a step or two however many members there are and wherever they lie.
class ChannelSet {
 public:
  static constexpr std::int64_t kNone = std::int64_t{1} << 40;  ///< further away than any channel

  explicit ChannelSet(std::size_t channels);
  void insert(std::int64_t channel);
  void erase(std::int64_t channel);
  /// The smallest member that is not below `channel` (at least 0, at most the number of channels); kNone where there is
  /// none.
  [[nodiscard]] std::int64_t next(std::int64_t channel) const;
  /// The largest member that is not above `channel` (at least -1); -kNone where there is none.
  [[nodiscard]] std::int64_t previous(std::int64_t channel) const;

 private:
  std::vector<std::uint64_t> words_;
  std::vector<std::uint64_t> some_;  ///< bit w: words_[w] is not 0
};

/// Hit channels of a detector, and their runs: neighbours in a run are at most `gap` channels that are not hit apart.
///
/// A channel is hit while it has been added more often than removed. Only the ends of runs are kept, so that adding,
/// removing and asking cost the same whatever is hit (but for the search through the rows of bits, which takes 1 / 4096
/// of a step for each channel of the detector).
class ChannelRuns {
 public:
  ChannelRuns(std::size_t channels, std::uint32_t gap);
  /// Channels that the detector has not are left out.
  void add(std::uint32_t channel);
  void remove(std::uint32_t channel);
  /// Channels from the first to the last of the run that `channel` is in, gaps included; 0 where it is not hit.
  [[nodiscard]] std::uint32_t length_at(std::uint32_t channel) const;

 private:
  void begin_hit(std::int64_t channel);
  void end_hit(std::int64_t channel);

  std::int64_t reach_;  ///< greatest distance of neighbours in a run
  std::vector<std::uint32_t> times_;
  ChannelSet hit_;
  ChannelSet firsts_;
  ChannelSet lasts_;
};

}  // namespace spillway::trigger
