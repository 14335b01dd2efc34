#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "detectors/physics/ess/measurement.hpp"

namespace spillway::physics::ess {

/// The runs that a name stands for, within `exposure`: a detector of `kDetectors` or `kOtherGases` for all of it;
/// `xe+ar` the gas TPC with xenon for one half and argon for the other; `A+B` both detectors, each for all of it.
///
/// For a magnetic moment the argon bubble chamber `ar` runs one half at 0.1 keV_nr and the other at 1 keV_nr
/// (Baxter et al., section 4.4). Throws Error where there is no such detector, naming those that there are.
[[nodiscard]] std::vector<Run> runs_of(std::string_view name, const Exposure& exposure, bool magnetic_moment = false);

/// "csi, si, xe, ge, ar, c3f8, xe+ar, tpc_ar, ...".
[[nodiscard]] std::string detector_names();

}  // namespace spillway::physics::ess
