#pragma once

#include <cmath>
#include <numbers>

#include "detectors/physics/constants.hpp"
#include "detectors/physics/nuclei.hpp"

namespace spillway::physics {

/// Coherent elastic neutrino-nucleus scattering, to leading order in T / E.
///
/// The weak charge here is q = Z g_p + N g_n with g_p = 1/2 - 2 sin2w and g_n = -1/2, so that the cross section is
/// G_F^2 M / pi q^2 (1 - M T / 2 E^2) F^2 (Freedman, Phys. Rev. D 9 (1974) 1389). Baxter et al., JHEP 02 (2020) 123,
/// eq. 4.1 is the same with Q^2 = 4 q^2, but prints g_p = 1/2 - sin2w.
template <typename Scalar>
[[nodiscard]] constexpr Scalar weak_charge(const Nucleus& nucleus, const Scalar& sin2_theta_w) {
  return nucleus.protons * (0.5 - 2.0 * sin2_theta_w) - 0.5 * nucleus.neutrons;
}

/// Largest recoil of a neutrino of this energy: T_max = 2 E^2 / M, both in MeV.
[[nodiscard]] constexpr double max_recoil_mev(double energy_mev, double mass_mev) {
  return 2 * energy_mev * energy_mev / mass_mev;
}

/// Least energy of a neutrino that can give this recoil, sqrt(M T / 2).
[[nodiscard]] inline double min_energy_mev(double recoil_mev, double mass_mev) {
  return std::sqrt(mass_mev * recoil_mev / 2);
}

/// Momentum transfer sqrt(2 M T).
[[nodiscard]] inline double momentum_transfer_mev(double recoil_mev, double mass_mev) {
  return std::sqrt(2 * mass_mev * recoil_mev);
}

/// d sigma / dT over q^2 F^2, in cm^2 / MeV; 0 above the largest recoil.
[[nodiscard]] constexpr double cevns_kernel(double energy_mev, double recoil_mev, double mass_mev) {
  const double kinematics = 1 - mass_mev * recoil_mev / (2 * energy_mev * energy_mev);
  if (kinematics <= 0) return 0;
  return kCm2PerInverseMev2 * kFermiConstant * kFermiConstant * mass_mev / std::numbers::pi * kinematics;
}

/// d sigma / dT in cm^2 / MeV for a weak charge q and a form factor F(|q|).
template <typename Form>
[[nodiscard]] double cevns_cross_section(double energy_mev, double recoil_mev, double mass_mev, double charge,
                                         const Form& form_factor) {
  const double form = form_factor(momentum_transfer_mev(recoil_mev, mass_mev));
  return charge * charge * form * form * cevns_kernel(energy_mev, recoil_mev, mass_mev);
}

/// What a magnetic moment of 1e-10 Bohr magnetons adds to d sigma / dT, over Z^2 F_em^2, in cm^2 / MeV; it grows with
/// the moment squared. Source: Vogel & Engel, Phys. Rev. D 39 (1989) 3378; Baxter et al., eq. 4.14.
[[nodiscard]] constexpr double magnetic_kernel(double energy_mev, double recoil_mev, double mass_mev) {
  if (recoil_mev >= max_recoil_mev(energy_mev, mass_mev)) return 0;
  constexpr double kMoment = 1e-10;
  const double shape = 1 / recoil_mev - 1 / energy_mev + recoil_mev / (4 * energy_mev * energy_mev);
  return kCm2PerInverseMev2 * std::numbers::pi * kFineStructure * kFineStructure /
         (kElectronMass_mev * kElectronMass_mev) * shape * kMoment * kMoment;
}

}  // namespace spillway::physics
