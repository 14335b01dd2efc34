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

void CevnsNormFit::expect(std::span<const double> x, std::span<double> counts, std::span<double> slopes) const {
  const std::size_t size = bins();
  for (std::size_t i = 0; i < size; ++i) {
    const double unscaled = counts_.pions[i] + x[kKaons] * counts_.kaons[i];
    counts[i] = x[kR] * x[kFlux] * unscaled + counts_.background[i];
    slopes[kR * size + i] = x[kFlux] * unscaled;
    slopes[kFlux * size + i] = x[kR] * unscaled;
    slopes[kKaons * size + i] = x[kR] * x[kFlux] * counts_.kaons[i];
  }
}

std::vector<double> CevnsNormFit::asimov() const {
  std::vector<double> counts(bins());
  std::vector<double> slopes(3 * bins());
  expect(std::array{1.0, 1.0, 1.0}, counts, slopes);
  return counts;
}

statistics::PoissonFitter CevnsNormFit::fitter(std::span<const double> observed, const Constraints& measured) const {
  return {{observed.begin(), observed.end()},
          [this](std::span<const double> x, std::span<double> counts, std::span<double> slopes) {
            expect(x, counts, slopes);
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
