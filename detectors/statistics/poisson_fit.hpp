#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "detectors/statistics/dual.hpp"
#include "detectors/statistics/interval.hpp"

namespace spillway::statistics {

/// The most parameters of one fit.
inline constexpr std::size_t kMaxParameters = 8;

using Parameters = std::array<double, kMaxParameters>;

/// One parameter of a Poisson fit, free or with a Gaussian constraint around `centre`.
struct Parameter {
  double start = 1;
  double centre = 1;
  double sigma = std::numeric_limits<double>::infinity();  ///< infinite where it is free
  double lowest = -std::numeric_limits<double>::infinity();
  double highest = std::numeric_limits<double>::infinity();
  bool fixed = false;  ///< held at `start`
};

/// Fills the expected counts of all bins and their derivatives: slopes[k * bins + i] is that of bin i by parameter k.
/// Within the parameters' bounds no count may be negative.
using ExpectedCounts =
    std::function<void(std::span<const double> x, std::span<double> counts, std::span<double> slopes)>;

/// Fills them from a model of N parameters that is written once: model(x, i) is the expected count of bin i, for an
/// array x of N numbers or of N Dual<N>.
template <std::size_t N, typename Model>
void differentiate(const Model& model, std::span<const double> x, std::span<double> counts, std::span<double> slopes) {
  assert(x.size() == N && slopes.size() == N * counts.size());
  std::array<double, N> at{};
  std::copy_n(x.begin(), N, at.begin());
  const std::array<Dual<N>, N> parameters = variables(at);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const Dual<N> count = model(parameters, i);
    counts[i] = count.value;
    for (std::size_t k = 0; k < N; ++k) slopes[k * counts.size() + i] = count.gradient[k];
  }
}

struct PoissonFit {
  bool converged = false;  ///< false: nothing else means anything
  double chi2 = 0;         ///< Baker-Cousins chi2 plus the constraints
  double penalty = 0;      ///< the constraints' part of it
  Parameters x{};
  std::array<Parameters, kMaxParameters> covariance{};  ///< zero for a parameter that was fixed or rests at its bound
  int iterations = 0;
};

/// Minimises, over the parameters, the sum of the bins' poisson_deviance and the parameters' squared_pull.
///
/// Newton's method with exact first derivatives and, for the curvature, sum of n_i / N_i^2 times their products: exact
/// where the counts are linear in the parameters or follow the model. `observed` need not be whole (Asimov data).
class PoissonFitter {
 public:
  PoissonFitter(std::vector<double> observed, ExpectedCounts model, std::vector<Parameter> parameters);

  [[nodiscard]] std::size_t size() const { return parameters_.size(); }

  /// The minimum, from the parameters' starts.
  [[nodiscard]] PoissonFit minimise() const;

  /// The minimum over the others with some parameters held at their values in `x`; `x` is also where it starts.
  [[nodiscard]] PoissonFit minimise(const Parameters& x, const std::array<bool, kMaxParameters>& held) const;

  /// Where the chi2 profiled over all other parameters is `delta` above that of `fit` (as MINOS does; James & Roos,
  /// Comput. Phys. Commun. 10 (1975) 343). An end beyond a bound of the parameter is put there. None where the level is
  /// never reached or a fit on the way does not converge.
  [[nodiscard]] std::optional<Interval> interval(const PoissonFit& fit, std::size_t parameter, double delta = 1) const;

 private:
  struct Workspace;
  struct Derivatives;
  [[nodiscard]] double chi2(const Parameters& x, Workspace& at) const;
  [[nodiscard]] Derivatives derive(const Parameters& x, const std::array<bool, kMaxParameters>& still,
                                   Workspace& at) const;
  [[nodiscard]] std::optional<double> crossing(const PoissonFit& fit, std::size_t parameter, double delta,
                                               double direction) const;
  [[nodiscard]] double penalty(const Parameters& x) const;

  std::vector<double> observed_;
  ExpectedCounts model_;
  std::vector<Parameter> parameters_;
};

}  // namespace spillway::statistics
