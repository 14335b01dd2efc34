#include "detectors/statistics/newton.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "detectors/statistics/cholesky.hpp"

namespace spillway::statistics {
namespace {

using Factor = Cholesky<kMaxArguments>;
using Vector = Factor::Vector;

Vector scale_of(const Expansion& at, std::size_t size) {
  Vector scale{};
  double largest = 0;
  for (std::size_t k = 0; k < size; ++k) largest = std::max(largest, std::abs(at.hessian[k][k]));
  for (std::size_t k = 0; k < size; ++k) {
    scale[k] = std::max({std::abs(at.hessian[k][k]), 1e-10 * largest, 1e-300});
  }
  return scale;
}

Factor damped(const Expansion& at, const Vector& scale, double damping, std::size_t size) {
  Factor::Matrix matrix = at.hessian;
  for (std::size_t k = 0; k < size; ++k) matrix[k][k] += damping * scale[k];
  return {matrix, size};
}

std::vector<std::vector<double>> covariance_of(const Expansion& at, std::size_t size) {
  const Factor factor(at.hessian, size);
  if (!factor.positive()) return {};
  std::vector<std::vector<double>> covariance;
  for (std::size_t k = 0; k < size; ++k) {
    Vector unit{};
    unit[k] = 2;
    const Vector column = factor.solve(unit);
    covariance.emplace_back(column.begin(), column.begin() + static_cast<std::ptrdiff_t>(size));
  }
  return covariance;
}

}  // namespace

Minimum minimise(const std::function<Expansion(std::span<const double>)>& function, std::span<const double> start) {
  const std::size_t size = start.size();
  assert(size > 0 && size <= kMaxArguments);
  constexpr int kMaxIterations = 3000;  // bent valleys take many short steps
  constexpr double kTolerance = 1e-11;
  Minimum minimum;
  minimum.at.assign(start.begin(), start.end());
  Expansion here = function(minimum.at);
  double damping = 0;
  while (std::isfinite(here.value) && minimum.iterations < kMaxIterations) {
    ++minimum.iterations;
    const Vector scale = scale_of(here, size);
    const Factor factor = damped(here, scale, damping, size);
    if (!factor.positive()) {
      damping = std::max(2 * damping, 1e-3);
      continue;
    }
    Vector downhill{};
    for (std::size_t k = 0; k < size; ++k) downhill[k] = -here.gradient[k];
    const Vector step = factor.solve(downhill);
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
