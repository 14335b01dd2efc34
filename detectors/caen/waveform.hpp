#pragma once

#include <cstddef>
#include <optional>

#include "daq/base/bytes.hpp"

namespace spillway::detectors::caen {

/// What a digitised pulse is measured with.
struct PulseShape {
  std::size_t baseline_samples = 16;  ///< first samples, whose mean is the baseline; fewer where the record is shorter
  double threshold_adc = 50;          ///< above the baseline
  bool positive = true;               ///< pulses go up
  double cfd_fraction = 0.5;          ///< of the peak, at which the pulse is timed
};

/// The largest pulse of a record; amplitudes in ADC counts above (below, for negative pulses) the baseline.
struct WaveformPulse {
  double baseline = 0;
  double peak = 0;
  double integral = 0;    ///< ADC counts x samples, over [begin, end)
  std::size_t begin = 0;  ///< samples over threshold, around the peak
  std::size_t end = 0;
  std::size_t peak_sample = 0;
  double time_samples = 0;  ///< crossing of cfd_fraction x peak before the peak, interpolated
};

/// Finds the pulse with the highest peak in `samples` (u16, little-endian). None where nothing exceeds the threshold.
[[nodiscard]] std::optional<WaveformPulse> largest_pulse(ByteView samples, const PulseShape& shape) noexcept;

}  // namespace spillway::detectors::caen
