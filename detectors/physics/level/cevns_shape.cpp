#include "detectors/physics/level/cevns_shape.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "detectors/physics/level/beam_dump.hpp"
#include "detectors/physics/level/cevns_norm_fit.hpp"
#include "detectors/statistics/chi2_terms.hpp"
#include "detectors/statistics/cholesky.hpp"
#include "detectors/statistics/dual.hpp"

namespace spillway::physics::level {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kChi2OfOneSigma = 4.719;
constexpr double kChi2OfThreeSigma = 16.251;

bool within_priors(std::span<const double> x) {
  for (std::size_t k = 0; k < kShapeParameters; ++k) {
    if (!(x[k] >= kShapePriors[k].range.low && x[k] <= kShapePriors[k].range.high)) return false;
  }
  return true;
}

CevnsShape shape_of(std::span<const double> x) {
  return {x[0], x[1], x[2], x[3]};
}

}  // namespace

CevnsShapeFit::CevnsShapeFit(const ShapeSet& truth, double exposure_ton_years, double distance_m, bool systematics)
    : truth_(truth), systematics_(systematics) {
  const std::vector<double> edges = recoil_edges_kevnr();
  for (const FluxNode& flux : flux_nodes()) {
    Node node{flux.energy_mev, std::log(flux.energy_mev / kShapeReference_mev), flux.flux, flux.from_kaons, {}};
    const double all = cevns_argon_above_threshold(flux.energy_mev);
    for (std::size_t i = 0; i < kRecoilBins; ++i) {
      node.share[i] = all > 0 ? cevns_argon_between(flux.energy_mev, edges[i], edges[i + 1]) / all : i == 0 ? 1 : 0;
    }
    nodes_.push_back(node);
  }
  const Signal unscaled = signal(truth.shape);
  double sum = 0;
  for (std::size_t i = 0; i < kRecoilBins; ++i) sum += unscaled.pions[i] + unscaled.kaons[i];
  const double scale = kCevnsPerTonYear * exposure_ton_years * flux_ratio(distance_m) / sum;
  for (Node& node : nodes_) node.weight *= scale;
  background_ = cevns_counts(exposure_ton_years, distance_m).background;
  const Signal expected = signal(truth.shape);
  for (std::size_t i = 0; i < kRecoilBins; ++i) {
    observed_.push_back(expected.pions[i] + expected.kaons[i] + background_[i]);
  }
}

CevnsShapeFit::Signal CevnsShapeFit::signal(const CevnsShape& shape) const {
  Signal result;
  for (const Node& node : nodes_) {
    if (node.energy_mev <= shape.threshold_mev) continue;
    const double events =
        node.weight * shape.normalisation *
        std::exp(shape.gamma1 * node.log_energy + shape.gamma2 * std::log(1 - shape.threshold_mev / node.energy_mev));
    auto& counts = node.from_kaons ? result.kaons : result.pions;
    for (std::size_t i = 0; i < kRecoilBins; ++i) counts[i] += events * node.share[i];
  }
  return result;
}

CevnsShapeFit::Profile CevnsShapeFit::profile(const Signal& signal) const {
  using statistics::poisson_deviance;
  using statistics::squared_pull;
  constexpr int kMaxIterations = 20;
  constexpr double kTolerance = 1e-9;
  std::array<double, 2> at = {1, 1};
  for (int iteration = 0;; ++iteration) {
    const auto [flux, kaons] = statistics::variables(at);
    statistics::Dual<2, 2> chi2 =
        squared_pull(tangent(flux), 1, kFluxUncertainty) + squared_pull(tangent(kaons), 1, kKaonUncertainty);
    for (std::size_t i = 0; i < kRecoilBins; ++i) {
      // The counts' own second derivatives stay out, so that chi2 is convex.
      const auto mean = tangent(flux * (signal.pions[i] + kaons * signal.kaons[i]) + background_[i]);
      chi2 += poisson_deviance(observed_[i], mean);
    }
    if (!std::isfinite(chi2.value)) return {kInfinity, 0};
    if (!systematics_) return {chi2.value, 0};
    const statistics::Cholesky<2> hessian(
        {{{chi2.second(0, 0), chi2.second(0, 1)}, {chi2.second(1, 0), chi2.second(1, 1)}}}, 2);
    const std::array<double, 2> step = hessian.solve({-chi2.gradient[0], -chi2.gradient[1]});
    const double decrement = -(chi2.gradient[0] * step[0] + chi2.gradient[1] * step[1]) / 2;
    if (decrement < kTolerance || iteration == kMaxIterations) {
      return {chi2.value, 2 * std::log(hessian.lower()[0][0] * hessian.lower()[1][1] / 2)};
    }
    at = {std::max(at[0] + step[0], 0.01), std::max(at[1] + step[1], 0.0)};
  }
}

double CevnsShapeFit::profiled_chi2(const CevnsShape& shape) const {
  return profile(signal(shape)).chi2;
}

statistics::Samples CevnsShapeFit::sample(const statistics::SamplerSettings& settings) const {
  const CevnsShape& start = truth_.shape;
  const std::array centre = {start.normalisation, start.gamma1, start.threshold_mev, start.gamma2};
  const std::array spread = {0.1, 0.2, 1.0, 0.3};
  const auto density = [&](std::span<const double> x) {
    if (!within_priors(x)) return -kInfinity;
    const Profile best = profile(signal(shape_of(x)));
    return -(best.chi2 + best.log_determinant) / 2;
  };
  return statistics::sample(density, centre, spread, settings);
}

std::vector<BandPoint> allowed_band(const CevnsShapeFit& fit, const statistics::Samples& samples,
                                    std::span<const double> energies_mev) {
  std::vector<BandPoint> band;
  const double sigma0 = fit.truth().sigma0_cm2;
  for (const double energy : energies_mev) {
    const double truth = shape_cross_section(sigma0, fit.truth().shape, energy);
    band.push_back({energy, truth, {truth, truth}, {truth, truth}});
  }
  const auto widen = [](statistics::Interval& interval, double value) {
    interval = {std::min(interval.low, value), std::max(interval.high, value)};
  };
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const bool stayed = i >= samples.walkers && samples.at(i)[0] == samples.at(i - samples.walkers)[0];
    if (stayed) continue;
    const CevnsShape shape = shape_of(samples.at(i));
    const double chi2 = fit.profiled_chi2(shape);
    if (chi2 > kChi2OfThreeSigma) continue;
    for (BandPoint& point : band) {
      const double value = shape_cross_section(sigma0, shape, point.energy_mev);
      widen(point.three_sigma, value);
      if (chi2 <= kChi2OfOneSigma) widen(point.one_sigma, value);
    }
  }
  return band;
}

}  // namespace spillway::physics::level
