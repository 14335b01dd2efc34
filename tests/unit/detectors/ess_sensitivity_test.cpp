#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "daq/base/error.hpp"
#include "detectors/physics/ess/published.hpp"
#include "detectors/physics/ess/sensitivity.hpp"
#include "detectors/physics/ess/setups.hpp"

namespace spillway::physics::ess {
namespace {

using statistics::LinearModel;

Measurement measurement_of(std::string_view name, const Parameter& parameter = kSin2w) {
  return Measurement(runs_of(name, {}, parameter.name == kMuNumu.name));
}

struct Row {
  std::string_view detector;
  double low;
  double high;
};

void expect_ranges(const Parameter& parameter, double centre, double tolerance, std::initializer_list<Row> rows,
                   TransitionPower power = TransitionPower::kSecond) {
  for (const auto& [detector, low, high] : rows) {
    const Range range = range_of(measurement_of(detector, parameter), parameter, power);
    const double wide = parameter.name == kMuNumu.name && detector == "c3f8" ? 0.08 : tolerance;
    EXPECT_NEAR((range.high - centre) / high, 1, wide) << parameter.name << " " << detector;
    if (low == 0) {
      EXPECT_EQ(range.low, 0);
    } else {
      EXPECT_NEAR((range.low - centre) / low, 1, wide) << parameter.name << " " << detector;
    }
  }
}

// Baxter et al., JHEP 02 (2020) 123, table 3.
TEST(EssSensitivity, TheWeakMixingAngleIsThatOfTableThree) {
  expect_ranges(kSin2w, kSin2ThetaW, 0.04,
                {{"ar", -0.022, 0.028},
                 {"c3f8", -0.020, 0.025},
                 {"csi", -0.026, 0.032},
                 {"ge", -0.024, 0.029},
                 {"si", -0.029, 0.032},
                 {"xe", -0.026, 0.033}});
}

TEST(EssSensitivity, TheMagneticMomentIsThatOfTableThree) {
  expect_ranges(kMuNumu, 0, 0.06,
                {{"ar", 0, 9}, {"c3f8", 0, 11}, {"csi", 0, 9}, {"ge", 0, 7}, {"si", 0, 6}, {"xe", 0, 9}});
}

TEST(EssSensitivity, TheChargeRadiusOfElectronNeutrinosIsThatOfTableThree) {
  expect_ranges(
      kRee, 0, 0.05,
      {{"ar", -65, 20}, {"c3f8", -58, 18}, {"csi", -67, 16}, {"ge", -67, 20}, {"si", -54, 18}, {"xe", -70, 17}});
}

TEST(EssSensitivity, TheChargeRadiusOfMuonNeutrinosIsThatOfTableThree) {
  expect_ranges(
      kRmumu, 0, 0.10,
      {{"ar", -51, 7}, {"c3f8", -46, 6}, {"csi", -59, 7}, {"ge", -54, 7}, {"si", -43, 6.5}, {"xe", -60, 7.5}});
}

TEST(EssSensitivity, TheTransitionRadiusIsThatOfTableThreeWithTheFirstPower) {
  expect_ranges(kRemu, 0, 0.06,
                {{"ar", 0, 15}, {"c3f8", 0, 12}, {"csi", 0, 21}, {"ge", 0, 17}, {"si", 0, 11}, {"xe", 0, 21}},
                TransitionPower::kFirst);
}

TEST(EssSensitivity, TheTransitionRadiusIsWiderWithThePrintedSecondPower) {
  for (const std::string_view detector : {"ar", "c3f8", "csi", "ge", "si", "xe"}) {
    const double high = range_of(measurement_of(detector), kRemu).high;
    EXPECT_GT(high, 20) << detector;
    EXPECT_LT(high, 29.5) << detector;
  }
}

TEST(EssSensitivity, ChiSquareIsZeroAtTheStandardModel) {
  for (const Detector& detector : kDetectors) {
    const Measurement measurement = measurement_of(detector.name);
    for (const Parameter& parameter : kParameters) {
      EXPECT_NEAR(chi2_of(measurement, parameter, parameter.standard), 0, 1e-7) << detector.name << parameter.name;
    }
    EXPECT_NEAR(chi2_of_nsi(measurement, 0, 0), 0, 1e-9);
  }
}

// Fig. 12: high statistics, and an energy scale that tells prompt from delayed neutrinos, break the ring of CsI.
TEST(EssNsi, TheRingOfCesiumIodideIsBrokenAndTheOthersAreWhole) {
  const Measurement csi = measurement_of("csi");
  EXPECT_NEAR(nsi_ring_barrier(csi), 5.1, 0.1);
  const statistics::Contours islands = nsi_region(csi);
  ASSERT_EQ(islands.polygons.size(), 2U);
  for (const std::string_view name : {"si", "ge", "ar", "c3f8"}) {
    const Measurement measurement = measurement_of(name);
    EXPECT_LT(nsi_ring_barrier(measurement), statistics::kDeltaChi2Of90_2d) << name;
    const statistics::Contours ring = nsi_region(measurement);
    ASSERT_EQ(ring.polygons.size(), 2U) << name;
    const double centre = ring_centre(measurement.parts().front().nucleus);
    const auto around = [&](const statistics::Polygon& polygon) {
      return std::any_of(polygon.begin(), polygon.end(), [&](const auto& p) { return p[1] < centre; }) &&
             std::any_of(polygon.begin(), polygon.end(), [&](const auto& p) { return p[1] > centre; });
    };
    EXPECT_TRUE(around(ring.polygons[0]) && around(ring.polygons[1])) << name;
    EXPECT_FALSE(around(islands.polygons[0]) || around(islands.polygons[1]));
  }
}

// Fig. 14.
TEST(EssNsi, XenonThenArgonLeaveLessThanHalfOfWhatEitherLeaves) {
  const double both = nsi_region(measurement_of("xe+ar")).area();
  EXPECT_LT(both, 0.5 * nsi_region(measurement_of("xe")).area());
  EXPECT_LT(both, 0.5 * nsi_region(measurement_of("tpc_ar")).area());
}

TEST(EssNsi, PointsOfTheContourLieOnItsLevel) {
  const Measurement measurement = measurement_of("xe");
  for (const statistics::Polygon& polygon : nsi_region(measurement).polygons) {
    for (const auto& [ee, mumu] : polygon) {
      EXPECT_NEAR(chi2_of_nsi(measurement, ee, mumu), statistics::kDeltaChi2Of90_2d, 1e-7);
    }
  }
}

// q^2 does not know the sign of q.
TEST(EssNsi, OneNucleusCannotTellACouplingFromItsMirrorImage) {
  const Measurement measurement = measurement_of("ge");
  const double centre = ring_centre(kGermanium72);
  EXPECT_NEAR(chi2_of_nsi(measurement, 0.05, -0.02), chi2_of_nsi(measurement, 2 * centre - 0.05, -0.02), 1e-7);
  EXPECT_NEAR(chi2_of_nsi(measurement, 0, 2 * centre), 0, 1e-8);
}

/// The least chi2 over a grid of both pulls that is refined around it.
double brute_force(const Measurement& measurement, const Couplings& couplings) {
  const Measurement::Part& part = measurement.parts().front();
  const FlavourWeights weights = flavour_weights(part.nucleus, couplings);
  LinearModel model = measurement.standard_model();
  for (std::size_t i = 0; i < part.bins.size(); ++i) {
    model.counts(part.signal)[i] = 0;
    for (std::size_t flavour = 0; flavour < kFlavourCount; ++flavour) {
      model.counts(part.signal)[i] += weights[flavour] * part.bins[i].signal[flavour];
    }
  }
  double signal = 1;
  double background = 1;
  double least = std::numeric_limits<double>::infinity();
  for (double step = 0.1; step > 1e-7;) {
    const double before = least;
    double best_signal = signal;
    double best_background = background;
    for (int i = -4; i <= 4; ++i) {
      for (int j = -4; j <= 4; ++j) {
        const std::vector<double> x = {signal + i * step, background + j * step / 10};
        if (x[0] <= 0) continue;
        const double chi2 = statistics::constrained_chi2(measurement.observed(), model, x);
        if (chi2 < least) {
          least = chi2;
          best_signal = x[0];
          best_background = x[1];
        }
      }
    }
    signal = best_signal;
    background = best_background;
    if (least == before) step /= 2;
  }
  return least;
}

TEST(EssSensitivity, ProfilingPullsEqualsBruteForce) {
  for (const std::string_view name : {"csi", "si", "ar"}) {
    const Measurement measurement = measurement_of(name);
    for (const Couplings& couplings :
         {Couplings{.sin2_theta_w = 0.3}, Couplings{.eps_ee = 0.3, .eps_mumu = -0.05}, Couplings{.eps_mumu = 0.2}}) {
      EXPECT_NEAR(measurement.chi2(couplings), brute_force(measurement, couplings), 1e-5) << name;
    }
  }
}

// With one nucleus the fit is linear in v_e = pull (1 + kappa r_ee)^2 and so on, each of which cannot be negative: a
// convex problem of its own.
TEST(EssSensitivity, ProfilingChargeRadiiEqualsTheConvexProblemOfTheirSquares) {
  for (const std::string_view name : {"csi", "ge", "c3f8"}) {
    const Measurement measurement = measurement_of(name);
    const Measurement::Part& part = measurement.parts().front();
    const double kappa = radius_coupling(part.nucleus);
    for (const double r_ee : {-70.0, -40.0, 10.0, 20.0}) {
      LinearModel model(part.bins.size());
      std::vector<double> held;
      std::vector<double> all;
      std::vector<double> muon;
      std::vector<double> background;
      for (const Bin& bin : part.bins) {
        const double electron = bin.signal[index_of(Flavour::kNuE)];
        held.push_back(std::pow(1 + kappa * r_ee, 2) * electron);
        all.push_back(bin.total_signal());
        muon.push_back(bin.total_signal() - electron);
        background.push_back(bin.background);
      }
      model.add({1, kSignalSigma}, held);
      model.add({1, kBackgroundSigma}, background);
      model.add({0.5}, all);
      model.add({0.5}, muon);
      const statistics::PoissonFit fit = statistics::minimise_over_pulls(measurement.observed(), model);
      ASSERT_TRUE(fit.converged);
      EXPECT_NEAR(chi2_of(measurement, kRee, r_ee), fit.chi2, 1e-6 * (1 + fit.chi2)) << name << " " << r_ee;
    }
  }
}

// Two nuclei have mirror images in different places, so a grid looks for a minimum that descent has missed.
TEST(EssSensitivity, ProfilingChargeRadiiOfTwoGasesMissesNoMinimum) {
  const Measurement measurement = measurement_of("xe+ar");
  for (const double r_ee : {-45.0, -20.0, 15.0}) {
    const double found = chi2_of(measurement, kRee, r_ee);
    double least = std::numeric_limits<double>::infinity();
    for (double r_mumu = -70; r_mumu < 20; r_mumu += 0.5) {
      for (double r_emu = 0; r_emu < 40; r_emu += 1) {
        least = std::min(least, measurement.chi2({.r_ee = r_ee, .r_mumu = r_mumu, .r_emu = r_emu}));
      }
    }
    EXPECT_LE(found, least + 1e-9) << r_ee;
    EXPECT_NEAR(found, least, 0.1) << r_ee;
  }
}

TEST(EssSensitivity, SeparatePullsAddUpAndSharedOnesConstrainMore) {
  const std::vector<ess::Run> runs = runs_of("csi+ge", {});
  const Couplings couplings{.sin2_theta_w = 0.26};
  const double alone = measurement_of("csi").chi2(couplings) + measurement_of("ge").chi2(couplings);
  EXPECT_NEAR(Measurement(runs, Pulls::kSeparate).chi2(couplings), alone, 1e-8);
  const Couplings contrary{.eps_ee = 0.3, .eps_mumu = -0.05};
  EXPECT_GT(Measurement(runs, Pulls::kShared).chi2(contrary), measurement_of("csi").chi2(contrary));
}

TEST(EssSensitivity, HalvesOfARunWithSharedPullsAreTheRun) {
  const ess::Run half{kCsi, {.years = 1.5}};
  const Couplings couplings{.eps_ee = 0.1};
  EXPECT_NEAR(Measurement(std::vector{half, half}).chi2(couplings), measurement_of("csi").chi2(couplings), 1e-8);
}

TEST(EssSensitivity, ASecondThresholdTellsAMagneticMomentFromTheNormalisation) {
  const double one = range_of(Measurement(runs_of("ar", {}, false)), kMuNumu).high;
  const double two = range_of(Measurement(runs_of("ar", {}, true)), kMuNumu).high;
  EXPECT_LT(two, 0.9 * one);
}

TEST(EssSetups, AnUnknownDetectorIsRefusedWithThoseThatThereAre) {
  for (const std::string_view name : {"nai", "", "csi+", "csi+nai"}) {
    try {
      (void)runs_of(name, {});
      ADD_FAILURE() << name;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("csi, si, xe, ge, ar, c3f8"), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace spillway::physics::ess
