#include "detectors/statistics/poisson_fit.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "detectors/statistics/chi2_terms.hpp"
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

/// The expected counts at one point, and the deviance's derivatives by each.
struct PoissonFitter::Workspace {
  Workspace(std::size_t bins, std::size_t parameters)
      : room((parameters + 4) * bins),
        counts(room.data(), bins),
        slopes(counts.data() + bins, parameters * bins),
        first(slopes.data() + slopes.size(), bins),
        second(first.data() + bins, bins),
        weighted(second.data() + bins, bins) {}

  std::vector<double> room;
  std::span<double> counts;
  std::span<double> slopes;  ///< of the counts, by parameter and bin
  std::span<double> first;
  std::span<double> second;
  std::span<double> weighted;  ///< room for the second ones times a slope
};

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
  for (std::size_t k = 0; k < size(); ++k) sum += squared_pull(x[k], parameters_[k].centre, parameters_[k].sigma);
  return sum;
}

double PoissonFitter::chi2(const Parameters& x, Workspace& at) const {
  model_(std::span(x.data(), size()), at.counts, at.slopes);
  double sum = 0;
  for (std::size_t i = 0; i < observed_.size(); ++i) {
    const auto term = poisson_deviance(observed_[i], Dual<1, 2>::variable(at.counts[i], 0));
    sum += term.value;
    at.first[i] = term.gradient[0];
    at.second[i] = term.hessian[0];
  }
  return sum + penalty(x);
}

PoissonFitter::Derivatives PoissonFitter::derive(const Parameters& x, const std::array<bool, kMaxParameters>& still,
                                                 Workspace& at) const {
  Derivatives result;
  const std::size_t bins = observed_.size();
  const auto slope = [&](std::size_t k) { return at.slopes.subspan(k * bins, bins); };
  for (std::size_t k = 0; k < size(); ++k) {
    if (still[k]) continue;
    const auto pull = squared_pull(Dual<1, 2>::variable(x[k], 0), parameters_[k].centre, parameters_[k].sigma);
    result.gradient[k] = pull.gradient[0] + dot(at.first, slope(k));
    for (std::size_t i = 0; i < bins; ++i) at.weighted[i] = at.second[i] * slope(k)[i];
    for (std::size_t l = 0; l <= k; ++l) {
      if (!still[l]) result.hessian[k][l] = result.hessian[l][k] = dot(at.weighted, slope(l));
    }
    result.hessian[k][k] += pull.hessian[0];
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
  Workspace work(observed_.size(), size());
  std::array<bool, kMaxParameters> still = held;
  for (std::size_t k = 0; k < size(); ++k) still[k] = still[k] || parameters_[k].fixed;

  PoissonFit fit;
  fit.x = x;
  fit.chi2 = chi2(fit.x, work);
  while (std::isfinite(fit.chi2) && fit.iterations < kMaxIterations) {
    ++fit.iterations;
    const Derivatives at = derive(fit.x, still, work);
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
      const double value = chi2(next, work);
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
