#pragma once

#include <array>

#include "detectors/physics/constants.hpp"
#include "detectors/physics/nuclei.hpp"
#include "detectors/physics/pion_decay_at_rest.hpp"

namespace spillway::physics::ess {

/// How the modulus of the transition charge radius enters the coupling of eq. 4.12.
enum class TransitionPower {
  kFirst = 1,   ///< |Q_emu|: what the ranges of table 3 were made with
  kSecond = 2,  ///< |Q_emu|^2: what is printed, and what a transition amplitude that does not interfere gives
};

/// What the neutrino's couplings may be; as they stand, the standard model.
struct Couplings {
  double sin2_theta_w = kSin2ThetaW;
  double eps_ee = 0;  ///< non-standard vector coupling to up quarks, in units of the Fermi constant
  double eps_mumu = 0;
  double r_ee = 0;  ///< charge radius squared, 1e-32 cm^2, added to what sin2_theta_w holds
  double r_mumu = 0;
  double r_emu = 0;    ///< modulus of the transition one
  double mu_numu = 0;  ///< magnetic moment of nu_mu and anti-nu_mu, 1e-10 Bohr magnetons
  TransitionPower power = TransitionPower::kSecond;
};

/// What multiplies the standard model's counts of each flavour, by flavour: the couplings change no shape.
using FlavourWeights = std::array<double, kFlavourCount>;

/// (q_alpha^2 + transition) / q_0^2 with q_alpha = Z g_p + N g_n + (2 Z + N) eps_alpha - Z Q_alpha,
/// Q = 2/3 m_W^2 sin2w <r^2>.
/// Source: Baxter et al., JHEP 02 (2020) 123, eqs. 4.7, 4.12 and 4.13. (4.10 prints sin^2 2 theta for sin^2 theta.)
[[nodiscard]] FlavourWeights flavour_weights(const Nucleus& nucleus, const Couplings& couplings);

/// kappa: a charge radius of 1e-32 cm^2 multiplies the weak charge by 1 + kappa.
[[nodiscard]] double radius_coupling(const Nucleus& nucleus);

/// What is added to the weights of all flavours for |r_emu| = 1e-32 cm^2; it grows with the chosen power of r_emu.
[[nodiscard]] double transition_coupling(const Nucleus& nucleus, TransitionPower power);

/// Centre of the ring eps_ee, eps_mumu whose total rate is that of the standard model, -(Z g_p + N g_n) / (2 Z + N);
/// its half widths are sqrt(3) and sqrt(3/2) of it (eq. 4.8).
[[nodiscard]] double ring_centre(const Nucleus& nucleus);

}  // namespace spillway::physics::ess
