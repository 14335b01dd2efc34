#include "detectors/statistics/newton.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <optional>

namespace spillway::statistics {
namespace {

using Vector = std::array<double, kMaxParameters>;
using Matrix = std::array<Vector, kMaxParameters>;

/// The lower factor of a + damping * diag(scale), or none where that is not positive.
std::optional<Matrix> cholesky(const Matrix& a, const Vector& scale, double damping, std::size_t size) {
  Matrix lower{};
  for (std::size_t k = 0; k < size; ++k) {
    for (std::size_t l = 0; l <= k; ++l) {
      double sum = a[k][l] + (k == l ? damping * scale[k] : 0);
      for (std::size_t m = 0; m < l; ++m) sum -= lower[k][m] * lower[l][m];
      if (k != l) {
        lower[k][l] = sum / lower[l][l];
      } else if (sum > 1e-14 * scale[k]) {
        lower[k][k] = std::sqrt(sum);
      } else {
        return std::nullopt;
      }
    }
  }
  return lower;
}

Vector solve(const Matrix& lower, const Vector& right, std::size_t size) {
  Vector x{};
  for (std::size_t k = 0; k < size; ++k) {
    double sum = right[k];
    for (std::size_t m = 0; m < k; ++m) sum -= lower[k][m] * x[m];
    x[k] = sum / lower[k][k];
  }
  for (std::size_t k = size; k-- > 0;) {
    double sum = x[k];
    for (std::size_t m = k + 1; m < size; ++m) sum -= lower[m][k] * x[m];
    x[k] = sum / lower[k][k];
  }
  return x;
}

Vector scale_of(const Expansion& at, std::size_t size) {
  Vector scale{};
  double largest = 0;
  for (std::size_t k = 0; k < size; ++k) largest = std::max(largest, std::abs(at.hessian[k][k]));
  for (std::size_t k = 0; k < size; ++k) {
    scale[k] = std::max({std::abs(at.hessian[k][k]), 1e-10 * largest, 1e-300});
  }
  return scale;
}

std::vector<std::vector<double>> covariance_of(const Expansion& at, std::size_t size) {
  const auto lower = cholesky(at.hessian, scale_of(at, size), 0, size);
  if (!lower) return {};
  std::vector<std::vector<double>> covariance;
  for (std::size_t k = 0; k < size; ++k) {
    Vector unit{};
    unit[k] = 2;
    const Vector column = solve(*lower, unit, size);
    covariance.emplace_back(column.begin(), column.begin() + static_cast<std::ptrdiff_t>(size));
  }
  return covariance;
}

}  // namespace

Minimum minimise(const std::function<Expansion(std::span<const double>)>& function, std::span<const double> start) {
  const std::size_t size = start.size();
  assert(size > 0 && size <= kMaxParameters);
  constexpr int kMaxIterations = 300;
  constexpr double kTolerance = 1e-11;
  Minimum minimum;
  minimum.at.assign(start.begin(), start.end());
  Expansion here = function(minimum.at);
  double damping = 0;
  while (std::isfinite(here.value) && minimum.iterations < kMaxIterations) {
    ++minimum.iterations;
    const Vector scale = scale_of(here, size);
    const auto lower = cholesky(here.hessian, scale, damping, size);
    if (!lower) {
      damping = std::max(2 * damping, 1e-3);
      continue;
    }
    Vector downhill{};
    for (std::size_t k = 0; k < size; ++k) downhill[k] = -here.gradient[k];
    const Vector step = solve(*lower, downhill, size);
    double decrement = 0;
    for (std::size_t k = 0; k < size; ++k) decrement += downhill[k] * step[k];
    if (decrement * (1 + damping) <= kTolerance * (1 + std::abs(here.value))) {
      minimum.converged = true;
      break;
    }
    std::vector<double> next = minimum.at;
    for (std::size_t k = 0; k < size; ++k) next[k] += step[k];
    const Expansion there = function(next);
    if (there.value < here.value) {
      minimum.at = next;
      here = there;
      damping = damping < 1e-6 ? 0 : damping / 10;
    } else if (decrement <= 1e-8 * (1 + std::abs(here.value))) {
      // Nothing lower in double precision: the last digits are all that is left.
      minimum.converged = true;
      break;
    } else {
      damping = std::max(4 * damping, 1e-3);
    }
  }
  minimum.value = here.value;
  if (minimum.converged) minimum.covariance = covariance_of(here, size);
  return minimum;
}

}  // namespace spillway::statistics
