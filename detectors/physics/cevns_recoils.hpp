#pragma once

#include "daq/base/random.hpp"
#include "detectors/physics/form_factor.hpp"
#include "detectors/physics/nuclei.hpp"
#include "detectors/physics/pion_decay_at_rest.hpp"

namespace spillway::physics {

/// A nucleus hit by a neutrino of pions that decay at rest.
struct Recoil {
  Flavour flavour = Flavour::kNuMu;
  double neutrino_mev = 0;
  double recoil_kev = 0;
};

/// Recoils of coherent scattering above a least energy: how many, and one after the other at random.
class CevnsRecoils {
 public:
  /// `least_kev` > 0: smaller recoils are left out.
  CevnsRecoils(const Nucleus& nucleus, const FormFactor& form_factor, double least_kev);

  /// Mean number in a target of `mass_kg` at `distance_m` from a point-like source that gives `neutrinos` of each
  /// flavour.
  [[nodiscard]] double expected(double neutrinos, double mass_kg, double distance_m) const;
  /// Exactly distributed (rejection, no tables).
  [[nodiscard]] Recoil draw(Draw& random) const;

 private:
  /// The shape of the double-differential rate, at most 1: spectrum x kinematics x form factor squared.
  [[nodiscard]] double shape(Flavour flavour, double neutrino_mev, double recoil_mev) const;

  Nucleus nucleus_;
  FormFactor form_factor_;
  double least_mev_;
  std::array<double, kFlavourCount> cross_section_cm2_{};  ///< above the least recoil, averaged over the spectrum
};

}  // namespace spillway::physics
