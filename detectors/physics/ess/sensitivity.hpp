#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "detectors/physics/ess/charge_radii.hpp"
#include "detectors/physics/ess/measurement.hpp"
#include "detectors/statistics/contour.hpp"
#include "detectors/statistics/interval.hpp"

namespace spillway::physics::ess {

/// One parameter of table 3.
struct Parameter {
  std::string_view name;
  std::string_view unit;
  std::string_view meaning;
  double standard = 0;  ///< its value in the standard model
  double step = 0;      ///< about how well it is measured
  bool not_negative = false;
  std::optional<Radius> radius;
};

inline constexpr Parameter kSin2w{"sin2w", "0.001", "weak mixing angle", kSin2ThetaW, 0.02, false, std::nullopt};
inline constexpr Parameter kMuNumu{"mu_numu", "1e-10 mu_B", "magnetic moment of nu_mu", 0, 5, true, std::nullopt};
inline constexpr Parameter kRee{"r_ee", "1e-32 cm2", "charge radius of nu_e", 0, 10, false, Radius::kEe};
inline constexpr Parameter kRmumu{"r_mumu", "1e-32 cm2", "charge radius of nu_mu", 0, 5, false, Radius::kMuMu};
inline constexpr Parameter kRemu{"r_emu", "1e-32 cm2", "transition charge radius", 0, 10, true, Radius::kEMu};

inline constexpr std::array kParameters = {kSin2w, kMuNumu, kRee, kRmumu, kRemu};

/// chi2 at one value of one parameter; the other charge radii are profiled where it is one, all else is standard.
[[nodiscard]] double chi2_of(const Measurement& measurement, const Parameter& parameter, double value,
                             TransitionPower power = TransitionPower::kSecond);

struct Range {
  double best = 0;
  double low = 0;
  double high = 0;
};

/// Where chi2 stays below its least value plus 2.706 around the standard model, which fits the Asimov data best.
[[nodiscard]] Range range_of(const Measurement& measurement, const Parameter& parameter,
                             TransitionPower power = TransitionPower::kSecond);

/// chi2 of non-standard interactions with up quarks.
[[nodiscard]] double chi2_of_nsi(const Measurement& measurement, double eps_ee, double eps_mumu);

/// The region of (eps_ee, eps_mumu) below chi2 = 4.605, as closed polygons (figs. 12 and 14).
[[nodiscard]] statistics::Contours nsi_region(const Measurement& measurement);

/// What chi2 has to be climbed to, at least, to go once around the ring of one nucleus: below 4.605 the ring is whole.
[[nodiscard]] double nsi_ring_barrier(const Measurement& measurement);

}  // namespace spillway::physics::ess
