#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim_front_end/lartpc/directions.hpp"

/// What particles leave in liquid argon. A small Monte Carlo: what matters is how energy spreads into a track and into
/// blips around it, not the last per cent of a cross section.
namespace spillway::sim_front_end::lartpc {

/// Ionisation at a point.
struct Deposit {
  Point at;
  double mev = 0;
  double mev_per_cm = 0;  ///< of what left it: recombination depends on it
};

enum class ParticleKind : std::uint8_t { kElectron, kPositron, kPhoton };
struct Particle {
  ParticleKind kind = ParticleKind::kElectron;
  Point at;
  Direction direction;
  double mev = 0;  ///< kinetic
};

/// Follows electrons, positrons and photons until nothing is left of them and appends what they leave in the active
/// volume. Returns the energy that left it (MeV): deposits and this add up to what came in, and two electron masses
/// for each positron.
///
/// Electrons: 2.1 MeV/cm / beta^2 by collisions, multiple scattering (Highland, Particle Data Group, Passage of
/// particles through matter), bremsstrahlung in complete screening (Tsai, Rev. Mod. Phys. 46 (1974) 815). Photons:
/// Compton scattering (Klein and Nishina), pair production; absorbed where they are below 0.1 MeV. Positrons
/// annihilate at rest.
double transport(std::span<const Particle> particles, Draw& draw, std::vector<Deposit>& deposits);

/// Mean loss of a singly charged particle by collisions, for electrons of a kinetic energy: 2.1 MeV/cm / beta^2.
[[nodiscard]] double electron_loss_per_cm(double kinetic_mev);
inline constexpr double kMinimumLossPerCm = 2.1;  ///< MeV/cm, of minimum-ionising particles in liquid argon

/// Per cm of liquid argon.
[[nodiscard]] double compton_per_cm(double photon_mev);
/// L. C. Maximon, J. Res. NBS 72B (1968) 79, without screening, Z^2 replaced by Z (Z + 1) for the pairs made on
/// electrons; never more than 7/9 per radiation length.
[[nodiscard]] double pairs_per_cm(double photon_mev);

}  // namespace spillway::sim_front_end::lartpc
