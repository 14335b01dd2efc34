#pragma once

#include <cstddef>
#include <vector>

#include "daq/base/bytes.hpp"

namespace spillway::readout {

struct WaveformSettings {
  std::size_t baseline_samples = 24;  ///< their mean, at the begin of the record, is the baseline
  double threshold_adc = 50;          ///< above the baseline
  bool negative = false;              ///< pulses go down
  double cfd_fraction = 0.3;          ///< of the peak, where the leading edge is timed
};

/// A pulse in a waveform; positions in samples from its begin, heights above the baseline in ADC counts.
struct WaveformPulse {
  double start = 0;     ///< where the leading edge crosses cfd_fraction x peak, between two samples
  std::size_t end = 0;  ///< first sample after it
  std::size_t peak_at = 0;
  double peak = 0;
  double integral = 0;  ///< sum from the first sample over half of the threshold to the end
  std::size_t over_threshold = 0;
  bool cut = false;  ///< the record ends before the pulse does
};

/// Finds all pulses of one record of 16-bit samples. A pulse begins over the threshold and ends under half of it, so
/// that noise on its edge does not make two of it. A record without a sample behind the baseline has none.
void find_pulses(ByteView samples, const WaveformSettings& settings, std::vector<WaveformPulse>& out);

}  // namespace spillway::readout
