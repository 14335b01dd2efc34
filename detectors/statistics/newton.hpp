#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "detectors/statistics/dual.hpp"

namespace spillway::statistics {

/// The most arguments of a function.
inline constexpr std::size_t kMaxArguments = 12;

/// A function with its exact derivatives at one point.
struct Expansion {
  double value = 0;
  std::array<double, kMaxArguments> gradient{};
  std::array<std::array<double, kMaxArguments>, kMaxArguments> hessian{};

  /// Adds a term of N arguments only, which are those with these indices.
  template <std::size_t N>
  void add(const Dual<N, 2>& term, const std::array<std::size_t, N>& arguments) {
    value += term.value;
    for (std::size_t k = 0; k < N; ++k) {
      gradient[arguments[k]] += term.gradient[k];
      for (std::size_t l = 0; l < N; ++l) hessian[arguments[k]][arguments[l]] += term.second(k, l);
    }
  }
};

struct Minimum {
  double value = 0;
  std::vector<double> at;
  std::vector<std::vector<double>> covariance;  ///< twice the inverse Hessian, as for a chi2; empty where not convex
  bool converged = false;                       ///< false: nothing else means anything
  int iterations = 0;
};

/// A local minimum of `function` near `start`, by Newton's method with Levenberg's damping: steps go downhill even
/// where the Hessian is not positive. A value that is not finite is a wall. Where the gradient vanishes at `start`
/// without a minimum there, it stays: start off the axes of symmetry.
[[nodiscard]] Minimum minimise(const std::function<Expansion(std::span<const double>)>& function,
                               std::span<const double> start);

}  // namespace spillway::statistics
