#include "detectors/statistics/pulls.hpp"

#include <algorithm>
#include <cassert>

#include "detectors/statistics/chi2_terms.hpp"

namespace spillway::statistics {

std::size_t LinearModel::add(Normalisation normalisation, std::span<const double> counts) {
  assert(counts.size() == bins_ && size() < kMaxParameters);
  assert(normalisation.expected >= 0 && normalisation.sigma > 0);
  normalisations_.push_back(normalisation);
  counts_.insert(counts_.end(), counts.begin(), counts.end());
  return size() - 1;
}

void LinearModel::expect(std::span<const double> x, std::span<double> expected) const {
  std::fill(expected.begin(), expected.end(), 0.0);
  for (std::size_t k = 0; k < size(); ++k) {
    for (std::size_t i = 0; i < bins_; ++i) expected[i] += x[k] * counts(k)[i];
  }
}

double constrained_chi2(std::span<const double> observed, const LinearModel& model, std::span<const double> x) {
  assert(observed.size() == model.bins());
  std::vector<double> expected(model.bins());
  model.expect(x, expected);
  double chi2 = 0;
  for (std::size_t i = 0; i < observed.size(); ++i) chi2 += poisson_deviance(observed[i], expected[i]);
  for (std::size_t k = 0; k < model.size(); ++k) {
    const auto& [centre, sigma] = model.normalisation(k);
    chi2 += squared_pull(x[k], centre, sigma);
  }
  return chi2;
}

PoissonFitter pulls_fitter(std::span<const double> observed, const LinearModel& model) {
  assert(observed.size() == model.bins());
  std::vector<Parameter> parameters;
  parameters.reserve(model.size());
  for (std::size_t k = 0; k < model.size(); ++k) {
    const auto& [expected, sigma] = model.normalisation(k);
    parameters.push_back({.start = expected, .centre = expected, .sigma = sigma, .lowest = 0});
  }
  const auto linear = [&model](std::span<const double> x, std::span<double> counts, std::span<double> slopes) {
    model.expect(x, counts);
    std::copy(model.all_counts().begin(), model.all_counts().end(), slopes.begin());
  };
  return {{observed.begin(), observed.end()}, linear, std::move(parameters)};
}

PoissonFit minimise_over_pulls(std::span<const double> observed, const LinearModel& model) {
  return pulls_fitter(observed, model).minimise();
}

}  // namespace spillway::statistics
