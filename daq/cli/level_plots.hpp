#pragma once

#include <vector>

#include "daq/cli/plot/svg_plot.hpp"
#include "detectors/physics/level/cevns.hpp"
#include "detectors/physics/level/cevns_norm_fit.hpp"
#include "detectors/physics/level/cevns_shape.hpp"
#include "detectors/physics/level/nu_argon.hpp"
#include "detectors/statistics/contour.hpp"

namespace spillway::cli {

/// What a dump gives at a distance across the beam: 100 t of argon, and 1 t for CEvNS.
struct LevelSpectra {
  physics::level::NuArgonSpectrum nue;
  physics::level::NuArgonSpectrum anti_nue;
  physics::level::NuArgonSpectrum neutral_current;
  physics::level::CevnsSpectrum cevns;
};
[[nodiscard]] LevelSpectra level_spectra(double distance_m);

/// Fig. 6 (a) and (b) of the beam-dump paper.
[[nodiscard]] std::vector<SvgPlot> plot_spectra(const LevelSpectra& spectra, double distance_m);

/// A region, at the confidence or credibility it is drawn for.
struct Region {
  int percent = 0;
  statistics::Contours contours;
};

/// Fig. 7: regions in (R, gamma).
[[nodiscard]] std::vector<SvgPlot> plot_nue_fit(const std::vector<Region>& regions, double exposure_ton_years,
                                                bool systematics);

/// Inset of figs. 8 and 14: the rise of chi2 with R.
[[nodiscard]] std::vector<SvgPlot> plot_norm_fit(const physics::level::CevnsNormFit& fit,
                                                 const physics::level::CevnsNormFit::Result& result,
                                                 double exposure_ton_years);

/// Two of the four parameters, and their regions.
struct ShapePair {
  std::size_t x = 0;
  std::size_t y = 0;
  std::vector<Region> regions;
};

/// Figs. 8 and 14, one panel a pair, and figs. 9 and 15 behind them: the allowed band.
[[nodiscard]] std::vector<SvgPlot> plot_shape_fit(const std::vector<ShapePair>& pairs,
                                                  const std::vector<physics::level::BandPoint>& band,
                                                  const physics::level::CevnsShape& truth, double exposure_ton_years);

}  // namespace spillway::cli
