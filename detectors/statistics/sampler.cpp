#include "detectors/statistics/sampler.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>
#include <numeric>

#include "daq/base/error.hpp"
#include "daq/base/random.hpp"

namespace spillway::statistics {
namespace {

constexpr double kStretch = 2;
constexpr double kStretchMoves = 0.5;  // part of all moves
constexpr double kWorstScaleReduction = 1.01;
constexpr double kLeastEffective = 400;

double gaussian(Draw& draw) {
  return std::sqrt(-2 * std::log(1 - draw.uniform())) * std::cos(2 * std::numbers::pi * draw.uniform());
}

class Ensemble {
 public:
  Ensemble(const LogDensity& density, std::span<const double> centre, std::span<const double> spread,
           std::size_t walkers, std::uint64_t key)
      : density_(density), dimensions_(centre.size()), walkers_(walkers), draw_(key), trial_(dimensions_) {
    constexpr int kTries = 10000;
    for (std::size_t walker = 0; walker < walkers; ++walker) {
      double value = -std::numeric_limits<double>::infinity();
      for (int attempt = 0; attempt < kTries && !std::isfinite(value); ++attempt) {
        for (std::size_t d = 0; d < dimensions_; ++d) trial_[d] = centre[d] + spread[d] * gaussian(draw_);
        value = density(trial_);
      }
      if (!std::isfinite(value)) throw Error("the sampler found no point of finite density to start from");
      positions_.insert(positions_.end(), trial_.begin(), trial_.end());
      values_.push_back(value);
    }
  }

  /// Each half of the walkers moves by where those of the other half are, which stand still.
  void step() {
    for (std::size_t walker = 0; walker < walkers_; ++walker) {
      const double log_weight = draw_.uniform() < kStretchMoves ? stretch(walker) : differ(walker);
      const double value = density_(trial_);
      if (!(std::log(1 - draw_.uniform()) < log_weight + value - values_[walker])) continue;
      std::copy(trial_.begin(), trial_.end(), position(walker));
      values_[walker] = value;
      ++accepted_;
    }
  }

  void append_to(Samples& samples) const {
    samples.values.insert(samples.values.end(), positions_.begin(), positions_.end());
    samples.log_density.insert(samples.log_density.end(), values_.begin(), values_.end());
  }
  [[nodiscard]] std::size_t accepted() const { return accepted_; }

 private:
  [[nodiscard]] double* position(std::size_t walker) { return positions_.data() + walker * dimensions_; }
  /// One of the half that `walker` is not in.
  [[nodiscard]] const double* pick(std::size_t walker) {
    const std::size_t half = walkers_ / 2;
    return position((walker < half ? half : 0) + static_cast<std::size_t>(draw_.uniform() * static_cast<double>(half)));
  }

  /// Along the line to another; returns the logarithm of what the move's asymmetry weighs.
  double stretch(std::size_t walker) {
    const double* other = pick(walker);
    const double root = (kStretch - 1) * draw_.uniform() + 1;
    const double factor = root * root / kStretch;
    for (std::size_t d = 0; d < dimensions_; ++d) trial_[d] = std::lerp(other[d], position(walker)[d], factor);
    return static_cast<double>(dimensions_ - 1) * std::log(factor);
  }

  /// By the difference of two others.
  double differ(std::size_t walker) {
    const double* a = pick(walker);
    const double* b = pick(walker);
    const double usual = 2.38 / std::sqrt(2 * static_cast<double>(dimensions_));
    const double factor = usual * (0.5 + draw_.uniform());
    for (std::size_t d = 0; d < dimensions_; ++d) trial_[d] = position(walker)[d] + factor * (a[d] - b[d]);
    return 0;
  }

  const LogDensity& density_;
  std::size_t dimensions_;
  std::size_t walkers_;
  Draw draw_;
  std::vector<double> trial_;
  std::vector<double> positions_;
  std::vector<double> values_;
  std::size_t accepted_ = 0;
};

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Integrated autocorrelation time with the window of Sokal: as far as five times itself.
double autocorrelation_time(std::span<const double> series) {
  const double mean = mean_of(series);
  double variance = 0;
  for (const double value : series) variance += (value - mean) * (value - mean);
  if (variance <= 0) return 1;
  double time = 1;
  for (std::size_t lag = 1; lag < series.size(); ++lag) {
    double sum = 0;
    for (std::size_t i = 0; i + lag < series.size(); ++i) sum += (series[i] - mean) * (series[i + lag] - mean);
    time += 2 * sum / variance;
    if (static_cast<double>(lag) >= 5 * time) break;
  }
  return std::max(time, 1.0);
}

void diagnose(Samples& samples, const SamplerSettings& settings) {
  const std::size_t per_ensemble = settings.steps * settings.walkers;
  samples.converged = true;
  for (std::size_t d = 0; d < samples.dimensions; ++d) {
    const std::vector<double> column = samples.column(d);
    std::vector<double> means;
    double within = 0;
    const std::size_t half = per_ensemble / 2;
    for (std::size_t sequence = 0; sequence < 2 * settings.ensembles; ++sequence) {
      const std::size_t begin = sequence / 2 * per_ensemble + sequence % 2 * half;
      const std::span<const double> values(column.data() + begin, half);
      means.push_back(mean_of(values));
      double sum = 0;
      for (const double value : values) sum += (value - means.back()) * (value - means.back());
      within += sum / static_cast<double>(half - 1) / static_cast<double>(2 * settings.ensembles);
    }
    const double mean = mean_of(means);
    double between = 0;
    for (const double value : means) between += (value - mean) * (value - mean) / static_cast<double>(means.size() - 1);
    samples.r_hat.push_back(within > 0 ? std::sqrt(1 + between / within) : std::numeric_limits<double>::infinity());

    double time = 0;
    std::vector<double> series(settings.steps);
    for (std::size_t ensemble = 0; ensemble < settings.ensembles; ++ensemble) {
      for (std::size_t step = 0; step < settings.steps; ++step) {
        const std::size_t begin = ensemble * per_ensemble + step * settings.walkers;
        series[step] = mean_of(std::span(column.data() + begin, settings.walkers));
      }
      time += autocorrelation_time(series) / static_cast<double>(settings.ensembles);
    }
    samples.autocorrelation.push_back(time);
    samples.converged = samples.converged && samples.r_hat.back() < kWorstScaleReduction;
  }
  samples.converged = samples.converged && samples.effective_size() >= kLeastEffective;
}

}  // namespace

std::vector<double> Samples::column(std::size_t dimension) const {
  std::vector<double> result(size());
  for (std::size_t i = 0; i < size(); ++i) result[i] = values[i * dimensions + dimension];
  return result;
}

double Samples::effective_size() const {
  return static_cast<double>(size()) / *std::max_element(autocorrelation.begin(), autocorrelation.end());
}

Samples sample(const LogDensity& density, std::span<const double> centre, std::span<const double> spread,
               const SamplerSettings& settings) {
  assert(centre.size() == spread.size() && !centre.empty());
  assert(settings.walkers % 2 == 0 && settings.walkers > 2 * centre.size());
  assert(settings.steps >= 4 && settings.ensembles >= 1);
  Samples samples;
  samples.dimensions = centre.size();
  samples.walkers = settings.walkers;
  std::size_t accepted = 0;
  for (std::size_t i = 0; i < settings.ensembles; ++i) {
    Ensemble ensemble(density, centre, spread, settings.walkers, hash_key(settings.seed, "sampler", i));
    for (std::size_t step = 0; step < settings.burn_in; ++step) ensemble.step();
    for (std::size_t step = 0; step < settings.steps; ++step) {
      ensemble.step();
      ensemble.append_to(samples);
    }
    accepted += ensemble.accepted();
  }
  samples.acceptance = static_cast<double>(accepted) /
                       static_cast<double>(settings.ensembles * settings.walkers * (settings.burn_in + settings.steps));
  diagnose(samples, settings);
  return samples;
}

}  // namespace spillway::statistics
