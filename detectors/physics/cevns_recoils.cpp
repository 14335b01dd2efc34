#include "detectors/physics/cevns_recoils.hpp"

#include <cassert>
#include <cmath>
#include <numbers>

#include "detectors/physics/cevns.hpp"
#include "detectors/physics/quadrature.hpp"

namespace spillway::physics {

namespace {

constexpr double kMevPerKev = 1e-3;

// The largest values of the delayed spectra: of nu_e at x = 1/3, of anti-nu_mu at the end point.
constexpr double kNuEPeak = nu_e_spectrum(kMuonMass_mev / 3);
constexpr double kAntiNuMuPeak = 4 / kMuonMass_mev;

double spectrum(Flavour flavour, double energy_mev) {
  return flavour == Flavour::kNuE ? nu_e_spectrum(energy_mev) : anti_nu_mu_spectrum(energy_mev);
}

}  // namespace

CevnsRecoils::CevnsRecoils(const Nucleus& nucleus, const FormFactor& form_factor, double least_kev)
    : nucleus_(nucleus), form_factor_(form_factor), least_mev_(least_kev * kMevPerKev) {
  assert(least_kev > 0);
  const double mass = nucleus.mass_mev();
  const double charge = weak_charge(nucleus, kSin2ThetaW);
  const auto cross_section = [&](double energy_mev) {
    return gauss64().integrate(least_mev_, max_recoil_mev(energy_mev, mass), [&](double recoil_mev) {
      return cevns_cross_section(energy_mev, recoil_mev, mass, charge, form_factor);
    });
  };
  cross_section_cm2_[index_of(Flavour::kNuMu)] = cross_section(kPromptEnergy_mev);
  for (const Flavour flavour : {Flavour::kNuE, Flavour::kAntiNuMu}) {
    cross_section_cm2_[index_of(flavour)] =
        gauss64().integrate(min_energy_mev(least_mev_, mass), kDelayedEndPoint_mev,
                            [&](double energy) { return spectrum(flavour, energy) * cross_section(energy); });
  }
}

double CevnsRecoils::expected(double neutrinos, double mass_kg, double distance_m) const {
  const double distance_cm = 100 * distance_m;
  const double fluence = neutrinos / (4 * std::numbers::pi * distance_cm * distance_cm);
  double sum = 0;
  for (const double cross_section : cross_section_cm2_) sum += cross_section;
  return fluence * sum * mass_kg * nucleus_.nuclei_per_kg();
}

double CevnsRecoils::shape(Flavour flavour, double neutrino_mev, double recoil_mev) const {
  const double mass = nucleus_.mass_mev();
  const double kinematics = 1 - mass * recoil_mev / (2 * neutrino_mev * neutrino_mev);
  if (kinematics <= 0) return 0;
  const double form = form_factor_(momentum_transfer_mev(recoil_mev, mass));
  const double kernel = kinematics * form * form;
  if (flavour == Flavour::kNuMu) return kernel;
  return kernel * spectrum(flavour, neutrino_mev) / (flavour == Flavour::kNuE ? kNuEPeak : kAntiNuMuPeak);
}

Recoil CevnsRecoils::draw(Draw& random) const {
  double left = random.uniform() * (cross_section_cm2_[0] + cross_section_cm2_[1] + cross_section_cm2_[2]);
  Flavour flavour = kFlavours.back();
  for (const Flavour candidate : kFlavours) {
    left -= cross_section_cm2_[index_of(candidate)];
    if (left < 0) {
      flavour = candidate;
      break;
    }
  }
  const bool prompt = flavour == Flavour::kNuMu;
  const double highest = prompt ? kPromptEnergy_mev : kDelayedEndPoint_mev;
  const double most = max_recoil_mev(highest, nucleus_.mass_mev());
  for (;;) {
    const double energy = prompt ? highest : highest * random.uniform();
    const double recoil = least_mev_ + (most - least_mev_) * random.uniform();
    if (random.uniform() < shape(flavour, energy, recoil)) return {flavour, energy, recoil / kMevPerKev};
  }
}

}  // namespace spillway::physics
