#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "monitoring/online/lartpc_clusters.hpp"

namespace spillway::online {

/// From the charge of a collection wire's hit to energy.
struct ChamberCalibration {
  std::vector<std::size_t> links;  ///< of the streams
  std::int16_t threshold_adc = 30;
  double drift_mm_per_us = 1.6;
  double lifetime_us = 10'000;
  double adc_per_electron = 0;
  detectors::ClockSegment default_clock;  ///< where the file names none
  Duration pre, post;                     ///< of the readout window; hits outside of it are left out
};

/// Places hits of collection wires and turns their charge into energy: that of an electron shower of the same charge,
/// corrected for the part of each pulse that stays below threshold and, with the drift time from the middle of the
/// gate, for the electrons' lifetime.
class HitPlacer {
 public:
  explicit HitPlacer(const ChamberCalibration& calibration);
  [[nodiscard]] WireHit place(const Hit& hit, Interval gate) const;

 private:
  /// ADC counts x samples of a pulse that stay below the threshold.
  [[nodiscard]] double lost(double peak_adc) const;

  static constexpr std::size_t kSteps = 64;
  ChamberCalibration calibration_;
  std::array<double, kSteps + 1> below_{};  ///< area of what is below so many parts of the peak, in peaks x samples
  double area_per_charge_ = 0;              ///< samples, in units of the shaper's peak
  double peak_us_ = 0;                      ///< of a pulse, after the arrival
};

/// nu_e-argon candidates: hits of the collection wires are joined to tracks, muons taken out, photons' blips added.
/// Counters: "unknown_encoding", "bad_sizes" and the names of detectors::DecodeError.
[[nodiscard]] std::unique_ptr<Selection> make_lartpc_selection(const ChamberCalibration& calibration,
                                                               const ChamberCuts& cuts);
[[nodiscard]] std::unique_ptr<Selection> make_lartpc_selection(const Config& config, const model::Setup& setup,
                                                               const model::Detector& detector);

}  // namespace spillway::online
