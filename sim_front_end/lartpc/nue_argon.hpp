#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "daq/base/random.hpp"

/// nu_e + 40Ar -> e- + 40K*, and how 40K* comes to rest.
namespace spillway::sim_front_end::lartpc {

/// E_e(total) = E_nu - this - E_x, MeV: the 1.5044 MeV between the atoms less an electron's mass.
inline constexpr double kNueArgonGap = 0.9934;

struct NueArgonEvent {
  double neutrino_mev = 0;
  double electron_mev = 0;  ///< kinetic
  double electron_cos = 0;  ///< of the angle to the neutrino
  double level_mev = 0;
  std::vector<double> gammas_mev;
};
/// Draws level and cascade for a neutrino energy of at least 3.8 MeV. A level is as probable as B p E F(19, E): allowed
/// transitions only, so above some 50 MeV the electrons are somewhat too hard. The angle follows 1 + a beta cos with
/// a = 1 (Fermi) or -1/3 (Gamow-Teller).
[[nodiscard]] NueArgonEvent draw_nue_argon(double neutrino_mev, Draw& draw);

/// Energies of the gammas from a level to the ground state; they add up to it. Branches as measured for the levels
/// below 2.8 MeV and the analogue state (J. Chen, Nucl. Data Sheets 140 (2017) 1); the others are taken to decay by one
/// gamma.
[[nodiscard]] std::vector<double> draw_cascade(double level_mev, Draw& draw);

/// The relativistic Fermi function for an electron of this total energy (MeV) at a nucleus of charge z and mass number
/// a, its radius 1.2 a^(1/3) fm. E. Fermi, Z. Phys. 88 (1934) 161.
[[nodiscard]] double fermi_function(double z, double a, double total_mev);

/// Energies drawn from a tabulated density, straight lines between its points.
class EnergyTable {
 public:
  /// `energies` rise; `density` is not negative, not all zero, and as long.
  EnergyTable(std::vector<double> energies, std::span<const double> density);
  [[nodiscard]] double draw(Draw& draw) const;

 private:
  std::vector<double> energies_;
  std::vector<double> density_;
  std::vector<double> below_;  ///< integral up to each energy, of 1
};

}  // namespace spillway::sim_front_end::lartpc
