#include "detectors/statistics/dual.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "detectors/statistics/chi2_terms.hpp"
#include "detectors/statistics/newton.hpp"
#include "detectors/statistics/poisson_fit.hpp"

namespace spillway::statistics {
namespace {

using Two = Dual<2, 2>;

constexpr double kX = 1.3;
constexpr double kY = 0.7;

void expect_equal(const Two& a, const Two& b) {
  EXPECT_NEAR(a.value, b.value, 1e-14);
  for (std::size_t k = 0; k < 2; ++k) {
    EXPECT_NEAR(a.gradient[k], b.gradient[k], 1e-14) << k;
    for (std::size_t l = 0; l < 2; ++l) EXPECT_NEAR(a.second(k, l), b.second(k, l), 1e-13) << k << l;
  }
}

// x^2 y / (x + y)
TEST(Dual, AQuotientOfProductsHasTheDerivativesOfItsClosedForm) {
  const auto [x, y] = variables<2>(std::array{kX, kY});
  const Two f = x * x * y / (x + y);
  const double sum = kX + kY;
  EXPECT_NEAR(f.value, kX * kX * kY / sum, 1e-15);
  EXPECT_NEAR(f.gradient[0], kX * kY * (kX + 2 * kY) / (sum * sum), 1e-15);
  EXPECT_NEAR(f.gradient[1], kX * kX * kX / (sum * sum), 1e-15);
  EXPECT_NEAR(f.second(0, 0), 2 * std::pow(kY / sum, 3), 1e-14);
  EXPECT_NEAR(f.second(0, 1), kX * kX * (kX + 3 * kY) / (sum * sum * sum), 1e-14);
  EXPECT_NEAR(f.second(1, 1), -2 * std::pow(kX / sum, 3), 1e-14);
  EXPECT_EQ(f.second(0, 1), f.second(1, 0));
}

TEST(Dual, FunctionsOfOneVariableHaveTheirKnownDerivatives) {
  const auto x = Dual<1, 2>::variable(kX, 0);
  const auto expect = [](const Dual<1, 2>& f, double value, double first, double second) {
    EXPECT_NEAR(f.value, value, 1e-15 * std::abs(value));
    EXPECT_NEAR(f.gradient[0], first, 1e-15 * std::abs(first));
    EXPECT_NEAR(f.second(0, 0), second, 1e-15 * std::abs(second));
  };
  expect(exp(x), std::exp(kX), std::exp(kX), std::exp(kX));
  expect(log(x), std::log(kX), 1 / kX, -1 / (kX * kX));
  expect(log1p(x), std::log1p(kX), 1 / (1 + kX), -std::pow(1 + kX, -2));
  expect(sqrt(x), std::sqrt(kX), 0.5 / std::sqrt(kX), -0.25 * std::pow(kX, -1.5));
  expect(pow(x, 2.7), std::pow(kX, 2.7), 2.7 * std::pow(kX, 1.7), 2.7 * 1.7 * std::pow(kX, 0.7));
  expect(3 / x, 3 / kX, -3 / (kX * kX), 6 / (kX * kX * kX));
  expect(2 - x / 4 + 1, 3 - kX / 4, -0.25, 0);
}

TEST(Dual, ChainsOfFunctionsThatUndoEachOtherLeaveTheirArgument) {
  const auto [x, y] = variables<2>(std::array{kX, kY});
  const Two u = x * y;
  expect_equal(exp(log(u)), u);
  expect_equal(sqrt(u * u), u);
  expect_equal(pow(u, 3), u * u * u);
  expect_equal(log1p(u - 1), log(u));
  expect_equal(u / u * x, x);
  expect_equal(-(-u) - u, 0);
}

TEST(Dual, FirstOrderIsSecondOrderWithoutItsHessian) {
  const auto function = [](const auto& at) { return exp(at[0] * at[1]) / (1 + at[1]); };
  const std::array at = {kX, kY};
  const Dual<2> first = function(variables(at));
  const Two both = function(variables<2>(at));
  EXPECT_EQ(first.value, both.value);
  EXPECT_EQ(first.gradient, both.gradient);
  EXPECT_EQ(tangent(first).second(0, 1), 0);
}

TEST(Dual, ConstantsHaveNoDerivativesAndValuesAreCompared) {
  static_assert(Dual<3>(2).gradient == std::array<double, 3>{});
  static_assert((Dual<1>::variable(2, 0) * Dual<1>::variable(2, 0)).gradient[0] == 2 + 2);
  static_assert(Dual<2>::variable(1, 0) < Dual<2>::variable(2, 1));
  static_assert(Dual<1>::variable(1, 0) > 0);
}

TEST(PoissonDeviance, HasItsKnownDerivativesByTheMean) {
  for (const double n : {1e-3, 1.0, 40.0}) {
    for (const double mean : {0.2, 1.0, 40.0, 1e4}) {
      const auto chi2 = poisson_deviance(n, Dual<1, 2>::variable(mean, 0));
      const double first = 2 * (1 - n / mean);
      EXPECT_NEAR(chi2.value, 2 * (mean - n + n * std::log(n / mean)), 1e-12 * (1 + mean));
      EXPECT_NEAR(chi2.gradient[0], first, 1e-14 * (1 + std::abs(first)));
      EXPECT_NEAR(chi2.second(0, 0) * mean * mean / (2 * n), 1, 1e-11);
    }
  }
}

TEST(PoissonDeviance, OfNoCountsIsTwiceTheMeanAndOfCountsWithoutAMeanInfinite) {
  const auto none = poisson_deviance(0, Dual<1, 2>::variable(0, 0));
  EXPECT_EQ(none.value, 0);
  EXPECT_EQ(none.gradient[0], 2);
  EXPECT_EQ(none.second(0, 0), 0);
  EXPECT_EQ(poisson_deviance(1, 0.0), std::numeric_limits<double>::infinity());
}

TEST(SquaredPull, OfAFreeParameterIsNothing) {
  const auto pull = squared_pull(Dual<1, 2>::variable(7, 0), 1, std::numeric_limits<double>::infinity());
  EXPECT_EQ(pull.value, 0);
  EXPECT_EQ(pull.gradient[0], 0);
  EXPECT_EQ(pull.second(0, 0), 0);
}

TEST(Differentiate, FillsCountsByBinAndSlopesByParameterAndBin) {
  std::vector<double> counts(3);
  std::vector<double> slopes(6);
  differentiate<2>([](const auto& x, std::size_t i) { return x[0] * x[1] + static_cast<double>(i) * x[1]; },
                   std::array{5.0, 2.0}, counts, slopes);
  EXPECT_EQ(counts, (std::vector<double>{10, 12, 14}));
  EXPECT_EQ(slopes, (std::vector<double>{2, 2, 2, 5, 6, 7}));
}

TEST(Expansion, ATermIsAddedAtItsArguments) {
  const auto [x, y] = variables<2>(std::array{3.0, 4.0});
  Expansion sum;
  sum.add(x * x * y, {2, 0});
  sum.add(x, {2, 1});
  EXPECT_EQ(sum.value, 36 + 3);
  EXPECT_EQ(sum.gradient[0], 9);
  EXPECT_EQ(sum.gradient[1], 0);
  EXPECT_EQ(sum.gradient[2], 24 + 1);
  EXPECT_EQ(sum.hessian[2][2], 8);
  EXPECT_EQ(sum.hessian[0][2], 6);
  EXPECT_EQ(sum.hessian[2][0], 6);
}

TEST(Newton, DescendsAFunctionThatDifferentiatesItself) {
  const auto valley = [](std::span<const double> at) {
    const auto [x, y] = variables<2>(std::array{at[0], at[1]});
    Expansion result;
    result.add((1 - x) * (1 - x) + 100 * pow(y - x * x, 2), {0, 1});
    return result;
  };
  const Minimum found = minimise(valley, std::vector{-1.2, 1.0});
  ASSERT_TRUE(found.converged);
  EXPECT_NEAR(found.at[0], 1, 1e-5);
  EXPECT_NEAR(found.at[1], 1, 1e-5);
}

}  // namespace
}  // namespace spillway::statistics
