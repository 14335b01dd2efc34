#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "detectors/statistics/interval.hpp"

namespace spillway::statistics {

/// Expected counts by bin, of which the fit varies the sum.
struct Template {
  std::vector<double> counts;                              ///< none negative, at least one above 0
  double sigma = std::numeric_limits<double>::infinity();  ///< Gaussian constraint in parts of the sum; infinite: free
};

struct TemplateFit {
  bool converged = false;           ///< false: nothing else means anything
  std::vector<double> events;       ///< best sum of each template, in their order
  std::vector<Interval> intervals;  ///< where the profiled chi2 rises by 1; an end may lie at 0
  std::vector<std::vector<double>> covariance;
  double significance = 0;  ///< of the first template: root of the rise of chi2 where it is taken away
  double chi2 = 0;          ///< Baker-Cousins, without the constraints
  std::size_t ndf = 0;      ///< bins with anything in them, less the templates that are free
};

/// The most templates of one fit.
inline constexpr std::size_t kMaxTemplates = 8;

/// Fits the sums of templates (never negative) to counts by maximum likelihood. The first template is the signal.
///
/// All have one value per bin. A bin with counts where no template expects any makes the likelihood zero everywhere:
/// not converged.
[[nodiscard]] TemplateFit fit_templates(std::span<const double> observed, std::span<const Template> templates);

/// The counts that a fit expects, by bin.
[[nodiscard]] std::vector<double> fitted_counts(const TemplateFit& fit, std::span<const Template> templates);

}  // namespace spillway::statistics
