#include <array>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "detectors/statistics/dual.hpp"

namespace spillway::statistics {
namespace {

constexpr std::size_t kVariables = 3;
using Point = std::array<double, kVariables>;
using Scalar = Dual<kVariables, 2>;

/// coefficient times x^i y^j z^k
struct Monomial {
  int coefficient = 0;
  std::array<int, kVariables> powers{};

  template <typename Number>
  [[nodiscard]] Number at(const std::array<Number, kVariables>& x) const {
    Number product = coefficient;
    for (std::size_t k = 0; k < kVariables; ++k) {
      for (int i = 0; i < powers[k]; ++i) product = product * x[k];
    }
    return product;
  }

  [[nodiscard]] Monomial by(std::size_t k) const {
    Monomial result = *this;
    result.coefficient *= powers[k];
    if (powers[k] > 0) --result.powers[k];
    return result;
  }
};

using Polynomial = std::vector<Monomial>;

template <typename Number>
Number evaluate(const Polynomial& polynomial, const std::array<Number, kVariables>& x) {
  Number sum = 0;
  for (const Monomial& term : polynomial) sum += term.at(x);
  return sum;
}

Polynomial derivative(const Polynomial& polynomial, std::size_t k) {
  Polynomial result;
  for (const Monomial& term : polynomial) result.push_back(term.by(k));
  return result;
}

Polynomial any_polynomial() {
  const auto monomial = rc::gen::construct<Monomial>(
      rc::gen::inRange(-9, 10), rc::gen::container<std::array<int, kVariables>>(rc::gen::inRange(0, 5)));
  return *rc::gen::container<Polynomial>(monomial);
}

Point any_point() {
  Point point;
  for (double& x : point) x = *rc::gen::inRange(-5, 6);
  return point;
}

// Whole numbers below 2^53, so nothing is rounded.
TEST(DualProperty, APolynomialHasExactlyItsAnalyticDerivatives) {
  EXPECT_TRUE(rc::check([] {
    const Polynomial polynomial = any_polynomial();
    const Point x = any_point();
    const Scalar found = evaluate(polynomial, variables<2>(x));
    RC_ASSERT(found.value == evaluate(polynomial, x));
    for (std::size_t k = 0; k < kVariables; ++k) {
      const Polynomial first = derivative(polynomial, k);
      RC_ASSERT(found.gradient[k] == evaluate(first, x));
      for (std::size_t l = 0; l < kVariables; ++l) {
        RC_ASSERT(found.second(k, l) == evaluate(derivative(first, l), x));
      }
    }
  }));
}

TEST(DualProperty, AQuotientOfPolynomialsFollowsTheQuotientRule) {
  EXPECT_TRUE(rc::check([] {
    const Polynomial numerator = any_polynomial();
    const Polynomial denominator = any_polynomial();
    const Point x = any_point();
    const double p = evaluate(numerator, x);
    const double q = evaluate(denominator, x);
    RC_PRE(q != 0);
    const Scalar found = evaluate(numerator, variables<2>(x)) / evaluate(denominator, variables<2>(x));
    for (std::size_t k = 0; k < kVariables; ++k) {
      const double dp = evaluate(derivative(numerator, k), x);
      const double dq = evaluate(derivative(denominator, k), x);
      const double expected = dp / q - p * dq / (q * q);
      RC_ASSERT(std::abs(found.gradient[k] - expected) <= 1e-14 * (std::abs(dp / q) + std::abs(p * dq / (q * q))));
    }
  }));
}

}  // namespace
}  // namespace spillway::statistics
