#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "daq/base/bytes.hpp"
#include "daq/base/config.hpp"
#include "daq/model/primitive.hpp"
#include "detectors/csi_laapd/csi_laapd.hpp"

namespace spillway::detectors::csi_laapd {

/// A pulse in the samples of one record; positions in samples from its begin.
struct ChargePulse {
  double charge_eh = 0;
  double start = 0;       ///< of the light, on average: a fixed time before the filter's peak; may be negative
  std::size_t begin = 0;  ///< samples in which the filtered charge is over the threshold
  std::size_t end = 0;
  std::size_t peak_at = 0;  ///< of the samples
  double peak_adc = 0;      ///< above the baseline
  double integral_adc = 0;  ///< ADC counts x samples: charge x the mean pulse's area
  bool cut = false;         ///< the record ends before the pulse does
};

/// Weighs samples with a trapezoid and finds where the charge peaks. Calibrated with the mean pulse, so that its peak
/// in the filter is its charge. The baseline is the digitiser's own.
class ChargeFilter {
 public:
  ChargeFilter(const Electronics& electronics, double rise_ns, double flat_ns, double threshold_eh);

  /// Appends the pulses of a record (`samples`: u16, little-endian) in the order of time. A pulse begins where the
  /// filtered charge rises over the threshold and ends where it falls under half of it.
  void find(ByteView samples, std::uint16_t baseline_adc, std::vector<ChargePulse>& out) const;

  /// A pulse of a record that begins at `begin`. The primitive begins where the light does on average, and lasts until
  /// the filtered charge is under half of the threshold; its integral is charge x area of the mean pulse.
  [[nodiscard]] model::Primitive primitive(const ChargePulse& pulse, Timestamp begin) const;
  /// Primary e-h pairs in a primitive's integral.
  [[nodiscard]] double charge_eh(std::uint32_t integral) const { return integral / pulse_area_adc_; }

  /// rms of the filtered charge of noise whose rms at the shaper is 1, with the autocorrelation
  /// (1 + t / tau) exp(-t / tau).
  [[nodiscard]] double noise_gain() const;
  /// Samples in the trapezoid.
  [[nodiscard]] std::size_t length() const { return rise_ + wide_ - 1; }

 private:
  /// Sums of the trapezoid over the samples up to and with each.
  [[nodiscard]] std::vector<std::int64_t> filtered(ByteView samples, std::uint16_t baseline_adc) const;

  Electronics electronics_;
  std::size_t rise_;  ///< the trapezoid is a sum over `rise_` of sums over `wide_` samples
  std::size_t wide_;
  double threshold_eh_;
  double eh_per_sum_ = 1;
  double pulse_area_adc_ = 0;  ///< of one e-h, ADC counts x samples
  double peak_delay_ = 0;      ///< of the filter's peak behind the mean pulse's light
};

/// Of [detector.<name>] and [readout.<name>].
[[nodiscard]] ChargeFilter charge_filter(const Section& detector, const Section& readout);

}  // namespace spillway::detectors::csi_laapd
