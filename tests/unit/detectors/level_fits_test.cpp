#include <cmath>
#include <iostream>
#include <numbers>

#include <gtest/gtest.h>

#include "daq/base/random.hpp"
#include "detectors/physics/argon_cross_sections.hpp"
#include "detectors/physics/level/beam_dump.hpp"
#include "detectors/physics/level/cevns_norm_fit.hpp"
#include "detectors/physics/level/cevns_shape.hpp"
#include "detectors/physics/level/nu_argon_fit.hpp"
#include "detectors/physics/level/published.hpp"

namespace spillway::physics::level {
namespace {

NuArgonFit::Result asimov_fit(double exposure, bool systematics) {
  const NuArgonFit fit(exposure, kPositionC_m, systematics);
  const auto result = fit.fit(fit.asimov());
  EXPECT_TRUE(result.has_value());
  return result.value_or(NuArgonFit::Result{});
}

double norm_width(double exposure, double distance, bool systematics) {
  const CevnsNormFit fit(exposure, distance, systematics);
  const auto result = fit.fit(fit.asimov());
  EXPECT_TRUE(result.has_value());
  return result ? result->r.half_width() : 0;
}

double paper(std::string_view fit, std::string_view parameter, double exposure, double distance, bool systematics) {
  const auto width = published_width(fit, parameter, exposure, distance, systematics);
  EXPECT_TRUE(width.has_value());
  return width ? width->half_width : 0;
}

// Kelly et al., arXiv:2104.12785, table 2.

TEST(LevelTable2, NormalisationWithStatisticsOnly) {
  EXPECT_NEAR(asimov_fit(100, false).r.half_width(), 0.04, 0.05 * 0.04);
  // The paper prints 1 %; 0.7 % is what its own 4 % becomes with 30 times the exposure.
  EXPECT_NEAR(asimov_fit(3000, false).r.half_width(), 0.04 / std::sqrt(30), 0.05 * 0.04 / std::sqrt(30));
}

TEST(LevelTable2, NormalisationWithSystematics) {
  const Range small = asimov_fit(100, true).r;
  EXPECT_NEAR(small.interval.low, 0.94, 0.005);
  EXPECT_NEAR(small.interval.high, 1.07, 0.005);
  EXPECT_NEAR(asimov_fit(3000, true).r.half_width(), 0.05, 0.005);
}

TEST(LevelTable2, TiltWithStatisticsOnly) {
  EXPECT_NEAR(asimov_fit(100, false).gamma.half_width(), 0.09, 0.05 * 0.09);
  EXPECT_NEAR(asimov_fit(3000, false).gamma.half_width(), 0.02, 0.20 * 0.02);
}

TEST(LevelTable2, TiltWithSystematics) {
  EXPECT_NEAR(asimov_fit(100, true).gamma.half_width(), 0.10, 0.05 * 0.10);
  EXPECT_NEAR(asimov_fit(3000, true).gamma.half_width(), 0.03, 0.05 * 0.03);
}

// Section 4.2.3 with footnote 10, and appendix B.

TEST(LevelCevnsNormalisation, At15MetresWithAsMuchBackgroundAsSignal) {
  for (const double exposure : {1.0, 30.0}) {
    const double systematic = paper("cevns_norm", "R", exposure, 15, true);
    EXPECT_NEAR(norm_width(exposure, 15, true), systematic, 0.04 * systematic) << exposure;
    const double statistic = paper("cevns_norm", "R", exposure, 15, false);
    EXPECT_NEAR(norm_width(exposure, 15, false), statistic, 0.02 * statistic) << exposure;
  }
}

TEST(LevelCevnsNormalisation, At18MetresWithoutBackground) {
  for (const double exposure : {1.0, 30.0}) {
    const double systematic = paper("cevns_norm", "R", exposure, 18, true);
    EXPECT_NEAR(norm_width(exposure, 18, true), systematic, 0.05 * systematic) << exposure;
    const double statistic = paper("cevns_norm", "R", exposure, 18, false);
    EXPECT_NEAR(norm_width(exposure, 18, false), statistic, 0.02 * statistic) << exposure;
  }
}

// The model

TEST(NuArgonFit, TheTruthIsTheIdentityAndTheMinimum) {
  const NuArgonFit fit(100, kPositionC_m, true);
  const std::vector<double> counts = fit.asimov();
  double sum = 0;
  for (const double count : counts) sum += count;
  const NuArgonSpectrum spectrum = nu_e_argon_spectrum();
  double expected = 0;
  for (std::size_t i = 0; i < spectrum.pions.size(); ++i) {
    if (spectrum.edges_mev[i] >= kFitBegin_mev) expected += spectrum.pions[i].events + spectrum.kaons[i].events;
  }
  EXPECT_NEAR(sum, expected * 400, 1e-9 * sum);
  const auto result = fit.fit(counts);
  ASSERT_TRUE(result.has_value());
  EXPECT_NEAR(result->r.best, 1, 1e-9);
  EXPECT_NEAR(result->gamma.best, 0, 1e-9);
  EXPECT_NEAR(result->fit.chi2, 0, 1e-9);
}

// Mean and variance of ln E in a bin stand for the tilt itself.
TEST(NuArgonFit, TiltedBinsAreThoseOfTheTiltedCrossSection) {
  const NuArgonFit fit(1e6, kPositionC_m, false);
  const NuArgonSpectrum spectrum = nu_e_argon_spectrum();
  std::vector<double> counts(fit.bins());
  std::vector<double> slopes(4 * fit.bins());
  for (const double gamma : {-1.0, -0.1, 0.3, 1.0}) {
    fit.expect(std::array{1.0, gamma, 1.0, 0.0}, counts, slopes);
    double ours = 0;
    for (const double count : counts) ours += count;
    // Second cumulants against the power itself at both ends of the largest bins: the whole differs by parts in 1e5.
    double direct = 0;
    for (std::size_t i = 0; i < spectrum.pions.size(); ++i) {
      if (spectrum.edges_mev[i] < kFitBegin_mev) continue;
      const TiltedBin& bin = spectrum.pions[i];
      const double width = std::sqrt(bin.variance_log);
      direct += bin.events * (std::exp(gamma * (bin.mean_log - width)) + std::exp(gamma * (bin.mean_log + width))) / 2;
    }
    EXPECT_NEAR(ours / (direct * 4e6), 1, 2e-5) << gamma;
  }
}

TEST(NuArgonFit, SlopesAreTheDerivativesOfTheCounts) {
  const NuArgonFit fit(100, kPositionC_m, true);
  const std::size_t bins = fit.bins();
  std::vector<double> low(bins);
  std::vector<double> high(bins);
  std::vector<double> slopes(4 * bins);
  std::vector<double> scratch(4 * bins);
  const std::array x = {0.9, 0.2, 1.03, 0.8};
  fit.expect(x, low, slopes);
  for (std::size_t k = 0; k < 4; ++k) {
    constexpr double kStep = 1e-6;
    auto shifted = x;
    shifted.at(k) = x.at(k) + kStep;
    fit.expect(shifted, high, scratch);
    shifted.at(k) = x.at(k) - kStep;
    fit.expect(shifted, low, scratch);
    for (std::size_t i = 0; i < bins; ++i) {
      EXPECT_NEAR((high[i] - low[i]) / (2 * kStep), slopes[k * bins + i], 1e-6 * (1 + std::abs(slopes[k * bins + i])));
    }
  }
}

TEST(NuArgonFit, ConvergesFromAnySensibleStart) {
  const NuArgonFit fit(100, kPositionC_m, true);
  const auto fitter = fit.fitter(fit.asimov());
  for (const double r : {0.2, 1.0, 5.0}) {
    for (const double gamma : {-2.0, 0.0, 3.0}) {
      statistics::Parameters x{};
      x[0] = r;
      x[1] = gamma;
      x[2] = 1;
      x[3] = 1;
      const statistics::PoissonFit found = fitter.minimise(x, {});
      EXPECT_TRUE(found.converged) << r << " " << gamma;
      EXPECT_NEAR(found.chi2, 0, 1e-8) << r << " " << gamma;
    }
  }
}

TEST(NuArgonFit, ContoursLieOnTheirLevelAndWithinEachOther) {
  const NuArgonFit fit(100, kPositionC_m, true);
  const std::vector<double> observed = fit.asimov();
  const auto result = fit.fit(observed);
  ASSERT_TRUE(result.has_value());
  const auto inner = fit.contours(observed, *result, statistics::kDeltaChi2Of95_2d);
  const auto outer = fit.contours(observed, *result, statistics::kDeltaChi2Of99_2d);
  ASSERT_EQ(inner.polygons.size(), 1U);
  ASSERT_EQ(outer.polygons.size(), 1U);
  EXPECT_LT(inner.area(), outer.area());
  const auto fitter = fit.fitter(observed);
  for (const statistics::Point& point : inner.polygons[0]) {
    statistics::Parameters x = result->fit.x;
    x[0] = point[0];
    x[1] = point[1];
    EXPECT_NEAR(fitter.minimise(x, {true, true}).chi2, statistics::kDeltaChi2Of95_2d, 1e-6);
  }
}

// Figs. 8 and 9: the recoils hardly tell the four parameters apart, and say most between 30 and 60 MeV.
TEST(CevnsShape, ParametersAreDegenerateAndTheBandIsNarrowestWhereTheRecoilsComeFrom) {
  const CevnsShapeFit fit(kFittedShape, 30, kPositionC_m, true);
  const statistics::Samples samples = fit.sample({.ensembles = 2, .burn_in = 500, .steps = 1000});
  const statistics::Interval gamma2 = statistics::credible_interval(samples.column(3), 0.95);
  EXPECT_GT(gamma2.high - gamma2.low, 0.5 * (kShapePriors[3].range.high - kShapePriors[3].range.low));
  const auto band = allowed_band(fit, samples, std::array{22.0, 42.0, 110.0});
  const auto width = [](const BandPoint& point) {
    return (point.three_sigma.high - point.three_sigma.low) / point.truth_cm2;
  };
  EXPECT_LT(width(band[1]), width(band[0]));
  EXPECT_LT(width(band[1]), width(band[2]));
  for (const BandPoint& point : band) {
    EXPECT_LE(point.three_sigma.low, point.one_sigma.low);
    EXPECT_GE(point.three_sigma.high, point.one_sigma.high);
    EXPECT_LE(point.one_sigma.low, point.truth_cm2);
    EXPECT_GE(point.one_sigma.high, point.truth_cm2);
  }
}

TEST(CevnsShape, TheTruthFitsPerfectlyAndTheSameSeedGivesTheSameSamples) {
  const CevnsShapeFit fit(kPrintedShape, 1, kPositionFar_m, true);
  EXPECT_NEAR(fit.profiled_chi2(kPrintedShape.shape), 0, 1e-9);
  const statistics::SamplerSettings few{.ensembles = 1, .burn_in = 20, .steps = 50, .seed = 7};
  EXPECT_EQ(fit.sample(few).values, fit.sample(few).values);
}

// Coverage. Data and the constraints' own measurements are drawn anew in each toy.

struct Coverage {
  int inside68 = 0;
  int inside90 = 0;
  double pull_sum = 0;
  double pull_squares = 0;
  int toys = 0;

  void add(const statistics::PoissonFitter& fitter, std::size_t parameter, double truth) {
    const statistics::PoissonFit fit = fitter.minimise();
    ASSERT_TRUE(fit.converged);
    const auto one = fitter.interval(fit, parameter, 1.0);
    const auto wide = fitter.interval(fit, parameter, statistics::kDeltaChi2Of90_1d);
    ASSERT_TRUE(one && wide);
    ++toys;
    if (one->low <= truth && truth <= one->high) ++inside68;
    if (wide->low <= truth && truth <= wide->high) ++inside90;
    // The side of the interval on which the truth lies is the uncertainty that counts.
    const double best = fit.x[parameter];
    const double pull = truth > best ? (best - truth) / (one->high - best) : (best - truth) / (best - one->low);
    pull_sum += pull;
    pull_squares += pull * pull;
  }

  void expect(const char* what) const {
    const auto within = [&](int inside, double probability) {
      const double sigma = std::sqrt(toys * probability * (1 - probability));
      EXPECT_NEAR(inside, toys * probability, 2 * sigma) << what << " at " << probability;
    };
    within(inside68, 0.6827);
    within(inside90, 0.90);
    const double mean = pull_sum / toys;
    const double width = std::sqrt(pull_squares / toys - mean * mean);
    std::cout << what << ": " << 100.0 * inside68 / toys << " % and " << 100.0 * inside90 / toys << " %, pulls " << mean
              << " +- " << width << '\n';
    // Three standard deviations of mean and width of a unit normal.
    EXPECT_NEAR(mean, 0, 3 / std::sqrt(toys)) << what;
    EXPECT_NEAR(width, 1, 3 / std::sqrt(2.0 * toys)) << what;
  }
};

double gaussian(Draw& draw) {
  return std::sqrt(-2 * std::log(1 - draw.uniform())) * std::cos(2 * std::numbers::pi * draw.uniform());
}

std::vector<double> poisson(const std::vector<double>& means, Draw& draw) {
  std::vector<double> counts;
  for (const double mean : means) counts.push_back(static_cast<double>(draw.poisson(mean)));
  return counts;
}

constexpr int kToys = 2000;

// 3 kt-yr: 19,000 events, so that the likelihood is normal to the percent that 2000 toys resolve.
TEST(Coverage, OfTheNuArgonFitIsWhatItSays) {
  const NuArgonFit fit(3000, kPositionC_m, true);
  const std::vector<double> means = fit.asimov();
  Coverage r;
  Coverage gamma;
  for (int toy = 0; toy < kToys; ++toy) {
    Draw draw(hash_key(1, "nu_argon_toys", static_cast<std::uint64_t>(toy)));
    const double flux = 1 + kFluxUncertainty * gaussian(draw);
    const double kaons = 1 + kKaonUncertainty * gaussian(draw);
    const auto fitter = fit.fitter(poisson(means, draw), {flux, kaons});
    r.add(fitter, NuArgonFit::kR, 1);
    gamma.add(fitter, NuArgonFit::kGamma, 0);
    if (HasFatalFailure()) return;
  }
  r.expect("R");
  gamma.expect("gamma");
}

// 30 ton-years: 1900 signal events on as much background.
TEST(Coverage, OfTheCevnsNormalisationIsWhatItSays) {
  const CevnsNormFit fit(30, kPositionC_m, true);
  const std::vector<double> means = fit.asimov();
  Coverage r;
  for (int toy = 0; toy < kToys; ++toy) {
    Draw draw(hash_key(1, "cevns_norm_toys", static_cast<std::uint64_t>(toy)));
    const double flux = 1 + kFluxUncertainty * gaussian(draw);
    const double kaons = 1 + kKaonUncertainty * gaussian(draw);
    r.add(fit.fitter(poisson(means, draw), {flux, kaons}), CevnsNormFit::kR, 1);
    if (HasFatalFailure()) return;
  }
  r.expect("CEvNS normalisation");
}

}  // namespace
}  // namespace spillway::physics::level
