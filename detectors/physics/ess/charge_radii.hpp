#pragma once

#include "detectors/physics/ess/measurement.hpp"

namespace spillway::physics::ess {

enum class Radius { kEe, kMuMu, kEMu };

/// chi2 with one charge radius held at `value` (1e-32 cm^2; the transition one by its modulus) and the other two, and
/// the pulls, where they fit best. Throws Error where no minimum is found.
///
/// The weights are quadratic in the radii, so there are mirror minima; each is descended to, with exact derivatives,
/// and the least counts. Source: Baxter et al., JHEP 02 (2020) 123, eq. 4.12 and the caption of table 3.
[[nodiscard]] double chi2_of_radius(const Measurement& measurement, Radius radius, double value, TransitionPower power);

}  // namespace spillway::physics::ess
