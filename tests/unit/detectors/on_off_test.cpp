#include "detectors/physics/on_off.hpp"

#include <cmath>
#include <tuple>

#include <gtest/gtest.h>

#include "daq/base/random.hpp"

namespace spillway::detectors {
namespace {

struct Known {
  std::uint64_t on, off;
  double alpha, excess, significance, error_low, error_high;
};

// The same likelihood in gammapy (WStatCountsStatistic, test_counts_statistic.py: test_wstat_basic, test_wstat_errors).
constexpr Known kGammapy[] = {
    {1, 2, 1.0, -1.0, -0.5829220133009171, 1.942465, 1.762589},
    {5, 1, 1.0, 4.0, 1.7061745691234782, 2.310459, 2.718807},
    {10, 5, 0.3, 8.5, 3.5853812867949024, 2.932472, 3.55926},
    {10, 23, 0.1, 7.7, 3.443415522820395, 2.884366, 3.533279},
    {1, 20, 1.0, -19.0, -4.590373638528086, 4.897018, 4.299083},
};

TEST(OnOff, AgreesWithPublishedValues) {
  for (const Known& known : kGammapy) {
    const OnOffExcess result = on_off_excess(known.on, known.off, known.alpha);
    EXPECT_NEAR(result.excess, known.excess, 1e-12);
    EXPECT_NEAR(result.significance, known.significance, 1e-6);
    EXPECT_NEAR(result.excess - result.low, known.error_low, 2e-5) << known.on << " " << known.off;
    EXPECT_NEAR(result.high - result.excess, known.error_high, 2e-5) << known.on << " " << known.off;
  }
}

// Li & Ma eq. 17, written out.
TEST(OnOff, SignificanceIsThatOfLiAndMa) {
  for (const auto& [on, off, alpha] : {std::tuple{130U, 200U, 0.5}, {20U, 5U, 1.0}, {400U, 3600U, 0.1}}) {
    const double n = on;
    const double m = off;
    const double expected =
        std::sqrt(2 * (n * std::log((1 + alpha) / alpha * n / (n + m)) + m * std::log((1 + alpha) * m / (n + m))));
    const double sign = n >= alpha * m ? 1 : -1;
    EXPECT_NEAR(on_off_excess(on, off, alpha).significance, sign * expected, 1e-9);
  }
}

// on = off = n and alpha = 1: with r = sqrt(n^2 + s^2) the deviance is 2 (r - n - n ln((n + r) / 2n)).
TEST(OnOff, EqualCountsGiveTheSymmetricClosedForm) {
  for (const double n : {1.0, 7.0, 100.0, 12345.0}) {
    const auto count = static_cast<std::uint64_t>(n);
    const OnOffExcess result = on_off_excess(count, count, 1);
    EXPECT_DOUBLE_EQ(result.excess, 0);
    EXPECT_NEAR(result.high, -result.low, 1e-9 * n);
    const double r = std::hypot(n, result.high);
    EXPECT_NEAR(2 * (r - n - n * std::log((n + r) / (2 * n))), 1, 1e-9);
  }
}

// A background known without error leaves the Poisson interval of the on counts, moved by the background.
TEST(OnOff, ManyOffCountsLeaveThePoissonInterval) {
  const auto poisson = [](double n, double mean) { return 2 * (mean - n + (n > 0 ? n * std::log(n / mean) : 0)); };
  const std::uint64_t off = 4'000'000'000'000ULL;
  for (const std::uint64_t on : {0U, 1U, 4U, 51U, 1000U}) {
    const double alpha = 3.0 / static_cast<double>(off);
    const OnOffExcess result = on_off_excess(on, off, alpha);
    const auto n = static_cast<double>(on);
    EXPECT_NEAR(result.excess, n - 3, 1e-9);
    EXPECT_NEAR(poisson(n, result.high + 3), 1, 1e-4) << on;
    if (on > 0) {
      EXPECT_NEAR(poisson(n, result.low + 3), 1, 1e-4) << on;
    }
  }
  EXPECT_NEAR(on_off_excess(0, off, 3.0 / static_cast<double>(off)).high, -3 + 0.5, 1e-5);
}

TEST(OnOff, ManyCountsGiveTheGaussianError) {
  const OnOffExcess result = on_off_excess(1'000'000'000, 1'500'000'000, 0.5);
  const double sigma = std::sqrt(1e9 + 0.25 * 1.5e9);
  EXPECT_NEAR(result.high - result.excess, sigma, 1e-4 * sigma);
  EXPECT_NEAR(result.excess - result.low, sigma, 1e-4 * sigma);
}

TEST(OnOff, HoldsAtTheEdges) {
  // Nothing anywhere: the means are (s, 0) above and (0, -s / alpha) below zero, each with deviance 2 mean = 1.
  const OnOffExcess nothing = on_off_excess(0, 0, 0.25);
  EXPECT_DOUBLE_EQ(nothing.excess, 0);
  EXPECT_NEAR(nothing.high, 0.5, 1e-12);
  EXPECT_NEAR(nothing.low, -0.125, 1e-12);

  // No off count: above the estimate, b stays 0 and the on counts alone bound the signal.
  const OnOffExcess no_off = on_off_excess(5, 0, 1);
  EXPECT_DOUBLE_EQ(no_off.excess, 5);
  EXPECT_NEAR(2 * (no_off.high - 5 + 5 * std::log(5 / no_off.high)), 1, 1e-9);
  EXPECT_LT(no_off.low, 5);

  // No on count: below the estimate the mean of on stays 0, and the off counts alone bound it.
  const OnOffExcess no_on = on_off_excess(0, 8, 0.5);
  EXPECT_DOUBLE_EQ(no_on.excess, -4);
  const double background = -no_on.low / 0.5;
  EXPECT_NEAR(2 * (background - 8 + 8 * std::log(8 / background)), 1, 1e-9);

  // No background: a Poisson mean, never negative.
  const OnOffExcess poisson = on_off_excess(0, 12, 0);
  EXPECT_DOUBLE_EQ(poisson.low, 0);
  EXPECT_NEAR(poisson.high, 0.5, 1e-12);
  EXPECT_NEAR(on_off_excess(4, 0, 0).excess, 4, 0);
}

TEST(OnOff, DevianceIsZeroAtTheEstimateAndGrowsOnBothSides) {
  for (const std::uint64_t on : {0U, 1U, 3U, 40U, 100'000U}) {
    for (const std::uint64_t off : {0U, 1U, 2U, 77U, 1'000'000U}) {
      for (const double alpha : {1e-6, 0.1, 1.0, 3.0, 100.0}) {
        const OnOffExcess result = on_off_excess(on, off, alpha);
        const double scale = 1 + static_cast<double>(on) + alpha * static_cast<double>(off);
        EXPECT_NEAR(on_off_deviance(result.excess, on, off, alpha), 0, 1e-9 * scale);
        EXPECT_LE(result.low, result.excess);
        EXPECT_GE(result.high, result.excess);
        EXPECT_NEAR(on_off_deviance(result.high, on, off, alpha), 1, 1e-6) << on << " " << off << " " << alpha;
        EXPECT_NEAR(on_off_deviance(result.low, on, off, alpha), 1, 1e-6) << on << " " << off << " " << alpha;
        double last = 0;
        for (int i = 1; i < 30; ++i) {
          const double s = result.excess + 0.2 * i * (result.high - result.excess);
          const double here = on_off_deviance(s, on, off, alpha);
          EXPECT_GT(here, last);
          last = here;
        }
      }
    }
  }
}

// The interval must hold the truth in about 68.27 % of experiments; the discreteness of small counts moves it by a few
// per cent, as in Rolke et al.
TEST(OnOff, CoversTheTruthInToys) {
  struct Truth {
    double signal, background, alpha, tolerance;
  };
  for (const Truth& truth : {Truth{5, 20, 1, 0.04}, Truth{10, 100, 0.2, 0.04}, Truth{0, 50, 0.5, 0.04},
                             Truth{300, 4000, 0.25, 0.02}, Truth{3, 4, 1, 0.07}}) {
    constexpr int kToys = 10'000;
    int covered = 0;
    for (int i = 0; i < kToys; ++i) {
      Draw draw(hash_key(20260101, "on_off", static_cast<std::uint64_t>(i)));
      const std::uint64_t on = draw.poisson(truth.signal + truth.alpha * truth.background);
      const std::uint64_t off = draw.poisson(truth.background);
      // "Inside" by the deviance is the same as inside [low, high].
      covered += on_off_deviance(truth.signal, on, off, truth.alpha) <= 1 ? 1 : 0;
    }
    EXPECT_NEAR(covered / double{kToys}, 0.6827, truth.tolerance) << truth.signal << " over " << truth.background;
  }
}

TEST(OnOff, IntervalHoldsExactlyWhatTheDevianceAllows) {
  for (std::uint64_t i = 0; i < 2000; ++i) {
    Draw draw(hash_key(7, "interval", i));
    const std::uint64_t on = draw.poisson(50 * draw.uniform());
    const std::uint64_t off = draw.poisson(80 * draw.uniform());
    const double alpha = 0.01 + 2 * draw.uniform();
    const OnOffExcess result = on_off_excess(on, off, alpha);
    const double s = result.excess + 20 * (draw.uniform() - 0.5);
    const bool inside = s >= result.low && s <= result.high;
    EXPECT_EQ(inside, on_off_deviance(s, on, off, alpha) <= 1) << on << " " << off << " " << alpha << " " << s;
  }
}

}  // namespace
}  // namespace spillway::detectors
