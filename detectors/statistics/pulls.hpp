#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "detectors/statistics/poisson_fit.hpp"

namespace spillway::statistics {

/// One unknown normalisation, never negative, that multiplies its template of expected counts.
struct Normalisation {
  double expected = 1;  ///< where the fit starts, and what the constraint is centred on
  double sigma = std::numeric_limits<double>::infinity();  ///< Gaussian constraint; infinite where it is free
};

/// Expected counts that are linear in at most kMaxParameters normalisations: N_i = sum over k of x_k T_ki.
///
/// Samples are combined by putting their bins behind each other: a template that spans both shares its normalisation,
/// one that is zero in the bins of the other keeps it separate.
class LinearModel {
 public:
  explicit LinearModel(std::size_t bins) : bins_(bins) {}

  /// A template of one value per bin, none negative; returns the normalisation's index.
  std::size_t add(Normalisation normalisation, std::span<const double> counts);

  [[nodiscard]] std::size_t bins() const { return bins_; }
  [[nodiscard]] std::size_t size() const { return normalisations_.size(); }
  [[nodiscard]] const Normalisation& normalisation(std::size_t k) const { return normalisations_[k]; }
  [[nodiscard]] std::span<const double> counts(std::size_t k) const { return {counts_.data() + k * bins_, bins_}; }
  [[nodiscard]] std::span<double> counts(std::size_t k) { return {counts_.data() + k * bins_, bins_}; }
  /// Of all templates, one behind the other: what the expected counts grow by with each normalisation.
  [[nodiscard]] std::span<const double> all_counts() const { return counts_; }

  /// Fills the expected counts of all bins.
  void expect(std::span<const double> x, std::span<double> expected) const;

 private:
  std::size_t bins_;
  std::vector<Normalisation> normalisations_;
  std::vector<double> counts_;
};

/// poisson_deviance of all bins plus the constraints, sum over k of ((x_k - expected_k) / sigma_k)^2.
/// Source: Baxter et al., JHEP 02 (2020) 123, eqs. 4.3 and 4.4.
[[nodiscard]] double constrained_chi2(std::span<const double> observed, const LinearModel& model,
                                      std::span<const double> x);

/// What minimises it over all x_k >= 0, and profiles. The function is convex, so there is one minimum. The model must
/// outlive the fitter.
[[nodiscard]] PoissonFitter pulls_fitter(std::span<const double> observed, const LinearModel& model);

/// Minimises it over all x_k >= 0. The function is convex, so there is one minimum.
[[nodiscard]] PoissonFit minimise_over_pulls(std::span<const double> observed, const LinearModel& model);

}  // namespace spillway::statistics
