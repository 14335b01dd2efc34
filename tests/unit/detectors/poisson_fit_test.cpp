#include "detectors/statistics/poisson_fit.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "detectors/statistics/cholesky.hpp"
#include "detectors/statistics/template_fit.hpp"

namespace spillway::statistics {
namespace {

/// One bin whose count is the parameter.
PoissonFitter counting(double observed, Parameter parameter) {
  return {{observed},
          [](std::span<const double> x, std::span<double> counts, std::span<double> slopes) {
            counts[0] = x[0];
            slopes[0] = 1;
          },
          {parameter}};
}

TEST(Cholesky, SolvesWhatItFactorised) {
  const std::array<std::array<double, 3>, 3> matrix = {{{4, 2, 0.6}, {2, 5, 1}, {0.6, 1, 3}}};
  const Cholesky<3> factor(matrix, 3);
  EXPECT_TRUE(factor.positive());
  const std::array<double, 3> x = factor.solve({1, 2, 3});
  for (std::size_t row = 0; row < 3; ++row) {
    EXPECT_NEAR(matrix[row][0] * x[0] + matrix[row][1] * x[1] + matrix[row][2] * x[2], static_cast<double>(row + 1),
                1e-12);
  }
  EXPECT_FALSE(Cholesky<3>({{{1, 1, 0}, {1, 1, 0}, {0, 0, 1}}}, 3).positive());
}

// A Poisson mean of n counts: the likelihood's range is 2 (m - n + n ln(n / m)) = 1.
TEST(PoissonFit, ACountAloneGivesThePoissonInterval) {
  for (const double n : {1.0, 9.0, 100.0}) {
    const PoissonFitter fitter = counting(n, {.start = 3, .lowest = 0});
    const PoissonFit fit = fitter.minimise();
    ASSERT_TRUE(fit.converged);
    EXPECT_NEAR(fit.x[0], n, 1e-6 * n);
    EXPECT_NEAR(fit.covariance[0][0], n, 1e-4 * n);
    const auto interval = fitter.interval(fit, 0);
    ASSERT_TRUE(interval.has_value());
    for (const double end : {interval->low, interval->high}) {
      EXPECT_NEAR(2 * (end - n + n * std::log(n / end)), 1, 1e-6) << n;
    }
  }
}

TEST(PoissonFit, NoCountsGiveAnUpperLimitAndTheBoundBelow) {
  const PoissonFitter fitter = counting(0, {.start = 3, .lowest = 0});
  const PoissonFit fit = fitter.minimise();
  ASSERT_TRUE(fit.converged);
  EXPECT_EQ(fit.x[0], 0);
  const auto interval = fitter.interval(fit, 0);
  ASSERT_TRUE(interval.has_value());
  EXPECT_EQ(interval->low, 0);
  EXPECT_NEAR(interval->high, 0.5, 1e-6);  // 2 m = 1
}

TEST(PoissonFit, AConstraintPullsTheParameter) {
  // d/dx of 2 (x - n + n ln(n/x)) + ((x - 10) / 1)^2 vanishes where 2 (1 - n/x) + 2 (x - 10) = 0.
  const PoissonFitter fitter = counting(20, {.start = 10, .centre = 10, .sigma = 1, .lowest = 0});
  const PoissonFit fit = fitter.minimise();
  ASSERT_TRUE(fit.converged);
  EXPECT_NEAR(fit.x[0], (9 + std::sqrt(81 + 80)) / 2, 1e-5);
  EXPECT_NEAR(fit.penalty, (fit.x[0] - 10) * (fit.x[0] - 10), 1e-12);
}

TEST(PoissonFit, WhatCannotBeIsNotCalledConverged) {
  const PoissonFitter fitter({3.0},
                             [](std::span<const double>, std::span<double> counts, std::span<double> slopes) {
                               counts[0] = 0;
                               slopes[0] = 0;
                             },
                             {{}});
  EXPECT_FALSE(fitter.minimise().converged);
}

// Profiling equals scanning the other parameter by brute force.
TEST(PoissonFit, ProfilingEqualsBruteForce) {
  const std::vector<double> observed = {12, 7, 5};
  const PoissonFitter fitter(observed,
                             [](std::span<const double> x, std::span<double> counts, std::span<double> slopes) {
                               const std::array signal = {1.0, 0.3, 0.1};
                               for (std::size_t i = 0; i < 3; ++i) {
                                 counts[i] = x[0] * signal.at(i) + x[1];
                                 slopes[i] = signal.at(i);
                                 slopes[3 + i] = 1;
                               }
                             },
                             {{.start = 5, .lowest = 0}, {.start = 5, .centre = 5, .sigma = 1, .lowest = 0}});
  Parameters x{};
  x[0] = 9;
  x[1] = 5;
  const double profiled = fitter.minimise(x, {true}).chi2;
  double least = 1e300;
  for (double b = 2; b < 9; b += 1e-4) {
    double chi2 = (b - 5) * (b - 5);
    for (std::size_t i = 0; i < 3; ++i) {
      const double mean = 9 * std::array{1.0, 0.3, 0.1}.at(i) + b;
      chi2 += 2 * (mean - observed[i] + observed[i] * std::log(observed[i] / mean));
    }
    least = std::min(least, chi2);
  }
  EXPECT_NEAR(profiled, least, 1e-6);
}

// Templates

TEST(TemplateFit, DisjointTemplatesAreCounted) {
  const std::vector<double> observed = {10, 20, 0};
  const std::vector<Template> templates = {{{1, 0, 0}}, {{0, 3, 1e-9}}};
  const TemplateFit fit = fit_templates(observed, templates);
  ASSERT_TRUE(fit.converged);
  EXPECT_NEAR(fit.events[0], 10, 1e-6);
  EXPECT_NEAR(fit.events[1], 20, 1e-6);
  EXPECT_NEAR(fit.chi2, 0, 1e-6);
  EXPECT_EQ(fit.ndf, 1U);
  EXPECT_NEAR(fit.covariance[0][0], 10, 1e-3);
  EXPECT_NEAR(fit.covariance[0][1], 0, 1e-6);
  const std::vector<double> expected = fitted_counts(fit, templates);
  EXPECT_NEAR(expected[1], 20, 1e-5);
}

TEST(TemplateFit, AsimovDataGiveTheirTemplatesBack) {
  const std::vector<Template> templates = {{{5, 3, 1, 0.5}}, {{20, 20, 20, 20}, 0.1}};
  const std::vector<double> observed = {25, 23, 21, 20.5};
  const TemplateFit fit = fit_templates(observed, templates);
  ASSERT_TRUE(fit.converged);
  EXPECT_NEAR(fit.events[0], 9.5, 1e-5);
  EXPECT_NEAR(fit.events[1], 80, 1e-5);
  EXPECT_GT(fit.significance, 0);
  EXPECT_EQ(fit.ndf, 3U);
}

TEST(TemplateFit, TheSameShapeTwiceIsSplitByTheConstraint) {
  const std::vector<Template> templates = {{{1, 2}}, {{10, 20}, 0.01}};
  const TemplateFit fit = fit_templates(std::vector<double>{20, 40}, templates);
  ASSERT_TRUE(fit.converged);
  EXPECT_NEAR(fit.events[0], 30, 1e-3);
  EXPECT_NEAR(fit.events[1], 30, 1e-3);
}

TEST(TemplateFit, CountsWhereNothingIsExpectedDoNotConverge) {
  EXPECT_FALSE(fit_templates(std::vector<double>{1, 2}, std::vector<Template>{{{1, 0}}}).converged);
}

}  // namespace
}  // namespace spillway::statistics
