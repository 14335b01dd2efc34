#pragma once

#include <array>
#include <vector>

#include "daq/base/random.hpp"
#include "detectors/csi_laapd/csi_laapd.hpp"

namespace spillway::detectors::csi_laapd {

/// Charge that arrives in one sensor at once.
struct Impulse {
  double at_ns = 0;  ///< since the interaction
  double eh = 0;     ///< as amplified, in units of the mean gain
};
using SensorLight = std::array<std::vector<Impulse>, kSensorsPerCrystal>;

/// Light of an electron of this energy (of a nuclear recoil: energy x quenching) as both sensors see it. The pairs are
/// Poisson-distributed and split binomially; each is delayed by the scintillation and amplified on its own.
/// `along`: where in the crystal, -1 at the end of sensor 0, +1 at that of sensor 1.
[[nodiscard]] SensorLight light_of(const Response& response, double scintillation_ns, double kevee, double along,
                                   Draw& random);

/// Standard normal deviate (Box and Muller, Ann. Math. Stat. 29 (1958) 610).
[[nodiscard]] double normal(Draw& random);
/// Exponential deviate of mean 1.
[[nodiscard]] double exponential(Draw& random);

}  // namespace spillway::detectors::csi_laapd
