#include "detectors/caen/waveform.hpp"

#include <algorithm>
#include <cstdint>

namespace spillway::detectors::caen {

std::optional<WaveformPulse> largest_pulse(ByteView samples, const PulseShape& shape) noexcept {
  const std::size_t count = samples.size() / 2;
  if (count == 0) return std::nullopt;
  const auto adc = [&](std::size_t i) { return static_cast<double>(load<std::uint16_t>(samples, 2 * i)); };

  WaveformPulse pulse;
  const std::size_t first = std::clamp<std::size_t>(shape.baseline_samples, 1, count);
  for (std::size_t i = 0; i < first; ++i) pulse.baseline += adc(i);
  pulse.baseline /= static_cast<double>(first);
  const double sign = shape.positive ? 1 : -1;
  const auto height = [&](std::size_t i) { return sign * (adc(i) - pulse.baseline); };

  pulse.peak = height(0);
  for (std::size_t i = 1; i < count; ++i) {
    if (const double h = height(i); h > pulse.peak) {
      pulse.peak = h;
      pulse.peak_sample = i;
    }
  }
  if (!(pulse.peak > shape.threshold_adc) || pulse.peak <= 0) return std::nullopt;

  pulse.begin = pulse.peak_sample;
  while (pulse.begin > 0 && height(pulse.begin - 1) > shape.threshold_adc) --pulse.begin;
  pulse.end = pulse.peak_sample + 1;
  while (pulse.end < count && height(pulse.end) > shape.threshold_adc) ++pulse.end;
  for (std::size_t i = pulse.begin; i < pulse.end; ++i) pulse.integral += height(i);

  const double level = shape.cfd_fraction * pulse.peak;
  std::size_t after = pulse.peak_sample;
  while (after > 0 && height(after - 1) >= level) --after;
  pulse.time_samples = static_cast<double>(after);
  if (after > 0) {
    const double below = height(after - 1);
    pulse.time_samples -= (height(after) - level) / (height(after) - below);
  }
  return pulse;
}

}  // namespace spillway::detectors::caen
