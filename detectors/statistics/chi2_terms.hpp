#pragma once

#include <cmath>
#include <limits>

namespace spillway::statistics {

/// Twice the Poisson log likelihood ratio of one count, 2 [N - n + n ln(n / N)]; `observed` n need not be whole.
/// Infinite where nothing is expected and something observed. Source: Baker & Cousins, NIM 221 (1984) 437.
template <typename Scalar>
[[nodiscard]] Scalar poisson_deviance(double observed, const Scalar& mean) {
  using std::log1p;
  if (observed == 0) return 2 * mean;
  if (!(mean > 0)) return std::numeric_limits<double>::infinity();
  // Near its minimum ln(n / N) itself would lose what is looked for.
  const Scalar x = (mean - observed) / observed;
  return 2 * observed * (x - log1p(x));
}

/// ((x - centre) / sigma)^2, what a Gaussian constraint adds; nothing where sigma is infinite.
template <typename Scalar>
[[nodiscard]] Scalar squared_pull(const Scalar& x, double centre, double sigma) {
  const Scalar pull = (x - centre) / sigma;
  return pull * pull;
}

}  // namespace spillway::statistics
