#pragma once

#include <array>
#include <vector>

#include "detectors/physics/ess/detector.hpp"
#include "detectors/physics/facilities.hpp"
#include "detectors/physics/pion_decay_at_rest.hpp"

namespace spillway::physics::ess {

/// How long, how far, and what part of the recoils is kept.
struct Exposure {
  double years = 3;
  double distance_m = 20;
  double acceptance = 0.8;  ///< of signal and background above threshold
};

/// Hours of beam in a year (Baxter et al., section 2).
inline constexpr double kBeamHoursPerYear = 5000;

/// Expected counts of one bin of recoil energy, in the standard model unless said otherwise.
struct Bin {
  double low_kevnr = 0;
  double high_kevnr = 0;
  std::array<double, kFlavourCount> signal{};  ///< by flavour
  double magnetic = 0;  ///< what a moment of 1e-10 Bohr magnetons of nu_mu and anti-nu_mu adds; goes with its square
  double background = 0;

  [[nodiscard]] double total_signal() const { return signal[0] + signal[1] + signal[2]; }
};

/// Bins of two sigma at their centre from the threshold to the largest recoil, the last one cut there; one bin where
/// recoils are only counted. Counts are zero.
[[nodiscard]] std::vector<Bin> empty_bins(const Detector& detector);

/// Expected counts: a step at threshold in true energy, then Gaussian smearing. Steady background is flat in energy and
/// reduced by the duty factor that the paper rounds to 4e-2.
/// Source: Baxter et al., JHEP 02 (2020) 123, eqs. 4.2 and 4.14, section 4.1.
[[nodiscard]] std::vector<Bin> expected_bins(const Detector& detector, const Exposure& exposure = {});

/// Recoils of all flavours per year above the threshold, all of them accepted (table 1).
[[nodiscard]] double recoils_per_year(const Detector& detector, double distance_m = 20);

/// Largest recoil of a prompt neutrino.
[[nodiscard]] double prompt_end_point_kevnr(const Nucleus& nucleus);

}  // namespace spillway::physics::ess
