#pragma once

#include <cstddef>
#include <vector>

#include "detectors/lartpc/geometry.hpp"

/// From energy in liquid argon to a waveform.
namespace spillway::detectors::lartpc {

inline constexpr double kFieldKvPerCm = 0.5;
inline constexpr double kMevPerElectron = 23.6e-6;  ///< W-value of liquid argon
/// Diffusion along the drift, cm2/s: MicroBooNE, JINST 16 (2021) P09025; across it about twice as much.
inline constexpr double kDiffusionAlong = 3.74;
inline constexpr double kDiffusionAcross = 8;
inline constexpr double kPeakingUs = 2;  ///< of the shaping amplifiers

/// Share of the electrons that escape recombination where ionisation has this density: the modified box model,
/// ArgoNeuT, JINST 8 (2013) P08005, alpha = 0.93, beta = 0.212 (kV/cm)(g/cm2)/MeV.
[[nodiscard]] double recombination(double mev_per_cm);

/// The same, meant over all that a nu_e-argon event leaves: electrons ionise more densely as they stop.
inline constexpr double kShowerRecombination = 0.672;

/// The shaping amplifier's answer to a charge that comes at once, 1 at its peak after kPeakingUs: CR-RC^4.
[[nodiscard]] double shaped(double us);

/// The waveform of a plane to one electron that arrives with a Gaussian spread in time, in units of the shaper's peak.
///
/// Electrons that drift past a wire induce on it a current that comes and goes; those that it collects, one of one
/// sign. The currents are those of a drift of one pitch before, and for induction wires one behind, the plane
/// (triangular and with a change of sign), convolved with the spread and the shaper.
class PlaneResponse {
 public:
  static constexpr std::size_t kPhases = 16;  ///< parts of a sample at which an electron may arrive
  static constexpr std::size_t kSpreads = 8;  ///< from none to that of the whole drift
  static constexpr std::size_t kLength = 32;  ///< samples
  static constexpr std::size_t kBefore = 10;  ///< samples that begin before the arrival

  PlaneResponse(bool collection, double drift_mm_per_us);
  /// kLength samples; the electron arrives at sample kBefore + phase / kPhases. `drifted`: share of the whole drift.
  [[nodiscard]] const float* kernel(std::size_t phase, double drifted) const;
  /// Sum of the samples' positive part, for electrons that drifted half the way.
  [[nodiscard]] double area() const { return area_; }

 private:
  std::vector<float> kernels_;
  double area_ = 0;
};

/// Spread of the arrival of electrons that drifted so far, in us; and across the wires, in mm.
[[nodiscard]] double spread_us(double drift_mm, double drift_mm_per_us);
[[nodiscard]] double spread_mm(double drift_mm, double drift_mm_per_us);

inline constexpr double kSampleUs = 0.512;
static_assert(kSampleUs * 1000 == kTickNs * kTicksPerSample);

}  // namespace spillway::detectors::lartpc
