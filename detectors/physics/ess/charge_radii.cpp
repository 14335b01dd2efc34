#include "detectors/physics/ess/charge_radii.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "daq/base/error.hpp"
#include "detectors/statistics/newton.hpp"

namespace spillway::physics::ess {
namespace {

using statistics::Expansion;

// The parameters of the fit: both diagonal radii, the root of what the transition one adds to the weights (so that it
// needs no bound), and behind them the normalisations.
constexpr std::size_t kElectron = 0;
constexpr std::size_t kMuon = 1;
constexpr std::size_t kTransition = 2;
constexpr std::size_t kRadii = 3;
static_assert(kRadii - 1 + statistics::kMaxParameters <= statistics::kMaxArguments);

std::size_t index_of(Radius radius) {
  switch (radius) {
    case Radius::kEe:
      return kElectron;
    case Radius::kMuMu:
      return kMuon;
    case Radius::kEMu:
      return kTransition;
  }
  return kTransition;
}

/// Signal of a bin before its pull, and its derivatives by the radii; the second ones have no mixed terms.
struct Signal {
  double value = 0;
  std::array<double, kRadii> first{};
  std::array<double, kRadii> second{};
};

class RadiusChi2 {
 public:
  RadiusChi2(const Measurement& measurement, TransitionPower power) : measurement_(measurement) {
    for (const Measurement::Part& part : measurement.parts()) {
      kappa_.push_back(radius_coupling(part.nucleus));
      transition_.push_back(transition_coupling(part.nucleus, power));
    }
  }

  /// At (r_ee, r_mumu, s, normalisations...), with s^2 = |r_emu| or r_emu^2.
  [[nodiscard]] Expansion operator()(std::span<const double> x) const {
    Expansion result;
    const statistics::LinearModel& model = measurement_.standard_model();
    for (std::size_t k = 0; k < model.size(); ++k) {
      const auto& [expected, sigma] = model.normalisation(k);
      const double pull = (x[kRadii + k] - expected) / sigma;
      if (x[kRadii + k] <= 0) return wall();
      result.value += pull * pull;
      result.gradient[kRadii + k] += 2 * pull / sigma;
      result.hessian[kRadii + k][kRadii + k] += 2 / (sigma * sigma);
    }
    const auto parts = measurement_.parts();
    for (std::size_t p = 0; p < parts.size(); ++p) {
      for (std::size_t i = 0; i < parts[p].bins.size(); ++i) {
        add(parts[p], signal(parts[p].bins[i], p, x), i, x, result);
      }
    }
    return result;
  }

 private:
  static Expansion wall() {
    Expansion result;
    result.value = std::numeric_limits<double>::infinity();
    return result;
  }

  [[nodiscard]] Signal signal(const Bin& bin, std::size_t part, std::span<const double> x) const {
    const double kappa = kappa_[part];
    const double electron = bin.signal[physics::index_of(Flavour::kNuE)];
    const double muon = bin.total_signal() - electron;
    const double all = transition_[part] * bin.total_signal();
    const double e = 1 + kappa * x[kElectron];
    const double mu = 1 + kappa * x[kMuon];
    const double s = x[kTransition];
    return {e * e * electron + mu * mu * muon + s * s * all,
            {2 * kappa * e * electron, 2 * kappa * mu * muon, 2 * s * all},
            {2 * kappa * kappa * electron, 2 * kappa * kappa * muon, 2 * all}};
  }

  void add(const Measurement::Part& part, const Signal& signal, std::size_t i, std::span<const double> x,
           Expansion& result) const {
    const double n = measurement_.observed()[part.first_bin + i];
    const std::size_t a = kRadii + part.signal;
    const std::size_t b = kRadii + part.background;
    const double background = part.bins[i].background;
    const double mean = x[a] * signal.value + x[b] * background;
    if (n == 0 && mean == 0) return;
    const double difference = (mean - n) / n;
    result.value += 2 * n * (difference - std::log1p(difference));
    const double slope = 2 * (1 - n / mean);
    const double bend = 2 * n / (mean * mean);
    const std::array<std::size_t, kRadii + 2> index = {kElectron, kMuon, kTransition, a, b};
    const std::array<double, kRadii + 2> first = {x[a] * signal.first[0], x[a] * signal.first[1],
                                                  x[a] * signal.first[2], signal.value, background};
    for (std::size_t k = 0; k < index.size(); ++k) {
      result.gradient[index[k]] += slope * first[k];
      for (std::size_t l = 0; l < index.size(); ++l) result.hessian[index[k]][index[l]] += bend * first[k] * first[l];
    }
    for (std::size_t k = 0; k < kRadii; ++k) {
      result.hessian[k][k] += slope * x[a] * signal.second[k];
      result.hessian[k][a] += slope * signal.first[k];
      result.hessian[a][k] += slope * signal.first[k];
    }
  }

  const Measurement& measurement_;
  std::vector<double> kappa_;
  std::vector<double> transition_;
};

/// The same function with one parameter held.
Expansion without(const Expansion& full, std::size_t held, std::size_t size) {
  Expansion result;
  result.value = full.value;
  for (std::size_t k = 0, from = 0; from < size; ++from) {
    if (from == held) continue;
    result.gradient[k] = full.gradient[from];
    for (std::size_t l = 0, column = 0; column < size; ++column) {
      if (column != held) result.hessian[k][l++] = full.hessian[from][column];
    }
    ++k;
  }
  return result;
}

}  // namespace

double chi2_of_radius(const Measurement& measurement, Radius radius, double value, TransitionPower power) {
  const RadiusChi2 chi2(measurement, power);
  const std::size_t held = index_of(radius);
  const std::size_t size = kRadii + measurement.standard_model().size();
  std::vector<double> x(size, 1.0);
  const double root = power == TransitionPower::kFirst ? std::sqrt(std::abs(value)) : std::abs(value);
  const auto at = [&](std::span<const double> free) {
    for (std::size_t k = 0, l = 0; k < size; ++k) x[k] = k == held ? (held == kTransition ? root : value) : free[l++];
    return std::span<const double>(x);
  };
  const double kappa = radius_coupling(measurement.parts().front().nucleus);
  const double unit = 1 / std::sqrt(transition_coupling(measurement.parts().front().nucleus, power));

  double least = std::numeric_limits<double>::infinity();
  // Weak charges near the standard model's and near its mirror image, each a little off the symmetric point.
  for (const double electron : {-0.1, -1.9}) {
    for (const double muon : {-0.1, -1.9}) {
      if (held == kElectron && electron != -0.1) continue;
      if (held == kMuon && muon != -0.1) continue;
      for (const double transition : {0.1, 0.7}) {
        if (held == kTransition && transition != 0.1) continue;
        std::vector<double> start(size, 1.0);
        start[kElectron] = electron / kappa;
        start[kMuon] = muon / kappa;
        start[kTransition] = transition * unit;
        start.erase(start.begin() + static_cast<std::ptrdiff_t>(held));
        const statistics::Minimum found = statistics::minimise(
            [&](std::span<const double> free) { return without(chi2(at(free)), held, size); }, start);
        if (found.converged) least = std::min(least, found.value);
      }
    }
  }
  if (!std::isfinite(least)) throw Error(fmt::format("no charge radii fit beside a radius of {}e-32 cm2", value));
  return least;
}

}  // namespace spillway::physics::ess
