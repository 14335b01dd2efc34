#include "detectors/physics/on_off.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "detectors/statistics/chi2_terms.hpp"

namespace spillway::detectors {
namespace {

using statistics::poisson_deviance;

/// The larger root of a x^2 - c x + d = 0, without cancellation; a > 0 and the roots are real.
double larger_root(double a, double c, double d) {
  const double root = std::sqrt(std::max(0.0, c * c - 4 * a * d));
  return c >= 0 ? (c + root) / (2 * a) : 2 * d / (c - root);
}

/// The value between `inside` (deviance below 1) and far beyond it in direction `step` at which the deviance is 1.
double crossing(double inside, double step, std::uint64_t on, std::uint64_t off, double alpha) {
  double outside = inside + step;
  while (on_off_deviance(outside, on, off, alpha) < 1) {
    inside = outside;
    step *= 2;
    outside += step;
  }
  for (int i = 0; i < 200; ++i) {
    const double middle = inside + (outside - inside) / 2;
    if (middle == inside || middle == outside) break;
    (on_off_deviance(middle, on, off, alpha) < 1 ? inside : outside) = middle;
  }
  return inside + (outside - inside) / 2;
}

}  // namespace

double on_off_deviance(double s, std::uint64_t on, std::uint64_t off, double alpha) {
  const auto n = static_cast<double>(on);
  const auto m = static_cast<double>(off);
  if (alpha == 0) return s < 0 ? std::numeric_limits<double>::infinity() : poisson_deviance(n, s);
  // Setting d ln L / db = 0 gives a quadratic for b, and the same with on and off exchanged for the mean of on. Each is
  // solved by itself, because s + alpha b loses all digits where the mean of on is small.
  const double a = 1 / alpha;
  double background = larger_root(1 + alpha, n + m - (1 + alpha) * s / alpha, -m * s / alpha);
  double mean_on = larger_root(1 + a, (1 + a) * s + n + m, n * s);
  if (s >= 0) mean_on = std::max(mean_on, s);
  if (s < 0) background = std::max(background, -s / alpha);
  background = std::max(background, 0.0);
  mean_on = std::max(mean_on, 0.0);
  return poisson_deviance(n, mean_on) + poisson_deviance(m, background);
}

OnOffExcess on_off_excess(std::uint64_t on, std::uint64_t off, double alpha) {
  assert(std::isfinite(alpha) && alpha >= 0);
  const auto n = static_cast<double>(on);
  const auto m = static_cast<double>(off);
  OnOffExcess result;
  result.excess = n - alpha * m;
  const double step = std::sqrt(n + alpha * alpha * m) + 0.1 * (1 + alpha);
  result.high = crossing(result.excess, step, on, off, alpha);
  result.low = crossing(result.excess, -step, on, off, alpha);
  if (alpha == 0 && on == 0) result.low = 0;
  const double root = std::sqrt(on_off_deviance(0, on, off, alpha));
  result.significance = result.excess < 0 ? -root : root;
  return result;
}

}  // namespace spillway::detectors
