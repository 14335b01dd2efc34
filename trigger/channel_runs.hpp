#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "trigger/channel_set.hpp"

namespace spillway::trigger {

/// Hit channels of a detector, and their runs: between neighbours of a run are at most `gap` channels that are not hit.
///
/// A channel is hit while it has been added more often than removed. Only the ends of runs are kept, so that adding,
/// removing and asking cost the same whatever is hit, but for the search through the rows of bits: 1 / 4096 of a step
/// for each channel of the detector.
class ChannelRuns {
 public:
  static constexpr std::uint32_t kMostGap = 62;

  /// `gap`: 0 to kMostGap.
  ChannelRuns(std::size_t channels, std::uint32_t gap);
  /// Channels that the detector has not are left out.
  void add(std::uint32_t channel);
  void remove(std::uint32_t channel);
  /// Channels from the first to the last of the run that `channel` is in, gaps included; 0 where it is not hit.
  [[nodiscard]] std::uint32_t length_at(std::uint32_t channel) const;

 private:
  /// How far away the next hit channel is; 0: further than neighbours of a run may be.
  struct Distances {
    std::uint32_t left = 0;
    std::uint32_t right = 0;
  };
  [[nodiscard]] Distances neighbours_of(std::uint32_t channel) const;
  void begin_hit(std::uint32_t channel);
  void end_hit(std::uint32_t channel);

  std::uint32_t reach_;  ///< greatest distance of neighbours in a run, 1 to 63
  std::vector<std::uint32_t> times_;
  std::vector<std::uint64_t> hit_;  ///< a bit for each channel, from the second word on; the first and last are empty
  ChannelSet firsts_;
  ChannelSet lasts_;
};

}  // namespace spillway::trigger
