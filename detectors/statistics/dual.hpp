#pragma once

#include <array>
#include <cmath>
#include <compare>
#include <cstddef>
#include <utility>

namespace spillway::statistics {

/// A number with its derivatives by N variables, of first order or, with Order 2, of first and second.
///
/// Forward-mode automatic differentiation: a function written once as a template of its scalar counts with double and
/// differentiates itself with Dual, to the rounding of its own arithmetic. Nothing is allocated. Comparisons are those
/// of the values. Source: Griewank & Walther, Evaluating Derivatives (SIAM 2008), chapters 3 and 13.
template <std::size_t N, int Order = 1>
struct Dual {
  static_assert(Order == 1 || Order == 2);
  static constexpr std::size_t kPairs = Order == 2 ? N * (N + 1) / 2 : 0;

  double value = 0;
  std::array<double, N> gradient{};
  [[no_unique_address]] std::array<double, kPairs> hessian{};  ///< lower triangle, row by row

  constexpr Dual() = default;
  constexpr Dual(double constant) : value(constant) {}  // NOLINT(google-explicit-constructor): as 1 + x needs it

  /// The variable of that index (below N), here at `value`.
  [[nodiscard]] static constexpr Dual variable(double value, std::size_t index) {
    Dual result(value);
    result.gradient[index] = 1;
    return result;
  }

  /// Second derivative by the variables `row` and `column`.
  [[nodiscard]] constexpr double second(std::size_t row, std::size_t column) const requires(Order == 2) {
    return row < column ? second(column, row) : hessian[row * (row + 1) / 2 + column];
  }

  /// f(x) by the chain rule, from value, first and second derivative of f at x.value.
  [[nodiscard]] static constexpr Dual chain(const Dual& x, double f, double first, double second) {
    return {f, [&](std::size_t k) { return first * x.gradient[k]; },
            [&](std::size_t i, std::size_t k, std::size_t l) {
              return first * x.hessian[i] + second * x.gradient[k] * x.gradient[l];
            }};
  }

  friend constexpr Dual operator+(const Dual& a, const Dual& b) {
    return {a.value + b.value, [&](std::size_t k) { return a.gradient[k] + b.gradient[k]; },
            [&](std::size_t i, std::size_t, std::size_t) { return a.hessian[i] + b.hessian[i]; }};
  }
  friend constexpr Dual operator-(const Dual& a, const Dual& b) {
    return {a.value - b.value, [&](std::size_t k) { return a.gradient[k] - b.gradient[k]; },
            [&](std::size_t i, std::size_t, std::size_t) { return a.hessian[i] - b.hessian[i]; }};
  }
  friend constexpr Dual operator*(const Dual& a, const Dual& b) {
    return {a.value * b.value, [&](std::size_t k) { return a.value * b.gradient[k] + b.value * a.gradient[k]; },
            [&](std::size_t i, std::size_t k, std::size_t l) {
              return a.value * b.hessian[i] + b.value * a.hessian[i] + a.gradient[k] * b.gradient[l] +
                     a.gradient[l] * b.gradient[k];
            }};
  }
  friend constexpr Dual operator/(const Dual& a, const Dual& b) {
    const double inverse = 1 / b.value;
    return a * chain(b, inverse, -inverse * inverse, 2 * inverse * inverse * inverse);
  }
  constexpr Dual& operator+=(const Dual& b) { return *this = *this + b; }

  // Constants have no derivatives to carry along.
  friend constexpr Dual operator+(Dual a, double b) {
    a.value += b;
    return a;
  }
  friend constexpr Dual operator+(double a, const Dual& b) { return b + a; }
  friend constexpr Dual operator-(const Dual& a, double b) { return a + -b; }
  friend constexpr Dual operator-(const Dual& a) { return a * -1.0; }
  friend constexpr Dual operator-(double a, const Dual& b) { return -b + a; }
  friend constexpr Dual operator*(const Dual& a, double b) {
    return {a.value * b, [&](std::size_t k) { return a.gradient[k] * b; },
            [&](std::size_t i, std::size_t, std::size_t) { return a.hessian[i] * b; }};
  }
  friend constexpr Dual operator*(double a, const Dual& b) { return b * a; }
  friend constexpr Dual operator/(const Dual& a, double b) { return a * (1 / b); }
  friend constexpr Dual operator/(double a, const Dual& b) { return Dual(a) / b; }

  friend constexpr std::partial_ordering operator<=>(const Dual& a, const Dual& b) { return a.value <=> b.value; }

  friend Dual exp(const Dual& x) {
    const double f = std::exp(x.value);
    return chain(x, f, f, f);
  }
  friend Dual log(const Dual& x) {
    const double inverse = 1 / x.value;
    return chain(x, std::log(x.value), inverse, -inverse * inverse);
  }
  friend Dual log1p(const Dual& x) {
    const double inverse = 1 / (1 + x.value);
    return chain(x, std::log1p(x.value), inverse, -inverse * inverse);
  }
  friend Dual sqrt(const Dual& x) {
    const double f = std::sqrt(x.value);
    return chain(x, f, 0.5 / f, -0.25 / (f * x.value));
  }
  /// x above 0, or a power of at least 2.
  friend Dual pow(const Dual& x, double power) {
    return chain(x, std::pow(x.value, power), power * std::pow(x.value, power - 1),
                 power * (power - 1) * std::pow(x.value, power - 2));
  }

 private:
  /// first(k) for the gradient, second(i, k, l) for the pair i of variables k >= l. As packs, not loops, so that the
  /// compiler keeps them in registers.
  template <typename First, typename Second>
  constexpr Dual(double f, const First& first, const Second& second)
      : value(f),
        gradient(each(std::make_index_sequence<N>{}, first)),
        hessian(each_pair(std::make_index_sequence<kPairs>{}, second)) {}

  template <std::size_t... K, typename First>
  static constexpr std::array<double, N> each(std::index_sequence<K...>, const First& first) {
    return {first(K)...};
  }
  template <std::size_t... I, typename Second>
  static constexpr std::array<double, kPairs> each_pair(std::index_sequence<I...>, const Second& second) {
    return {second(I, kRow<I>, I - kRow<I> * (kRow<I> + 1) / 2)...};
  }
  static constexpr std::size_t row(std::size_t pair) {
    std::size_t k = 0;
    while ((k + 1) * (k + 2) / 2 <= pair) ++k;
    return k;
  }
  template <std::size_t I>
  static constexpr std::size_t kRow = row(I);
};

/// All N variables of a function, here at `x`.
template <int Order = 1, std::size_t N>
[[nodiscard]] constexpr std::array<Dual<N, Order>, N> variables(const std::array<double, N>& x) {
  std::array<Dual<N, Order>, N> result;
  for (std::size_t k = 0; k < N; ++k) result[k] = Dual<N, Order>::variable(x[k], k);
  return result;
}

/// The tangent of x: its second derivatives count as zero.
template <std::size_t N>
[[nodiscard]] constexpr Dual<N, 2> tangent(const Dual<N>& x) {
  Dual<N, 2> result(x.value);
  result.gradient = x.gradient;
  return result;
}

}  // namespace spillway::statistics
