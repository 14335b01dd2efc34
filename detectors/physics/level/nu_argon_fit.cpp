#include "detectors/physics/level/nu_argon_fit.hpp"

#include <algorithm>
#include <cmath>

#include "detectors/physics/facilities.hpp"
#include "detectors/physics/level/beam_dump.hpp"

namespace spillway::physics::level {
namespace {

using statistics::Interval;
using statistics::PoissonFit;

/// Events of a tilted bin. ln(E / E0) varies little within it, so mean and variance are all that matters of its
/// distribution: the mean of exp(gamma u) is exp(gamma <u> + gamma^2 var(u) / 2).
template <typename Scalar>
Scalar tilted(const TiltedBin& bin, const Scalar& gamma) {
  using std::exp;
  if (bin.events == 0) return 0;
  return bin.events * exp(gamma * (bin.mean_log + gamma * (bin.variance_log / 2)));
}

}  // namespace

double hundred_ton_dumps(double exposure_ton_years) {
  return exposure_ton_years / 100 * kLhcDumpsPerYear;
}

NuArgonFit::NuArgonFit(double exposure_ton_years, double distance_m, bool systematics) : systematics_(systematics) {
  const NuArgonSpectrum spectrum = nu_e_argon_spectrum();
  const double scale = hundred_ton_dumps(exposure_ton_years) * flux_ratio(distance_m);
  for (std::size_t i = 0; i < spectrum.pions.size(); ++i) {
    if (spectrum.edges_mev[i] < kFitBegin_mev || spectrum.pions[i].events + spectrum.kaons[i].events == 0) continue;
    pions_.push_back(spectrum.pions[i]);
    kaons_.push_back(spectrum.kaons[i]);
    pions_.back().events *= scale;
    kaons_.back().events *= scale;
  }
}

template <typename Scalar>
Scalar NuArgonFit::count(const std::array<Scalar, kParameters>& x, std::size_t i) const {
  return x[kR] * x[kFlux] * (tilted(pions_[i], x[kGamma]) + x[kKaons] * tilted(kaons_[i], x[kGamma]));
}

void NuArgonFit::expect(std::span<const double> x, std::span<double> counts, std::span<double> slopes) const {
  statistics::differentiate<kParameters>([this](const auto& at, std::size_t i) { return count(at, i); }, x, counts,
                                         slopes);
}

std::vector<double> NuArgonFit::asimov() const {
  std::vector<double> counts;
  for (std::size_t i = 0; i < bins(); ++i) counts.push_back(count(std::array{1.0, 0.0, 1.0, 1.0}, i));
  return counts;
}

statistics::PoissonFitter NuArgonFit::fitter(std::span<const double> observed, const Constraints& measured) const {
  return {{observed.begin(), observed.end()},
          [this](std::span<const double> x, std::span<double> counts, std::span<double> slopes) {
            expect(x, counts, slopes);
          },
          {{.start = 1, .centre = 1, .lowest = 1e-6},
           {.start = 0, .centre = 0, .lowest = -20, .highest = 20},
           {.start = 1, .centre = measured.flux, .sigma = kFluxUncertainty, .lowest = 0.01, .fixed = !systematics_},
           {.start = 1, .centre = measured.kaons, .sigma = kKaonUncertainty, .lowest = 0, .fixed = !systematics_}}};
}

std::optional<NuArgonFit::Result> NuArgonFit::fit(std::span<const double> observed) const {
  const statistics::PoissonFitter fitted = fitter(observed);
  const PoissonFit best = fitted.minimise();
  const auto r = fitted.interval(best, kR);
  const auto gamma = fitted.interval(best, kGamma);
  if (!r || !gamma) return std::nullopt;
  return Result{best, {best.x[kR], *r}, {best.x[kGamma], *gamma}};
}

statistics::Contours NuArgonFit::contours(std::span<const double> observed, const Result& result, double delta) const {
  const statistics::PoissonFitter fitted = fitter(observed);
  const auto rise = [&](double r, double gamma) {
    if (r <= 0) return 1e300;
    statistics::Parameters x = result.fit.x;
    x[kR] = r;
    x[kGamma] = gamma;
    return fitted.minimise(x, {true, true}).chi2 - result.fit.chi2;
  };
  const double widths = 1.3 * std::sqrt(delta);
  const auto around = [&](const Range& range) {
    return Interval{range.best - widths * (range.best - range.interval.low),
                    range.best + widths * (range.interval.high - range.best)};
  };
  return statistics::trace_contours(rise, delta, {around(result.r), around(result.gamma)}, 48);
}

}  // namespace spillway::physics::level
