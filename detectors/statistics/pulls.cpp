#include "detectors/statistics/pulls.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace spillway::statistics {
namespace {

using Vector = std::array<double, kMaxNormalisations>;
using Matrix = std::array<Vector, kMaxNormalisations>;

struct Derivatives {
  Vector gradient{};
  Matrix hessian{};
};

void expect(const LinearModel& model, std::span<const double> x, std::span<double> counts) {
  std::fill(counts.begin(), counts.end(), 0.0);
  for (std::size_t k = 0; k < model.size(); ++k) {
    const std::span<const double> part = model.counts(k);
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += x[k] * part[i];
  }
}

double penalty(const LinearModel& model, std::span<const double> x) {
  double sum = 0;
  for (std::size_t k = 0; k < model.size(); ++k) {
    const double pull = (x[k] - model.normalisation(k).expected) / model.normalisation(k).sigma;
    sum += pull * pull;
  }
  return sum;
}

double deviance(std::span<const double> observed, std::span<const double> expected) {
  double sum = 0;
  for (std::size_t i = 0; i < observed.size(); ++i) {
    const double n = observed[i];
    const double mean = expected[i];
    if (n == 0) {
      sum += 2 * mean;
    } else if (mean <= 0) {
      return std::numeric_limits<double>::infinity();
    } else {
      const double x = (mean - n) / n;
      sum += 2 * n * (x - std::log1p(x));
    }
  }
  return sum;
}

Derivatives derive(std::span<const double> observed, const LinearModel& model, std::span<const double> x,
                   std::span<const double> expected, std::span<double> weights) {
  Derivatives result;
  const std::size_t size = model.size();
  for (std::size_t k = 0; k < size; ++k) {
    const auto& [centre, sigma] = model.normalisation(k);
    result.gradient[k] = 2 * (x[k] - centre) / (sigma * sigma);
    result.hessian[k][k] = 2 / (sigma * sigma);
  }
  const std::size_t bins = observed.size();
  for (std::size_t i = 0; i < bins; ++i) {
    const double ratio = observed[i] == 0 ? 0 : observed[i] / expected[i];
    weights[i] = 2 * (1 - ratio);
    weights[bins + i] = observed[i] == 0 ? 0 : 2 * ratio / expected[i];
  }
  for (std::size_t k = 0; k < size; ++k) {
    const std::span<const double> a = model.counts(k);
    for (std::size_t i = 0; i < bins; ++i) result.gradient[k] += weights[i] * a[i];
    for (std::size_t l = 0; l <= k; ++l) {
      const std::span<const double> b = model.counts(l);
      double sum = 0;
      for (std::size_t i = 0; i < bins; ++i) sum += weights[bins + i] * a[i] * b[i];
      result.hessian[k][l] += sum;
      if (k != l) result.hessian[l][k] = result.hessian[k][l];
    }
  }
  return result;
}

/// Solves H s = -g over the free ones by Cholesky; directions without curvature get a small one instead.
Vector newton_step(const Derivatives& at, const std::array<bool, kMaxNormalisations>& fixed, std::size_t size) {
  Matrix lower{};
  Vector step{};
  for (std::size_t k = 0; k < size; ++k) {
    if (fixed[k]) continue;
    for (std::size_t l = 0; l <= k; ++l) {
      if (fixed[l]) continue;
      double sum = at.hessian[k][l];
      for (std::size_t m = 0; m < l; ++m) sum -= lower[k][m] * lower[l][m];
      if (k == l) {
        lower[k][k] = std::sqrt(std::max(sum, 1e-14 * at.hessian[k][k] + 1e-300));
      } else {
        lower[k][l] = sum / lower[l][l];
      }
    }
    double sum = -at.gradient[k];
    for (std::size_t m = 0; m < k; ++m) sum -= lower[k][m] * step[m];
    step[k] = sum / lower[k][k];
  }
  for (std::size_t k = size; k-- > 0;) {
    if (fixed[k]) continue;
    double sum = step[k];
    for (std::size_t m = k + 1; m < size; ++m) {
      if (!fixed[m]) sum -= lower[m][k] * step[m];
    }
    step[k] = sum / lower[k][k];
  }
  return step;
}

}  // namespace

std::size_t LinearModel::add(Normalisation normalisation, std::span<const double> counts) {
  assert(counts.size() == bins_ && normalisations_.size() < kMaxNormalisations);
  assert(normalisation.expected >= 0 && normalisation.sigma > 0);
  normalisations_.push_back(normalisation);
  counts_.insert(counts_.end(), counts.begin(), counts.end());
  return normalisations_.size() - 1;
}

double constrained_chi2(std::span<const double> observed, const LinearModel& model, std::span<const double> x) {
  assert(observed.size() == model.bins());
  std::vector<double> expected(model.bins());
  expect(model, x, expected);
  return deviance(observed, expected) + penalty(model, x);
}

PullFit minimise_over_pulls(std::span<const double> observed, const LinearModel& model) {
  assert(observed.size() == model.bins());
  constexpr int kMaxIterations = 200;
  constexpr double kTolerance = 1e-12;
  const std::size_t size = model.size();
  const std::size_t bins = model.bins();
  std::vector<double> room(3 * bins);
  const std::span<double> expected(room.data(), bins);
  const std::span<double> weights(room.data() + bins, 2 * bins);

  PullFit fit;
  for (std::size_t k = 0; k < size; ++k) fit.x[k] = model.normalisation(k).expected;
  const auto chi2_at = [&](const Vector& x) {
    expect(model, x, expected);
    return deviance(observed, expected) + penalty(model, x);
  };
  fit.chi2 = chi2_at(fit.x);
  while (std::isfinite(fit.chi2) && fit.iterations < kMaxIterations) {
    ++fit.iterations;
    const Derivatives at = derive(observed, model, fit.x, expected, weights);
    // Those that rest at zero and would be pushed below it stay out of the step (Bertsekas, SIAM J. Control Optim. 20
    // (1982) 221).
    std::array<bool, kMaxNormalisations> fixed{};
    for (std::size_t k = 0; k < size; ++k) fixed[k] = fit.x[k] <= 0 && at.gradient[k] >= 0;
    Vector step = newton_step(at, fixed, size);
    double decrement = 0;
    for (std::size_t k = 0; k < size; ++k) decrement -= at.gradient[k] * step[k];
    if (decrement <= kTolerance * (1 + fit.chi2)) {
      fit.converged = true;
      break;
    }
    double length = 1;
    bool lower = false;
    for (int halving = 0; halving < 60 && !lower; ++halving, length /= 2) {
      Vector next = fit.x;
      for (std::size_t k = 0; k < size; ++k) next[k] = std::max(0.0, fit.x[k] + length * step[k]);
      const double chi2 = chi2_at(next);
      if (chi2 < fit.chi2) {
        fit.x = next;
        fit.chi2 = chi2;
        lower = true;
      }
    }
    if (!lower) {
      // Nothing below in double precision: at the minimum if the last digits are all that is left.
      fit.converged = decrement <= 1e-7 * (1 + fit.chi2);
      break;
    }
  }
  return fit;
}

}  // namespace spillway::statistics
