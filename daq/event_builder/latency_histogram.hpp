#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace spillway::event_builder {

/// Latencies in bins of 1/16 octave from 1 us to 18 minutes: quantiles to 3 %, in constant memory.
class LatencyHistogram {
 public:
  /// `count` of one length. Negative ones (a clock was set back) count as the shortest.
  void add(std::int64_t ns, std::uint64_t count = 1);
  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// In ms; 0 where nothing was added.
  [[nodiscard]] double quantile_ms(double q) const;

 private:
  static constexpr std::size_t kBinsPerOctave = 16;
  static constexpr std::size_t kOctaves = 30;
  std::array<std::uint64_t, kBinsPerOctave * kOctaves> bins_{};
  std::uint64_t count_ = 0;
};

}  // namespace spillway::event_builder
