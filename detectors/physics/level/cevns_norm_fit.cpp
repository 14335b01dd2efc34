#include "detectors/physics/level/cevns_norm_fit.hpp"

#include <cmath>

#include "detectors/physics/level/beam_dump.hpp"
#include "detectors/physics/level/cevns.hpp"

namespace spillway::physics::level {

CevnsCounts cevns_counts(double exposure_ton_years, double distance_m) {
  const CevnsSpectrum spectrum = cevns_spectrum(recoil_edges_kevnr());
  const CevnsRate rate = cevns_rate();
  const double total = kCevnsPerTonYear * exposure_ton_years;
  const double scale = total / rate.total() * flux_ratio(distance_m);
  CevnsCounts counts;
  double all_background = 0;
  for (std::size_t i = 0; i < spectrum.pions.size(); ++i) {
    counts.pions.push_back(scale * spectrum.pions[i]);
    counts.kaons.push_back(scale * (spectrum.ke3[i] + spectrum.kaon_line[i]));
    counts.background.push_back(std::exp(-spectrum.edges_kevnr[i] / kBackgroundFall_kevnr) -
                                std::exp(-spectrum.edges_kevnr[i + 1] / kBackgroundFall_kevnr));
    all_background += counts.background.back();
  }
  for (double& count : counts.background) count *= distance_m < kPositionFar_m ? total / all_background : 0;
  return counts;
}

CevnsNormFit::CevnsNormFit(double exposure_ton_years, double distance_m, bool systematics)
    : counts_(cevns_counts(exposure_ton_years, distance_m)), systematics_(systematics) {}

template <typename Scalar>
Scalar CevnsNormFit::count(const std::array<Scalar, kParameters>& x, std::size_t i) const {
  return x[kR] * x[kFlux] * (counts_.pions[i] + x[kKaons] * counts_.kaons[i]) + counts_.background[i];
}

std::vector<double> CevnsNormFit::asimov() const {
  std::vector<double> counts;
  for (std::size_t i = 0; i < bins(); ++i) counts.push_back(count(std::array{1.0, 1.0, 1.0}, i));
  return counts;
}

statistics::PoissonFitter CevnsNormFit::fitter(std::span<const double> observed, const Constraints& measured) const {
  return {{observed.begin(), observed.end()},
          [this](std::span<const double> x, std::span<double> counts, std::span<double> slopes) {
            const auto model = [this](const auto& at, std::size_t i) { return count(at, i); };
            statistics::differentiate<kParameters>(model, x, counts, slopes);
          },
          {{.start = 1, .centre = 1, .lowest = 0},
           {.start = 1, .centre = measured.flux, .sigma = kFluxUncertainty, .lowest = 0.01, .fixed = !systematics_},
           {.start = 1, .centre = measured.kaons, .sigma = kKaonUncertainty, .lowest = 0, .fixed = !systematics_}}};
}

std::optional<CevnsNormFit::Result> CevnsNormFit::fit(std::span<const double> observed) const {
  const statistics::PoissonFitter fitted = fitter(observed);
  const statistics::PoissonFit best = fitted.minimise();
  const auto r = fitted.interval(best, kR);
  if (!r) return std::nullopt;
  return Result{best, {best.x[kR], *r}};
}

}  // namespace spillway::physics::level
