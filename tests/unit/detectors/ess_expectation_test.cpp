#include <cmath>

#include <gtest/gtest.h>

#include "detectors/physics/cevns.hpp"
#include "detectors/physics/ess/couplings.hpp"
#include "detectors/physics/ess/spectrum.hpp"

namespace spillway::physics::ess {
namespace {

struct Rate {
  const Detector& detector;
  double recoils_per_year;
  double tolerance;
};

// Baxter et al., JHEP 02 (2020) 123, table 1; tabulated form factors stand between the paper and us.
TEST(EssExpectation, RecoilsPerYearAreThoseOfTableOne) {
  for (const auto& [detector, paper, tolerance] :
       {Rate{kCsi, 8405, 0.012}, Rate{kSi, 80, 0.02}, Rate{kXe, 7770, 0.035}, Rate{kGe, 1610, 0.012},
        Rate{kAr, 1380, 0.012}, Rate{kC3f8, 515, 0.012}}) {
    EXPECT_NEAR(recoils_per_year(detector) / paper, 1, tolerance) << detector.name;
  }
}

TEST(EssExpectation, FluxFallsWithTheSquareOfTheDistance) {
  EXPECT_NEAR(recoils_per_year(kCsi, 10) / recoils_per_year(kCsi, 20), 4, 1e-9);
}

struct Binning {
  const Detector& detector;
  std::size_t bins;
};

TEST(EssExpectation, BinsAreTwoSigmaWideAndCoverAllRecoils) {
  for (const auto& [detector, count] :
       {Binning{kCsi, 20}, Binning{kSi, 60}, Binning{kXe, 16}, Binning{kGe, 70}, Binning{kAr, 1}, Binning{kC3f8, 1}}) {
    const std::vector<Bin> bins = empty_bins(detector);
    ASSERT_EQ(bins.size(), count) << detector.name;
    EXPECT_EQ(bins.front().low_kevnr, detector.threshold_kevnr);
    EXPECT_EQ(bins.back().high_kevnr, detector.max_recoil_kevnr);
    for (std::size_t i = 0; i + 1 < bins.size(); ++i) {
      EXPECT_EQ(bins[i].high_kevnr, bins[i + 1].low_kevnr);
      const double centre = (bins[i].low_kevnr + bins[i].high_kevnr) / 2;
      EXPECT_NEAR(bins[i].high_kevnr - bins[i].low_kevnr, 2 * detector.sigma_kevnr(centre), 1e-9);
    }
  }
}

// Table 1, column E_max: the largest recoil of the delayed neutrinos.
TEST(EssExpectation, TheLastBinEndsAtTheLargestRecoil) {
  for (const Detector& detector : kDetectors) {
    const double end = 1e3 * max_recoil_mev(kDelayedEndPoint_mev, detector.nucleus.mass_mev());
    EXPECT_NEAR(detector.max_recoil_kevnr / end, 1, 0.01) << detector.name;
  }
  for (const Detector& detector : kOtherGases) {
    const double end = 1e3 * max_recoil_mev(kDelayedEndPoint_mev, detector.nucleus.mass_mev());
    EXPECT_NEAR(detector.max_recoil_kevnr / end, 1, 0.01) << detector.name;
  }
}

TEST(EssExpectation, WhatIsLostAtThresholdVanishesWithTheResolution) {
  const auto lost = [](double resolution) {
    Detector detector = kCsi;
    detector.resolution = resolution;
    double sum = 0;
    for (const Bin& bin : expected_bins(detector, {.years = 1, .acceptance = 1})) sum += bin.total_signal();
    return 1 - sum / recoils_per_year(kCsi);
  };
  EXPECT_LT(lost(0.02), 2e-3);
  EXPECT_NEAR(lost(0.02) / lost(0.01), 2, 0.05);
}

TEST(EssExpectation, SmearingMovesRecoilsBelowThresholdButMakesNone) {
  for (const Detector& detector : {kCsi, kXe, kSi}) {
    double sum = 0;
    for (const Bin& bin : expected_bins(detector, {.years = 1, .acceptance = 1})) sum += bin.total_signal();
    EXPECT_LT(sum, recoils_per_year(detector));
    EXPECT_GT(sum, 0.97 * recoils_per_year(detector));
  }
}

TEST(EssExpectation, TimeAndAcceptanceScaleSignalAndBackground) {
  const std::vector<Bin> one = expected_bins(kCsi, {.years = 1, .acceptance = 1});
  const std::vector<Bin> fit = expected_bins(kCsi);
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_NEAR(fit[i].total_signal(), 2.4 * one[i].total_signal(), 1e-9 * one[i].total_signal());
    EXPECT_NEAR(fit[i].background, 2.4 * one[i].background, 1e-9 * one[i].background);
  }
}

// Table 1 by hand: 10 counts per keV, kg and day in 22.5 kg, 625 days, 4e-2 of the time, 80 % of them.
TEST(EssExpectation, SteadyBackgroundIsTheRateTimesTheTimeWithBeam) {
  const Bin bin = expected_bins(kCsi)[3];
  EXPECT_NEAR(bin.background / (bin.high_kevnr - bin.low_kevnr), 10 * 22.5 * 625 * 4e-2 * 0.8, 1e-6);
  EXPECT_NEAR(expected_bins(kAr)[0].background, 0.1 * 10 * 625 * 4e-2 * 0.8, 1e-9);
}

// Fig. 13: above the recoil of a prompt neutrino there are delayed ones only, but for the smearing into the first bin.
TEST(EssExpectation, HighRecoilsAreOfDelayedNeutrinos) {
  const double end = prompt_end_point_kevnr(kCesiumIodide);
  EXPECT_NEAR(end, 2 * 29.79 * 29.79 / kCesiumIodide.mass_mev() * 1e3, 0.01);
  bool first_above = true;
  for (const Bin& bin : expected_bins(kCsi)) {
    const double prompt = bin.signal[index_of(Flavour::kNuMu)];
    if (bin.high_kevnr < 10) {
      EXPECT_GT(prompt, 0.25 * bin.total_signal());
    } else if (bin.low_kevnr > end) {
      EXPECT_LT(prompt, (first_above ? 0.06 : 0.003) * bin.total_signal()) << bin.low_kevnr;
      first_above = false;
    }
  }
}

TEST(EssCouplings, TheStandardModelHasUnitWeights) {
  for (const Nucleus& nucleus : {kXenon132, kArgon40, kGermanium72, kSilicon28, kCesiumIodide, kOctafluoropropane}) {
    for (const double weight : flavour_weights(nucleus, {})) EXPECT_NEAR(weight, 1, 1e-14);
  }
}

TEST(EssCouplings, WeightsAreRatiosOfCrossSections) {
  const double at = 0.21;
  const double expected = std::pow(weak_charge(kXenon132, at) / weak_charge(kXenon132, kSin2ThetaW), 2);
  for (const double weight : flavour_weights(kXenon132, {.sin2_theta_w = at})) EXPECT_NEAR(weight, expected, 1e-14);
}

// Eqs. 4.10 and 4.13: a charge radius is a shift of the weak mixing angle by 1/3 m_W^2 <r^2> of it.
TEST(EssCouplings, AChargeRadiusShiftsTheWeakMixingAngle) {
  const double radius = 3;
  const double shift = kWMass_mev * kWMass_mev * radius * 1e-32 / kCm2PerInverseMev2 / 3;
  const FlavourWeights direct = flavour_weights(kArgon40, {.r_ee = radius, .r_mumu = radius});
  const FlavourWeights shifted = flavour_weights(kArgon40, {.sin2_theta_w = kSin2ThetaW * (1 + shift)});
  for (std::size_t i = 0; i < kFlavourCount; ++i) EXPECT_NEAR(direct[i], shifted[i], 1e-12);
}

TEST(EssCouplings, OnlyTheOwnFlavourFeelsADiagonalCoupling) {
  const FlavourWeights electron = flavour_weights(kGermanium72, {.eps_ee = 0.1});
  EXPECT_NE(electron[index_of(Flavour::kNuE)], 1);
  EXPECT_EQ(electron[index_of(Flavour::kNuMu)], 1);
  EXPECT_EQ(electron[index_of(Flavour::kAntiNuMu)], 1);
  const FlavourWeights muon = flavour_weights(kGermanium72, {.eps_mumu = 0.1});
  EXPECT_EQ(muon[index_of(Flavour::kNuE)], 1);
  EXPECT_EQ(muon[index_of(Flavour::kNuMu)], muon[index_of(Flavour::kAntiNuMu)]);
}

// Eq. 4.8: [R + eps_ee]^2 + 2 [R + eps_mumu]^2 = 3 R^2 keeps the sum of the three weights.
TEST(EssCouplings, TheRingKeepsTheTotalRate) {
  const double centre = ring_centre(kXenon132);
  for (const double angle : {0.0, 1.0, 2.5, 4.0}) {
    const FlavourWeights weights =
        flavour_weights(kXenon132, {.eps_ee = centre * (1 + std::sqrt(3.0) * std::cos(angle)),
                                    .eps_mumu = centre * (1 + std::sqrt(1.5) * std::sin(angle))});
    EXPECT_NEAR(weights[0] + weights[1] + weights[2], 3, 1e-12);
  }
}

}  // namespace
}  // namespace spillway::physics::ess
