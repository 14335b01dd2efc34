#include "detectors/statistics/template_fit.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

#include "detectors/statistics/pulls.hpp"

namespace spillway::statistics {

TemplateFit fit_templates(std::span<const double> observed, std::span<const Template> templates) {
  static_assert(kMaxTemplates <= kMaxParameters);
  assert(!templates.empty() && templates.size() <= kMaxTemplates);
  const std::size_t bins = observed.size();
  LinearModel model(bins);
  for (const Template& part : templates) {
    const double sum = std::accumulate(part.counts.begin(), part.counts.end(), 0.0);
    std::vector<double> shape;
    for (const double count : part.counts) shape.push_back(count / sum);
    model.add({.expected = sum, .sigma = sum * part.sigma}, shape);
  }
  const PoissonFitter fitter = pulls_fitter(observed, model);
  const PoissonFit fit = fitter.minimise();

  TemplateFit result;
  if (!fit.converged) return result;
  Parameters without = fit.x;
  without[0] = 0;
  const PoissonFit background = fitter.minimise(without, {true});
  result.significance = std::sqrt(std::max(0.0, background.chi2 - fit.chi2));
  result.chi2 = fit.chi2 - fit.penalty;
  std::size_t free = 0;
  for (std::size_t k = 0; k < templates.size(); ++k) {
    const auto interval = fitter.interval(fit, k);
    if (!interval) return result;
    result.events.push_back(fit.x[k]);
    result.intervals.push_back(*interval);
    result.covariance.emplace_back(fit.covariance[k].begin(), fit.covariance[k].begin() + templates.size());
    if (std::isinf(templates[k].sigma)) ++free;
  }
  std::size_t used = 0;
  for (std::size_t i = 0; i < bins; ++i) {
    const bool expected =
        std::any_of(templates.begin(), templates.end(), [i](const Template& part) { return part.counts[i] > 0; });
    if (expected || observed[i] > 0) ++used;
  }
  result.ndf = used - std::min(used, free);
  result.converged = true;
  return result;
}

std::vector<double> fitted_counts(const TemplateFit& fit, std::span<const Template> templates) {
  std::vector<double> counts(templates[0].counts.size());
  for (std::size_t k = 0; k < templates.size(); ++k) {
    const auto& part = templates[k].counts;
    const double scale = fit.events[k] / std::accumulate(part.begin(), part.end(), 0.0);
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += scale * part[i];
  }
  return counts;
}

}  // namespace spillway::statistics
