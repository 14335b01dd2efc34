#include <cmath>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

#include "daq/base/error.hpp"
#include "detectors/statistics/contour.hpp"
#include "detectors/statistics/interval.hpp"
#include "detectors/statistics/newton.hpp"
#include "detectors/statistics/pulls.hpp"

namespace spillway::statistics {
namespace {

// One bin of x T + background 0 against n: x^2 + x (sigma^2 T - 1) - sigma^2 n = 0.
TEST(Pulls, OneBinAndOnePullFollowTheQuadraticOfTheirDerivative) {
  for (const double sigma : {0.01, 0.1, 1.0}) {
    for (const double n : {0.0, 3.0, 100.0, 1e5}) {
      constexpr double kExpected = 120;
      LinearModel model(1);
      model.add({1, sigma}, std::vector{kExpected});
      const PoissonFit fit = minimise_over_pulls(std::vector{n}, model);
      const double b = sigma * sigma * kExpected - 1;
      const double x = (-b + std::sqrt(b * b + 4 * sigma * sigma * n)) / 2;
      ASSERT_TRUE(fit.converged);
      EXPECT_NEAR(fit.x[0], std::max(0.0, x), 1e-6 * (1 + x));
    }
  }
}

TEST(Pulls, AFreeNormalisationTakesTheCounts) {
  LinearModel model(3);
  model.add({1}, std::vector{1.0, 2.0, 3.0});
  const PoissonFit fit = minimise_over_pulls(std::vector{10.0, 20.0, 30.0}, model);
  ASSERT_TRUE(fit.converged);
  EXPECT_NEAR(fit.x[0], 10, 1e-6);
  EXPECT_NEAR(fit.chi2, 0, 1e-9);
}

TEST(Pulls, ANormalisationThatWouldBeNegativeIsZero) {
  LinearModel model(2);
  model.add({1}, std::vector{10.0, 0.0});
  model.add({1}, std::vector{10.0, 10.0});
  const std::vector observed{5.0, 20.0};
  const PoissonFit fit = minimise_over_pulls(observed, model);
  ASSERT_TRUE(fit.converged);
  EXPECT_EQ(fit.x[0], 0);
  EXPECT_NEAR(fit.x[1], 25.0 / 20, 1e-7);
  EXPECT_NEAR(fit.chi2, constrained_chi2(observed, model, std::vector{0.0, 1.25}), 1e-9);
}

TEST(Pulls, SayWhenNothingIsExpectedWhereSomethingWasSeen) {
  LinearModel model(2);
  model.add({1, 0.1}, std::vector{1.0, 0.0});
  EXPECT_FALSE(minimise_over_pulls(std::vector{1.0, 1.0}, model).converged);
}

TEST(Pulls, ParametersOfNoUseDoNotDisturb) {
  LinearModel model(1);
  model.add({1}, std::vector{10.0});
  model.add({1}, std::vector{10.0});
  model.add({1, 0.1}, std::vector{0.0});
  const PoissonFit fit = minimise_over_pulls(std::vector{35.0}, model);
  ASSERT_TRUE(fit.converged);
  EXPECT_NEAR(fit.x[0] + fit.x[1], 3.5, 1e-6);
  EXPECT_NEAR(fit.x[2], 1, 1e-9);
}

TEST(Interval, AParabolaIsCutWhereItShouldBe) {
  const auto parabola = [](double x) { return (x - 3) * (x - 3) / 4; };
  for (const double step : {1e-3, 1.0, 1e3}) {
    const Interval interval = profile_interval(parabola, 3, kDeltaChi2Of90_1d, step);
    EXPECT_NEAR(interval.low, 3 - 2 * std::sqrt(kDeltaChi2Of90_1d), 1e-9);
    EXPECT_NEAR(interval.high, 3 + 2 * std::sqrt(kDeltaChi2Of90_1d), 1e-9);
  }
  EXPECT_EQ(profile_interval(parabola, 3, 1, 1, 2.5, 100).low, 2.5);
}

TEST(Interval, WhatIsNotConstrainedIsRefused) {
  EXPECT_THROW((void)profile_interval([](double) { return 0.5; }, 0, 1, 1), Error);
  EXPECT_THROW((void)profile_interval([](double x) { return 2 + x * x; }, 0, 1, 1), Error);
}

double radius_squared(double x, double y) {
  return x * x + y * y;
}

TEST(Contour, ACircleIsOnePolygonOfItsArea) {
  const Contours found = trace_contours(radius_squared, 4, {{-3, 3}, {-3, 3}});
  ASSERT_EQ(found.polygons.size(), 1U);
  for (const Point& point : found.polygons[0]) EXPECT_NEAR(radius_squared(point[0], point[1]), 4, 4e-9);
  EXPECT_NEAR(found.area(), 4 * std::numbers::pi, 0.01);
  EXPECT_NEAR(found.extent.x.low, -2, 1e-3);
  EXPECT_NEAR(found.extent.y.high, 2, 1e-3);
}

TEST(Contour, ARingIsAnOuterPolygonAndAHole) {
  const auto ring = [](double x, double y) { return std::abs(std::hypot(x, y) - 2); };
  const Contours found = trace_contours(ring, 0.5, {{-3, 3}, {-3, 3}});
  ASSERT_EQ(found.polygons.size(), 2U);
  EXPECT_NEAR(found.area(), std::numbers::pi * (2.5 * 2.5 - 1.5 * 1.5), 0.02);
  EXPECT_NEAR(std::hypot(found.polygons[0][0][0], found.polygons[0][0][1]), 2.5, 1e-9);
  EXPECT_NEAR(std::hypot(found.polygons[1][0][0], found.polygons[1][0][1]), 1.5, 1e-9);
}

TEST(Contour, TheBoxGrowsUntilTheRegionIsInside) {
  const Contours found = trace_contours(radius_squared, 100, {{-1, 1}, {-1, 1}});
  ASSERT_EQ(found.polygons.size(), 1U);
  EXPECT_NEAR(found.extent.x.high, 10, 0.01);
}

TEST(Contour, WhatCannotBeClosedOrFoundIsRefused) {
  EXPECT_THROW((void)trace_contours([](double x, double) { return x * x; }, 1, {{-2, 2}, {-2, 2}}), Error);
  EXPECT_THROW((void)trace_contours(radius_squared, -1, {{-2, 2}, {-2, 2}}), Error);
}

// x^4 - x^2 + y^2 has a saddle at its origin: two islands below it, one region above.
TEST(Contour, IslandsStayApartUntilTheirSaddleIsReached) {
  const auto lemniscate = [](double x, double y) { return x * x * x * x - x * x + y * y; };
  EXPECT_EQ(trace_contours(lemniscate, -1e-3, {{-1.5, 1.5}, {-1, 1}}).polygons.size(), 2U);
  EXPECT_EQ(trace_contours(lemniscate, 1e-3, {{-1.5, 1.5}, {-1, 1}}).polygons.size(), 1U);
}

Expansion rosenbrock(std::span<const double> at) {
  const double x = at[0];
  const double y = at[1];
  Expansion result;
  result.value = (1 - x) * (1 - x) + 100 * (y - x * x) * (y - x * x);
  result.gradient = {-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)};
  result.hessian[0] = {2 - 400 * (y - 3 * x * x), -400 * x};
  result.hessian[1] = {-400 * x, 200};
  return result;
}

TEST(Newton, ReachesTheMinimumOfABentValleyFromAnywhere) {
  for (const double x : {-3.0, -1.2, 0.0, 2.0, 8.0}) {
    for (const double y : {-10.0, 1.0, 50.0}) {
      const Minimum found = minimise(rosenbrock, std::vector{x, y});
      ASSERT_TRUE(found.converged) << x << " " << y;
      EXPECT_NEAR(found.at[0], 1, 1e-5);
      EXPECT_NEAR(found.at[1], 1, 1e-5);
    }
  }
}

TEST(Newton, TheCovarianceIsTwiceTheInverseHessian) {
  const Minimum found = minimise(rosenbrock, std::vector{0.0, 0.0});
  const Expansion at = rosenbrock(std::vector{1.0, 1.0});
  const double determinant = at.hessian[0][0] * at.hessian[1][1] - at.hessian[0][1] * at.hessian[1][0];
  ASSERT_EQ(found.covariance.size(), 2U);
  EXPECT_NEAR(found.covariance[0][0], 2 * at.hessian[1][1] / determinant, 1e-3);
  EXPECT_NEAR(found.covariance[0][1], -2 * at.hessian[0][1] / determinant, 1e-3);
}

TEST(Newton, SaysWhenThereIsNoMinimum) {
  const auto slope = [](std::span<const double> at) {
    Expansion result;
    result.value = at[0];
    result.gradient = {1};
    return result;
  };
  EXPECT_FALSE(minimise(slope, std::vector{0.0}).converged);
}

}  // namespace
}  // namespace spillway::statistics
