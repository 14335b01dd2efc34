#pragma once

#include <vector>

#include "sim_front_end/lartpc/nue_argon.hpp"
#include "sim_front_end/lartpc/transport.hpp"

namespace spillway::sim_front_end::lartpc {

/// A straight track through the active volume.
struct MuonTrack {
  Point entry;
  Direction direction;
  double length_mm = 0;  ///< inside
};
/// A cosmic muon that crosses the active volume: flux like cos^2 of the zenith angle per solid angle.
[[nodiscard]] MuonTrack draw_muon(Draw& draw);

/// Deposits each millimetre, on average 2.1 MeV/cm: a continuous part, and knock-on electrons of 10 keV to 5 MeV with
/// a spectrum like 1 / T^2 (Particle Data Group, Passage of particles through matter), which are absorbed on the spot.
void ionise(const MuonTrack& track, Draw& draw, std::vector<Deposit>& deposits);

/// Kinetic energies of the beta decay of 39Ar: end point 0.565 MeV, unique first-forbidden shape p E (Q - T)^2 F
/// (p^2 + q^2).
[[nodiscard]] EnergyTable argon39_spectrum();
inline constexpr double kArgon39EndPointMev = 0.565;

}  // namespace spillway::sim_front_end::lartpc
