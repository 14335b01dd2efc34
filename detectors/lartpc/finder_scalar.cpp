#include <algorithm>
#include <cstdlib>

#include "detectors/lartpc/finder_state.hpp"

// The reference: what the algorithm means, one channel and one sample at a time. The other paths must agree with it.

namespace spillway::detectors::lartpc {

namespace {

std::int16_t saturated(int value) {
  return static_cast<std::int16_t>(std::clamp(value, -32768, 32767));
}

/// value / 10, rounded.
int tenth(int value) {
  return (value * kTenth + (1 << 14)) >> 15;
}

/// Moves a frugal median by the next value.
void follow(int value, std::int16_t& median, std::int16_t& accumulator, std::int16_t limit) {
  const int direction = (value > median) - (value < median);
  const int sum = accumulator + direction;
  const bool passed = std::abs(sum) > limit;
  if (passed) median = static_cast<std::int16_t>(median + direction);
  accumulator = passed ? std::int16_t{0} : static_cast<std::int16_t>(sum);
}

/// What is compared with the threshold.
template <Chain kChain>
int signal_of(FinderState& state, std::size_t c, int sample) {
  follow(sample, state.pedestal[c], state.accumulator[c], state.limit[c]);
  const int above = sample - state.pedestal[c];
  if constexpr (kChain == Chain::kThreshold) return above;
  const int added = kChain == Chain::kAbsRunningSum ? std::abs(above) : above;
  state.sum[c] = saturated(state.memory[c] * tenth(state.sum[c]) + state.scale[c] * tenth(added));
  follow(state.sum[c], state.sum_median[c], state.sum_accumulator[c], state.limit[c]);
  return saturated(state.sum[c] - state.sum_median[c]);
}

void grow(OpenHits& hits, std::size_t c, int signal) {
  hits.integral[c] = static_cast<std::uint16_t>(std::min<int>(hits.integral[c] + signal, kFullIntegral));
  if (signal > hits.peak[c]) {
    hits.peak[c] = static_cast<std::uint16_t>(signal);
    hits.peak_sample[c] = hits.samples[c];
  }
  ++hits.samples[c];
}

template <Chain kChain>
Hit* find(FinderState& state, const std::byte* rows, std::uint64_t tick, Hit* out) {
  OpenHits& hits = state.hits;
  for (std::size_t s = 0; s < kSamples; ++s, tick += kTicksPerSample) {
    const AdcRow row = unpack_row(rows + kRowBytes * s);
    for (std::size_t c = 0; c < kChannels; ++c) {
      const int signal = signal_of<kChain>(state, c, row[c]);
      const bool over = signal > state.threshold[c];
      if (over) grow(hits, c, signal);
      const bool full = hits.integral[c] == kFullIntegral;
      if (full || (!over && hits.samples[c] != 0)) {
        out = write_hits(hits, std::uint64_t{1} << c, tick, out);
        hits.integral[c] = hits.peak[c] = hits.samples[c] = hits.peak_sample[c] = 0;
      }
    }
  }
  return out;
}

}  // namespace

FinderKernel scalar_kernel(Chain chain) {
  return kernel_for(chain, []<Chain kChain>() -> FinderKernel { return find<kChain>; });
}

}  // namespace spillway::detectors::lartpc
