#include "detectors/statistics/poisson_fit.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "detectors/statistics/cholesky.hpp"

namespace spillway::statistics {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Four sums at a time, since each addition waits for the one before.
double dot(std::span<const double> a, std::span<const double> b) {
  std::array<double, 4> sums{};
  std::size_t i = 0;
  for (; i + 4 <= a.size(); i += 4) {
    for (std::size_t j = 0; j < 4; ++j) sums[j] += a[i + j] * b[i + j];
  }
  for (; i < a.size(); ++i) sums[0] += a[i] * b[i];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

}  // namespace

double poisson_chi2(std::span<const double> observed, std::span<const double> expected) {
  double sum = 0;
  for (std::size_t i = 0; i < observed.size(); ++i) {
    const double n = observed[i];
    const double mean = expected[i];
    if (n == 0) {
      sum += 2 * mean;
    } else if (!(mean > 0)) {
      return kInfinity;
    } else {
      const double x = (mean - n) / n;
      sum += 2 * n * (x - std::log1p(x));
    }
  }
  return sum;
}

struct PoissonFitter::Derivatives {
  Parameters gradient{};
  std::array<Parameters, kMaxParameters> hessian{};
};

PoissonFitter::PoissonFitter(std::vector<double> observed, ExpectedCounts model, std::vector<Parameter> parameters)
    : observed_(std::move(observed)), model_(std::move(model)), parameters_(std::move(parameters)) {
  assert(!parameters_.empty() && parameters_.size() <= kMaxParameters);
}

double PoissonFitter::penalty(const Parameters& x) const {
  double sum = 0;
  for (std::size_t k = 0; k < size(); ++k) {
    const double pull = (x[k] - parameters_[k].centre) / parameters_[k].sigma;
    sum += pull * pull;
  }
  return sum;
}

double PoissonFitter::chi2(const Parameters& x, std::span<double> counts, std::span<double> slopes) const {
  model_(std::span(x.data(), size()), counts, slopes);
  return poisson_chi2(observed_, counts) + penalty(x);
}

PoissonFitter::Derivatives PoissonFitter::derive(const Parameters& x, const std::array<bool, kMaxParameters>& still,
                                                 std::span<const double> counts, std::span<const double> slopes,
                                                 std::span<double> weights) const {
  Derivatives result;
  const std::size_t bins = observed_.size();
  for (std::size_t k = 0; k < size(); ++k) {
    const Parameter& parameter = parameters_[k];
    result.gradient[k] = 2 * (x[k] - parameter.centre) / (parameter.sigma * parameter.sigma);
    result.hessian[k][k] = 2 / (parameter.sigma * parameter.sigma);
  }
  for (std::size_t i = 0; i < bins; ++i) {
    const double ratio = observed_[i] == 0 ? 0 : observed_[i] / counts[i];
    weights[i] = 2 * (1 - ratio);
    weights[bins + i] = observed_[i] == 0 ? 0 : 2 * ratio / counts[i];
  }
  const std::span<double> weighted = weights.subspan(2 * bins, bins);
  for (std::size_t k = 0; k < size(); ++k) {
    if (still[k]) continue;
    const std::span<const double> slope = slopes.subspan(k * bins, bins);
    result.gradient[k] += dot(weights.first(bins), slope);
    for (std::size_t i = 0; i < bins; ++i) weighted[i] = weights[bins + i] * slope[i];
    for (std::size_t l = 0; l <= k; ++l) {
      if (!still[l]) result.hessian[k][l] += dot(weighted, slopes.subspan(l * bins, bins));
    }
  }
  for (std::size_t k = 0; k < size(); ++k) {
    for (std::size_t l = 0; l < k; ++l) result.hessian[l][k] = result.hessian[k][l];
  }
  return result;
}

PoissonFit PoissonFitter::minimise() const {
  Parameters x{};
  for (std::size_t k = 0; k < size(); ++k) x[k] = parameters_[k].start;
  return minimise(x, {});
}

PoissonFit PoissonFitter::minimise(const Parameters& x, const std::array<bool, kMaxParameters>& held) const {
  constexpr int kMaxIterations = 200;
  constexpr double kTolerance = 1e-11;
  const std::size_t bins = observed_.size();
  std::vector<double> room(bins * (size() + 4));
  const std::span<double> counts(room.data(), bins);
  const std::span<double> slopes(room.data() + bins, bins * size());
  const std::span<double> weights(room.data() + bins * (size() + 1), 3 * bins);
  std::array<bool, kMaxParameters> still = held;
  for (std::size_t k = 0; k < size(); ++k) still[k] = still[k] || parameters_[k].fixed;

  PoissonFit fit;
  fit.x = x;
  fit.chi2 = chi2(fit.x, counts, slopes);
  while (std::isfinite(fit.chi2) && fit.iterations < kMaxIterations) {
    ++fit.iterations;
    const Derivatives at = derive(fit.x, still, counts, slopes, weights);
    // Those that rest at a bound and would be pushed beyond it stay out of the step (Bertsekas, SIAM J. Control Optim.
    // 20 (1982) 221).
    std::array<std::size_t, kMaxParameters> free{};
    std::size_t free_size = 0;
    for (std::size_t k = 0; k < size(); ++k) {
      const bool at_lowest = fit.x[k] <= parameters_[k].lowest && at.gradient[k] >= 0;
      const bool at_highest = fit.x[k] >= parameters_[k].highest && at.gradient[k] <= 0;
      if (!still[k] && !at_lowest && !at_highest) free[free_size++] = k;
    }
    std::array<Parameters, kMaxParameters> hessian{};
    Parameters downhill{};
    for (std::size_t i = 0; i < free_size; ++i) {
      downhill[i] = -at.gradient[free[i]];
      for (std::size_t j = 0; j < free_size; ++j) hessian[i][j] = at.hessian[free[i]][free[j]];
    }
    const Cholesky<kMaxParameters> factor(hessian, free_size);
    const Parameters step = factor.solve(downhill);
    double decrement = 0;
    for (std::size_t i = 0; i < free_size; ++i) decrement += downhill[i] * step[i];
    const bool close = decrement <= kTolerance * (1 + fit.chi2);

    bool lower = false;
    double length = 1;
    for (int halving = 0; halving < 60 && !lower && !close; ++halving, length /= 2) {
      Parameters next = fit.x;
      for (std::size_t i = 0; i < free_size; ++i) {
        const std::size_t k = free[i];
        next[k] = std::clamp(fit.x[k] + length * step[i], parameters_[k].lowest, parameters_[k].highest);
      }
      const double value = chi2(next, counts, slopes);
      if (value < fit.chi2) {
        fit.x = next;
        fit.chi2 = value;
        lower = true;
      }
    }
    if (lower) continue;
    // Where nothing is lower in double precision, it is the minimum if the last digits are all that is left.
    fit.converged = close || decrement <= 1e-7 * (1 + fit.chi2);
    fit.penalty = penalty(fit.x);
    if (factor.positive()) {
      for (std::size_t i = 0; i < free_size; ++i) {
        Parameters unit{};
        unit[i] = 2;  // the covariance is twice the inverse of chi2's second derivatives
        const Parameters column = factor.solve(unit);
        for (std::size_t j = 0; j < free_size; ++j) fit.covariance[free[j]][free[i]] = column[j];
      }
    }
    break;
  }
  return fit;
}

std::optional<double> PoissonFitter::crossing(const PoissonFit& fit, std::size_t parameter, double delta,
                                              double direction) const {
  const double best = fit.x[parameter];
  const double variance = fit.covariance[parameter][parameter];
  const double limit = direction > 0 ? parameters_[parameter].highest : parameters_[parameter].lowest;
  const double level = std::sqrt(delta);
  std::array<bool, kMaxParameters> held{};
  held[parameter] = true;
  // The root of chi2's rise is nearly a straight line, so secants on it end after a few fits.
  double inside = 0;
  double inside_value = -level;
  double outside = kInfinity;
  double outside_value = 0;
  double distance = variance > 0 ? level * std::sqrt(variance) : 0.1 * (1 + std::abs(best));
  for (int step = 0; step < 100; ++step) {
    distance = std::min(distance, std::abs(limit - best));
    const double shift = direction * distance;
    Parameters x = fit.x;
    for (std::size_t k = 0; k < size(); ++k) {
      const double along = variance > 0 ? fit.covariance[k][parameter] / variance * shift : 0;
      x[k] = k == parameter ? best + shift : std::clamp(x[k] + along, parameters_[k].lowest, parameters_[k].highest);
    }
    const PoissonFit profiled = minimise(x, held);
    const bool unreachable = !std::isfinite(profiled.chi2);  // nothing expected where something was observed
    if (!profiled.converged && !unreachable) return std::nullopt;
    const double value = unreachable ? kInfinity : std::sqrt(std::max(0.0, profiled.chi2 - fit.chi2)) - level;
    if (std::abs(value) < 1e-7 * level) return best + shift;
    if (value < 0) {
      if (distance == std::abs(limit - best)) return limit;
      inside = distance;
      inside_value = value;
    } else {
      outside = distance;
      outside_value = value;
    }
    if (outside == kInfinity) {
      distance = inside_value > -0.5 * level ? inside * level / (level + inside_value) * 1.02 : 2 * inside;
      continue;
    }
    if (outside - inside <= 1e-14 * std::abs(best) + 1e-13 * outside) return best + direction * outside;
    const double secant = inside - inside_value * (outside - inside) / (outside_value - inside_value);
    // A secant too near an end that stays would creep; every fourth step halves instead.
    distance = std::isfinite(outside_value) && step % 4 != 3 ? secant : (inside + outside) / 2;
  }
  return std::nullopt;
}

std::optional<Interval> PoissonFitter::interval(const PoissonFit& fit, std::size_t parameter, double delta) const {
  assert(parameter < size());
  if (!fit.converged) return std::nullopt;
  const auto low = crossing(fit, parameter, delta, -1);
  if (!low) return std::nullopt;
  const auto high = crossing(fit, parameter, delta, 1);
  if (!high) return std::nullopt;
  return Interval{*low, *high};
}

}  // namespace spillway::statistics
