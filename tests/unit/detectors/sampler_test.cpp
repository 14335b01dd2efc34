#include "detectors/statistics/sampler.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include <gtest/gtest.h>

#include "daq/base/error.hpp"

namespace spillway::statistics {
namespace {

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double covariance(const std::vector<double>& a, const std::vector<double>& b) {
  const double mean_a = mean(a);
  const double mean_b = mean(b);
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - mean_a) * (b[i] - mean_b);
  return sum / static_cast<double>(a.size());
}

constexpr SamplerSettings kSettings{.burn_in = 500, .steps = 4000};

/// Standard deviations 1 and 1000, correlation 0.9: units and degeneracy do not matter.
double correlated(std::span<const double> x) {
  const double a = x[0] - 3;
  const double b = (x[1] + 500) / 1000;
  return -(a * a - 1.8 * a * b + b * b) / (2 * (1 - 0.81));
}

TEST(Sampler, FindsMeanAndCovarianceOfACorrelatedGaussian) {
  const Samples samples = sample(correlated, std::array{0.0, 0.0}, std::array{0.1, 10.0}, kSettings);
  ASSERT_TRUE(samples.converged);
  const double sigmas = 4 / std::sqrt(samples.effective_size());
  const auto x = samples.column(0);
  const auto y = samples.column(1);
  EXPECT_NEAR(mean(x), 3, sigmas);
  EXPECT_NEAR(mean(y), -500, 1000 * sigmas);
  EXPECT_NEAR(covariance(x, x), 1, 2 * sigmas);
  EXPECT_NEAR(covariance(y, y), 1e6, 2e6 * sigmas);
  EXPECT_NEAR(covariance(x, y), 900, 2000 * sigmas);
}

TEST(Sampler, CredibleRegionsOfAGaussianHaveItsSize) {
  const Samples samples = sample(correlated, std::array{3.0, -500.0}, std::array{0.5, 500.0}, kSettings);
  const Interval interval = credible_interval(samples.column(0), 0.6827);
  EXPECT_NEAR(interval.high - interval.low, 2, 0.06);
  const Box box{{-3, 9}, {-6500, 5500}};
  const auto regions = credible_regions(samples.column(0), samples.column(1), box, std::array{0.68, 0.95}, 96);
  // Ellipses of area pi sigma_x sigma_y sqrt(1 - rho^2) delta chi2, a little larger for the smoothing.
  const double unit = std::numbers::pi * 1000 * std::sqrt(0.19);
  EXPECT_NEAR(regions[0].area() / (unit * 2.279), 1, 0.15);
  EXPECT_NEAR(regions[1].area() / (unit * 5.991), 1, 0.15);
}

// Haario's banana: x normal, y + x^2 / 2 normal. <x> = 0, <y> = -1/2, var(y) = 1 + var(x^2) / 4 = 3/2.
TEST(Sampler, FollowsABanana) {
  const auto banana = [](std::span<const double> x) {
    const double bent = x[1] + x[0] * x[0] / 2;
    return -(x[0] * x[0] + bent * bent) / 2;
  };
  const Samples samples = sample(banana, std::array{1.0, 1.0}, std::array{0.5, 0.5}, kSettings);
  ASSERT_TRUE(samples.converged);
  const double sigmas = 4 / std::sqrt(samples.effective_size());
  EXPECT_NEAR(mean(samples.column(0)), 0, sigmas);
  EXPECT_NEAR(mean(samples.column(1)), -0.5, 1.3 * sigmas);
  EXPECT_NEAR(covariance(samples.column(1), samples.column(1)), 1.5, 6 * sigmas);
}

TEST(Sampler, TwoPeaksThatNoWalkerLeavesAreNotCalledConverged) {
  const auto peaks = [](std::span<const double> x) {
    const double distance = std::min(std::abs(x[0] - 100), std::abs(x[0] + 100));
    return -distance * distance / 2;
  };
  const Samples samples =
      sample(peaks, std::array{0.0}, std::array{100.0}, {.ensembles = 4, .walkers = 6, .burn_in = 200, .steps = 500});
  EXPECT_FALSE(samples.converged);
}

TEST(Sampler, TheSeedDecides) {
  const SamplerSettings settings{.ensembles = 1, .burn_in = 10, .steps = 20, .seed = 5};
  const auto draw = [&](std::uint64_t seed) {
    SamplerSettings with = settings;
    with.seed = seed;
    return sample(correlated, std::array{0.0, 0.0}, std::array{1.0, 1.0}, with).values;
  };
  EXPECT_EQ(draw(5), draw(5));
  EXPECT_NE(draw(5), draw(6));
}

TEST(Sampler, ADensityThatIsZeroEverywhereIsRefused) {
  const auto nowhere = [](std::span<const double>) { return -std::numeric_limits<double>::infinity(); };
  EXPECT_THROW((void)sample(nowhere, std::array{0.0}, std::array{1.0}, kSettings), Error);
}

TEST(CredibleInterval, IsTheShortest) {
  const Interval interval = credible_interval({0, 5, 5.1, 5.2, 5.3, 20}, 0.6);
  EXPECT_EQ(interval.low, 5);
  EXPECT_EQ(interval.high, 5.3);
}

TEST(CredibleRegions, MayTouchTheirBox) {
  std::vector<double> x;
  std::vector<double> y;
  for (int i = 0; i < 10000; ++i) {
    x.push_back((i % 100 + 0.5) / 100);
    y.push_back((i / 100 + 0.5) / 100);
  }
  const auto regions = credible_regions(x, y, {{0, 1}, {0, 1}}, std::array{0.999}, 20);
  EXPECT_NEAR(regions[0].area(), 1, 0.01);
}

}  // namespace
}  // namespace spillway::statistics
