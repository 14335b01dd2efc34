#include "detectors/physics/ess/charge_radii.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "daq/base/error.hpp"
#include "detectors/statistics/chi2_terms.hpp"
#include "detectors/statistics/dual.hpp"
#include "detectors/statistics/newton.hpp"

namespace spillway::physics::ess {
namespace {

using statistics::Dual;
using statistics::Expansion;

// Both diagonal radii, and the root of what the transition one adds to the weights (so that it needs no bound).
constexpr std::size_t kElectron = 0;
constexpr std::size_t kMuon = 1;
constexpr std::size_t kTransition = 2;
constexpr std::size_t kRadii = 3;
// One of them is held, the other two are fitted; the normalisations stand behind those.
constexpr std::size_t kFree = kRadii - 1;
static_assert(kFree + statistics::kMaxParameters <= statistics::kMaxArguments);

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

class RadiusChi2 {
 public:
  /// With the radius of index `held` at `value`.
  RadiusChi2(const Measurement& measurement, TransitionPower power, std::size_t held, double value)
      : measurement_(measurement), power_(power), held_(held), value_(value) {}

  /// At (the free ones of r_ee, r_mumu and s, normalisations...), with s^2 = |r_emu| or r_emu^2.
  [[nodiscard]] Expansion operator()(std::span<const double> x) const {
    Expansion result;
    const statistics::LinearModel& model = measurement_.standard_model();
    for (std::size_t k = 0; k < model.size(); ++k) {
      const double normalisation = x[kFree + k];
      if (normalisation <= 0) return wall();
      const auto& [centre, sigma] = model.normalisation(k);
      result.add(statistics::squared_pull(Dual<1, 2>::variable(normalisation, 0), centre, sigma), {kFree + k});
    }
    for (const Measurement::Part& part : measurement_.parts()) {
      const std::array<std::size_t, kFree + 2> arguments = {0, 1, kFree + part.signal, kFree + part.background};
      std::array<double, kFree + 2> at{};
      for (std::size_t k = 0; k < at.size(); ++k) at[k] = x[arguments[k]];
      result.add(chi2_of(part, statistics::variables<2>(at)), arguments);
    }
    return result;
  }

 private:
  using Scalar = Dual<kFree + 2, 2>;

  static Expansion wall() {
    Expansion result;
    result.value = std::numeric_limits<double>::infinity();
    return result;
  }

  /// Of the part's bins, at (the free two of r_ee, r_mumu and s, its signal's normalisation, its background's).
  /// Eq. 4.12.
  [[nodiscard]] Scalar chi2_of(const Measurement::Part& part, const std::array<Scalar, kFree + 2>& x) const {
    std::array<Scalar, kRadii> radii;
    for (std::size_t k = 0, free = 0; k < kRadii; ++k) radii[k] = k == held_ ? Scalar(value_) : x[free++];
    const Scalar& signal = x[kFree];
    const Scalar& background = x[kFree + 1];
    const double kappa = radius_coupling(part.nucleus);
    const Scalar transition = transition_coupling(part.nucleus, power_) * radii[kTransition] * radii[kTransition];
    const auto weight = [&](const Scalar& radius) { return (1 + kappa * radius) * (1 + kappa * radius) + transition; };
    const Scalar electron = signal * weight(radii[kElectron]);
    const Scalar muon = signal * weight(radii[kMuon]);
    Scalar chi2;
    for (std::size_t i = 0; i < part.bins.size(); ++i) {
      const Bin& bin = part.bins[i];
      const double nu_e = bin.signal[physics::index_of(Flavour::kNuE)];
      const Scalar mean = nu_e * electron + (bin.total_signal() - nu_e) * muon + bin.background * background;
      chi2 += statistics::poisson_deviance(measurement_.observed()[part.first_bin + i], mean);
    }
    return chi2;
  }

  const Measurement& measurement_;
  TransitionPower power_;
  std::size_t held_;
  double value_;
};

}  // namespace

double chi2_of_radius(const Measurement& measurement, Radius radius, double value, TransitionPower power) {
  const std::size_t held = index_of(radius);
  const double root = power == TransitionPower::kFirst ? std::sqrt(std::abs(value)) : std::abs(value);
  const RadiusChi2 chi2(measurement, power, held, held == kTransition ? root : value);
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
        std::vector<double> start(kRadii + measurement.standard_model().size(), 1.0);
        start[kElectron] = electron / kappa;
        start[kMuon] = muon / kappa;
        start[kTransition] = transition * unit;
        start.erase(start.begin() + static_cast<std::ptrdiff_t>(held));
        const statistics::Minimum found = statistics::minimise(chi2, start);
        if (found.converged) least = std::min(least, found.value);
      }
    }
  }
  if (!std::isfinite(least)) throw Error(fmt::format("no charge radii fit beside a radius of {}e-32 cm2", value));
  return least;
}

}  // namespace spillway::physics::ess
