#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "detectors/lartpc/isa.hpp"
#include "detectors/lartpc/prefetch.hpp"
#include "detectors/lartpc/wibeth.hpp"

/// What the paths of the hit finder share: its state, and what they do alike.
namespace spillway::detectors::lartpc {

/// What is compared with the threshold.
enum class Chain : std::uint8_t {
  kThreshold,      ///< samples above pedestal
  kAbsRunningSum,  ///< the leaky sum of their magnitudes, above its own median
  kRunningSum,     ///< the leaky sum of them, above its own median
};

/// A stretch of samples above threshold on one channel.
struct Hit {
  std::uint64_t time_start = 0;   ///< ticks of 16 ns, of the first sample
  std::uint16_t integral = 0;     ///< ADC counts x samples, saturates at 65535
  std::uint16_t peak = 0;         ///< ADC counts
  std::uint16_t samples = 0;      ///< over threshold
  std::uint16_t peak_sample = 0;  ///< of the first maximum, from the first sample
  std::uint16_t channel = 0;      ///< of the frame
  bool cut = false;               ///< a gap or the end of the data ended it
  friend bool operator==(const Hit&, const Hit&) = default;
  [[nodiscard]] std::uint64_t time_peak() const { return time_start + kTicksPerSample * peak_sample; }  ///< ticks
};

template <typename T>
using PerChannel = std::array<T, kChannels>;

/// Open hits, by channel; all 0 where there is none.
struct alignas(64) OpenHits {
  PerChannel<std::uint16_t> integral;
  PerChannel<std::uint16_t> peak;
  PerChannel<std::uint16_t> samples;
  PerChannel<std::uint16_t> peak_sample;
};

/// One link's state between frames, by channel.
struct alignas(64) FinderState {
  PerChannel<std::int16_t> pedestal = {};
  PerChannel<std::int16_t> accumulator = {};  ///< -limit to limit
  PerChannel<std::int16_t> sum = {};          ///< running
  PerChannel<std::int16_t> sum_median = {};
  PerChannel<std::int16_t> sum_accumulator = {};
  OpenHits hits = {};
  // Settings.
  PerChannel<std::int16_t> threshold = {};
  PerChannel<std::int16_t> limit = {};
  PerChannel<std::int16_t> memory = {};
  PerChannel<std::int16_t> scale = {};
};

/// A tenth, as a fraction of 32768: what the running sums divide with, rounded.
inline constexpr std::int16_t kTenth = 3276;
inline constexpr std::uint16_t kFullIntegral = 65535;

/// Takes the 64 rows of a frame whose first sample is at `tick`; returns the end of the hits written from `out` on.
using FinderKernel = Hit* (*)(FinderState& state, const std::byte* rows, std::uint64_t tick, Hit* out);
[[nodiscard]] FinderKernel scalar_kernel(Chain chain);
[[nodiscard]] FinderKernel avx2_kernel(Chain chain);
[[nodiscard]] FinderKernel avx512_kernel(Chain chain);

/// The function that `find`, a template of them by chain, has for this one.
template <typename Find>
[[nodiscard]] FinderKernel kernel_for(Chain chain, Find find) {
  switch (chain) {
    case Chain::kThreshold:
      return find.template operator()<Chain::kThreshold>();
    case Chain::kAbsRunningSum:
      return find.template operator()<Chain::kAbsRunningSum>();
    case Chain::kRunningSum:
      return find.template operator()<Chain::kRunningSum>();
  }
  return nullptr;
}

/// Writes the hits of the channels in `ended`. `tick`: of the sample behind them, or, for those that are full, of their
/// last.
[[gnu::always_inline]] inline Hit* write_hits(const OpenHits& hits, std::uint64_t ended, std::uint64_t tick, Hit* out) {
  for (; ended != 0; ended &= ended - 1) {
    const auto c = static_cast<unsigned>(std::countr_zero(ended));
    const std::uint64_t end = tick + (hits.integral[c] == kFullIntegral ? kTicksPerSample : 0);
    *out++ = {end - kTicksPerSample * hits.samples[c],
              hits.integral[c],
              hits.peak[c],
              hits.samples[c],
              hits.peak_sample[c],
              static_cast<std::uint16_t>(c),
              false};
  }
  return out;
}

}  // namespace spillway::detectors::lartpc
