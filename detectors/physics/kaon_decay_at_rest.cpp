#include "detectors/physics/kaon_decay_at_rest.hpp"

#include <cmath>

#include "detectors/physics/quadrature.hpp"

namespace spillway::physics {
namespace {

constexpr double kLambdaPlus = 0.0297;

double dalitz_density(double electron_mev, double neutrino_mev) {
  // The pion takes the rest of the kaon's energy, and q^2 is the invariant mass squared of electron and neutrino.
  const double q2 = kNeutralPionMass_mev * kNeutralPionMass_mev - kChargedKaonMass_mev * kChargedKaonMass_mev +
                    2 * kChargedKaonMass_mev * (electron_mev + neutrino_mev);
  const double form = 1 + kLambdaPlus * q2 / (kChargedPionMass_mev * kChargedPionMass_mev);
  return form * form * (2 * electron_mev * neutrino_mev - q2 / 2);
}

double unnormalised(double energy_mev) {
  if (energy_mev <= 0 || energy_mev >= kKe3EndPoint_mev) return 0;
  // Pion and electron recoil together against the neutrino; in their own rest frame the electron has one energy, and
  // its direction there spreads it over the range below.
  const double mass = std::sqrt(kChargedKaonMass_mev * (kChargedKaonMass_mev - 2 * energy_mev));
  const double own = (mass * mass - kNeutralPionMass_mev * kNeutralPionMass_mev) / (2 * mass);
  const double low = own * mass / kChargedKaonMass_mev;
  const double high = own * kChargedKaonMass_mev / mass;
  return gauss16().integrate(low, high, [&](double electron) { return dalitz_density(electron, energy_mev); });
}

}  // namespace

double ke3_spectrum(double energy_mev) {
  static const double kArea = gauss64().integrate(0, kKe3EndPoint_mev, unnormalised);
  return unnormalised(energy_mev) / kArea;
}

}  // namespace spillway::physics
