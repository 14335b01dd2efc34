#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "detectors/physics/cevns.hpp"
#include "detectors/physics/facilities.hpp"
#include "detectors/physics/form_factor.hpp"
#include "detectors/physics/nuclei.hpp"
#include "detectors/physics/pion_decay_at_rest.hpp"
#include "detectors/physics/quadrature.hpp"

namespace spillway::physics {
namespace {

TEST(Quadrature, IsExactForPolynomialsUpToItsDegree) {
  const GaussLegendre rule(5);
  for (int degree = 0; degree < 10; ++degree) {
    const double integral = rule.integrate(0, 2, [&](double x) { return std::pow(x, degree); });
    EXPECT_NEAR(integral, std::pow(2, degree + 1) / (degree + 1), 1e-12 * std::pow(2, degree + 1)) << degree;
  }
  EXPECT_EQ(rule.integrate(1, 0, [](double) { return 1.0; }), 0);
}

TEST(PionDecayAtRest, SpectraAreNormalisedAndHaveTheMeansOfTheClosedForm) {
  struct Delayed {
    double (*spectrum)(double);
    double mean;
  };
  for (const auto& [spectrum, mean] :
       {Delayed{nu_e_spectrum, kNuEMeanEnergy_mev}, Delayed{anti_nu_mu_spectrum, kAntiNuMuMeanEnergy_mev}}) {
    EXPECT_NEAR(gauss64().integrate(0, kDelayedEndPoint_mev, spectrum), 1, 1e-10);
    EXPECT_NEAR(gauss64().integrate(0, kDelayedEndPoint_mev, [f = spectrum](double e) { return e * f(e); }), mean,
                1e-9);
    EXPECT_EQ(spectrum(-1), 0);
    EXPECT_EQ(spectrum(kDelayedEndPoint_mev + 1e-9), 0);
  }
}

// Baxter et al., section 2: 29.7 (cut, not rounded) and 52.8 MeV.
TEST(PionDecayAtRest, TheLineAndTheEndPointAreWhereKinematicsPutsThem) {
  EXPECT_NEAR(kPromptEnergy_mev, 29.79, 0.005);
  EXPECT_NEAR(kDelayedEndPoint_mev, 52.83, 0.005);
}

TEST(FormFactor, IsOneAtRest) {
  for (const FormFactor& form :
       {FormFactor::helm_of_rms_radius(4.83), FormFactor::lewin_smith(40), FormFactor::point_like()}) {
    EXPECT_DOUBLE_EQ(form(0), 1);
    EXPECT_NEAR(form(1e-3), 1, 1e-9);
  }
  EXPECT_DOUBLE_EQ(FormFactor::point_like()(100), 1);
}

TEST(FormFactor, FallsWithTheRmsRadiusItWasMadeOf) {
  const double q_mev = 1.0;
  const double q = q_mev / kHbarC_mev_fm;
  EXPECT_NEAR((1 - FormFactor::helm_of_rms_radius(4.83)(q_mev)) * 6 / (q * q), 4.83 * 4.83, 0.01);
}

TEST(FormFactor, DoesNotJumpWhereItsSeriesEnds) {
  const FormFactor form = FormFactor::lewin_smith(132);
  const double border_mev = 0.02 / form.radius_fm() * kHbarC_mev_fm;
  EXPECT_NEAR(form(border_mev * (1 - 1e-9)), form(border_mev * (1 + 1e-9)), 1e-11);
}

TEST(Cevns, GrowsWithTheSquareOfTheNeutronsWhereProtonsHaveNoCharge) {
  constexpr double kBlindToProtons = 0.25;
  const Nucleus twenty{"", 7, 20, 0, 40};
  const Nucleus sixty{"", 31, 60, 0, 40};
  const auto cross_section = [&](const Nucleus& nucleus) {
    return cevns_cross_section(30, 1e-3, nucleus.mass_mev(), weak_charge(nucleus, kBlindToProtons),
                               FormFactor::point_like());
  };
  EXPECT_NEAR(cross_section(sixty) / cross_section(twenty), 9, 1e-12);
}

TEST(Cevns, EndsAtTheLargestRecoil) {
  const double mass = kArgon40.mass_mev();
  const double end = max_recoil_mev(30, mass);
  EXPECT_DOUBLE_EQ(end, 2 * 30.0 * 30.0 / mass);
  EXPECT_GT(cevns_kernel(30, end * (1 - 1e-9), mass), 0);
  EXPECT_EQ(cevns_kernel(30, end, mass), 0);
  EXPECT_EQ(magnetic_kernel(30, end, mass), 0);
  EXPECT_NEAR(min_energy_mev(end, mass), 30, 1e-12);
}

// Over all recoils of a point-like nucleus: G_F^2 q^2 E^2 / pi.
TEST(Cevns, AddsUpToTheClosedFormOfAPointLikeNucleus) {
  const double mass = kArgon40.mass_mev();
  const double charge = weak_charge(kArgon40, kSin2ThetaW);
  for (const double energy : {1.0, 29.79, 52.8}) {
    const double total = gauss16().integrate(0, max_recoil_mev(energy, mass), [&](double recoil) {
      return cevns_cross_section(energy, recoil, mass, charge, FormFactor::point_like());
    });
    const double expected =
        kFermiConstant * kFermiConstant * charge * charge * energy * energy / std::numbers::pi * kCm2PerInverseMev2;
    EXPECT_NEAR(total / expected, 1, 1e-12);
  }
}

// At small recoils pi r_e^2 / T times the moment squared, with the classical radius of the electron.
TEST(Cevns, AMagneticMomentScattersAsAnElectronsClassicalRadiusSays) {
  constexpr double kClassicalRadius_cm = 2.8179403262e-13;
  const double recoil = 1e-9;
  const double expected = std::numbers::pi * kClassicalRadius_cm * kClassicalRadius_cm / recoil * 1e-20;
  EXPECT_NEAR(magnetic_kernel(40, recoil, kArgon40.mass_mev()) / expected, 1, 1e-8);
}

struct Ratio {
  Nucleus nucleus;
  double protons_over_neutrons;
};

// Baxter et al., table 2, column r.
TEST(Nuclei, HaveTheProtonsAndNeutronsOfThePaper) {
  for (const auto& [nucleus, ratio] :
       {Ratio{kXenon132, 0.69}, Ratio{kArgon40, 0.81}, Ratio{kGermanium72, 0.8}, Ratio{kSilicon28, 1.0},
        Ratio{kFluorine19, 0.9}, Ratio{kCesium133, 0.71}, Ratio{kIodine127, 0.72}, Ratio{kNeon20, 1.0}}) {
    EXPECT_NEAR(nucleus.protons / nucleus.neutrons, ratio, 0.01) << nucleus.name;
  }
}

TEST(Nuclei, AMoleculeIsTheMeanOfItsAtoms) {
  EXPECT_NEAR(kCesiumIodide.mass_u, (kCesium133.mass_u + kIodine127.mass_u) / 2, 1e-9);
  EXPECT_NEAR(kCesiumIodide.neutrons, (kCesium133.neutrons + kIodine127.neutrons) / 2, 1e-9);
  EXPECT_NEAR(kOctafluoropropane.protons, (3 * kCarbon12.protons + 8 * kFluorine19.protons) / 11, 1e-9);
  EXPECT_NEAR(kOctafluoropropane.neutrons, (3 * kCarbon12.neutrons + 8 * kFluorine19.neutrons) / 11, 1e-9);
}

// Baxter et al., sections 2 and 4.1.
TEST(Facilities, TheSpallationSourcesAreThoseOfThePaper) {
  EXPECT_NEAR(kEss.duty_factor(), 4e-2, 0.1e-2);
  EXPECT_NEAR(kSns.duty_factor(), 6e-4, 1e-10);
  EXPECT_NEAR(kEss.neutrinos_per_year(), 8.5e22, 1e13);
  EXPECT_NEAR(kEss.flux_per_cm2_year(20), 1.691e15, 0.001e15);
  EXPECT_NEAR(kEss.flux_per_cm2_year(40) / kEss.flux_per_cm2_year(20), 0.25, 1e-12);
  EXPECT_NEAR(kEss.pot_per_year, 2.8e23, 0.05e23);
  EXPECT_NEAR(kSns.neutrinos_per_year(), 9.2e21, 1e12);
  EXPECT_DOUBLE_EQ(kEss28.duty_factor(), 2 * kEss.duty_factor());
  // "slightly favorable": ten times the signal outweighs the root of the duty factors, which is 10 % smaller than 9.
  EXPECT_NEAR(std::sqrt(kEss.duty_factor() / kSns.duty_factor()), 0.9 * 9, 0.1);
}

// Kelly et al., section 2: 340 MJ twice a day.
TEST(Facilities, TheBeamDumpIsThatOfThePaper) {
  constexpr double kElementaryCharge = 1.602176634e-19;
  EXPECT_NEAR(kLhcDump.pot_per_year, 1.2e17, 0.02e17);
  EXPECT_NEAR(kLhcProtonsPerDump, 3.0e14, 0.05e14);
  const double energy_mj = kLhcProtonsPerDump * kLhcDump.proton_energy_gev * 1e9 * kElementaryCharge * 1e-6;
  EXPECT_NEAR(energy_mj, 340, 1);
  EXPECT_NEAR(2 * energy_mj / 86400, kLhcDump.average_power_mw, 0.05e-3);
  EXPECT_NEAR(kLhcDump.background_rejection(), 5e8, 0.05e8);
}

// Kelly et al., Fig. 2: "among the best for S/sqrt(B) and better than all of the current/proposed facilities for S/B".
TEST(Facilities, NoneHasABetterSignalToBackgroundThanTheBeamDump) {
  int better_for_discovery = 0;
  for (const Facility& facility : kFacilities) {
    EXPECT_LE(facility.signal_to_background(), kLhcDump.signal_to_background()) << facility.name;
    if (facility.signal_to_root_background() > kLhcDump.signal_to_root_background()) ++better_for_discovery;
  }
  EXPECT_LE(better_for_discovery, 2);
}

}  // namespace
}  // namespace spillway::physics
