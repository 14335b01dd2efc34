#include "detectors/physics/ess/couplings.hpp"

#include <cmath>

#include "detectors/physics/cevns.hpp"

namespace spillway::physics::ess {
namespace {

/// Q of eq. 4.13 for <r^2> = 1e-32 cm^2.
constexpr double kUnitRadiusCharge = 2.0 / 3 * kWMass_mev * kWMass_mev * kSin2ThetaW * 1e-32 / kCm2PerInverseMev2;

double standard_charge(const Nucleus& nucleus) {
  return weak_charge(nucleus, kSin2ThetaW);
}

}  // namespace

double radius_coupling(const Nucleus& nucleus) {
  return -nucleus.protons * kUnitRadiusCharge / standard_charge(nucleus);
}

double transition_coupling(const Nucleus& nucleus, TransitionPower power) {
  const double ratio = nucleus.protons / standard_charge(nucleus);
  return ratio * ratio * (power == TransitionPower::kFirst ? kUnitRadiusCharge : kUnitRadiusCharge * kUnitRadiusCharge);
}

double ring_centre(const Nucleus& nucleus) {
  return -standard_charge(nucleus) / (2 * nucleus.protons + nucleus.neutrons);
}

FlavourWeights flavour_weights(const Nucleus& nucleus, const Couplings& couplings) {
  const double standard = standard_charge(nucleus);
  const double charge = weak_charge(nucleus, couplings.sin2_theta_w);
  const double quarks = 2 * nucleus.protons + nucleus.neutrons;
  const double kappa = radius_coupling(nucleus);
  const double r_emu = std::abs(couplings.r_emu);
  const double transition = transition_coupling(nucleus, couplings.power) *
                            (couplings.power == TransitionPower::kFirst ? r_emu : r_emu * r_emu);
  const auto weight = [&](double eps, double radius) {
    const double ratio = (charge + quarks * eps) / standard + kappa * radius;
    return ratio * ratio + transition;
  };
  const double electron = weight(couplings.eps_ee, couplings.r_ee);
  const double muon = weight(couplings.eps_mumu, couplings.r_mumu);
  FlavourWeights weights;
  weights[index_of(Flavour::kNuMu)] = muon;
  weights[index_of(Flavour::kNuE)] = electron;
  weights[index_of(Flavour::kAntiNuMu)] = muon;
  return weights;
}

}  // namespace spillway::physics::ess
