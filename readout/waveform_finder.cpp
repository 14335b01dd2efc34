#include "readout/waveform_finder.hpp"

#include <algorithm>
#include <cstdint>

namespace spillway::readout {

namespace {

/// Samples above their baseline, with the polarity turned up.
class Heights {
 public:
  Heights(ByteView samples, const WaveformSettings& settings)
      : samples_(samples), size_(samples.size() / 2), sign_(settings.negative ? -1.0 : 1.0) {
    const std::size_t n = std::min(size_, settings.baseline_samples);
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += raw(i);
    baseline_ = n == 0 ? 0 : sum / static_cast<double>(n);
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] double operator[](std::size_t i) const { return sign_ * (raw(i) - baseline_); }

 private:
  [[nodiscard]] double raw(std::size_t i) const { return load<std::uint16_t>(samples_, 2 * i); }
  ByteView samples_;
  std::size_t size_;
  double sign_;
  double baseline_ = 0;
};

/// `first`: the pulse's first sample over the threshold.
double constant_fraction_start(const Heights& heights, std::size_t first, std::size_t peak_at, double level) {
  std::size_t above = first;
  while (above < peak_at && heights[above] < level) ++above;
  while (above > 0 && heights[above - 1] >= level) --above;
  if (above == 0) return 0;
  const double below = heights[above - 1];
  const double rise = heights[above] - below;
  return static_cast<double>(above - 1) + (rise > 0 ? (level - below) / rise : 1.0);
}

WaveformPulse measure(const Heights& heights, std::size_t first, const WaveformSettings& settings) {
  const double low = settings.threshold_adc / 2;
  WaveformPulse pulse;
  std::size_t begin = first;
  while (begin > 0 && heights[begin - 1] > low) --begin;
  pulse.end = heights.size();
  pulse.cut = true;
  for (std::size_t i = begin; i < heights.size(); ++i) {
    const double height = heights[i];
    if (i > first && height < low) {
      pulse.end = i;
      pulse.cut = false;
      break;
    }
    pulse.integral += height;
    if (height > settings.threshold_adc) ++pulse.over_threshold;
    if (height > pulse.peak) {
      pulse.peak = height;
      pulse.peak_at = i;
    }
  }
  pulse.start = constant_fraction_start(heights, first, pulse.peak_at, settings.cfd_fraction * pulse.peak);
  return pulse;
}

}  // namespace

void find_pulses(ByteView samples, const WaveformSettings& settings, std::vector<WaveformPulse>& out) {
  const Heights heights(samples, settings);
  for (std::size_t i = 0; i < heights.size();) {
    if (heights[i] > settings.threshold_adc) {
      out.push_back(measure(heights, i, settings));
      i = out.back().end;
    } else {
      ++i;
    }
  }
}

}  // namespace spillway::readout
