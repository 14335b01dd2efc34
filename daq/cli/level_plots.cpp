#include "daq/cli/level_plots.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "detectors/physics/level/beam_dump.hpp"

namespace spillway::cli {
namespace {

namespace level = physics::level;

std::string amount(double ton_years) {
  return ton_years >= 1000 ? fmt::format("{:g} kt yr", ton_years / 1000) : fmt::format("{:g} t yr", ton_years);
}

std::vector<double> events(const level::NuArgonSpectrum& spectrum) {
  std::vector<double> result;
  for (std::size_t i = 0; i < spectrum.pions.size(); ++i) {
    result.push_back(spectrum.pions[i].events + spectrum.kaons[i].events);
  }
  return result;
}

void add_regions(SvgPlot& plot, const std::vector<Region>& regions, std::string_view colour, bool filled) {
  for (const Region& region : regions) {
    const bool outer = region.percent > 95;
    std::string label = fmt::format("{} %", region.percent);
    for (const statistics::Polygon& polygon : region.contours.polygons) {
      std::vector<PlotPoint> ring;
      for (const statistics::Point& point : polygon) ring.push_back({point[0], point[1]});
      const double fill = !filled ? 0 : outer ? 0.25 : 0.45;
      plot.polygon(label, ring, {.colour = colour, .width = 2, .fill = fill, .dashed = !filled && !outer});
      label.clear();
    }
  }
}

std::string axis_label(const level::ShapePrior& parameter) {
  return std::string(parameter.symbol) + (parameter.name == "E_thr" ? " (MeV)" : "");
}

}  // namespace

LevelSpectra level_spectra(double distance_m) {
  LevelSpectra spectra{level::nu_e_argon_spectrum(), level::anti_nu_e_argon_spectrum(),
                       level::neutral_current_spectrum(), level::cevns_spectrum(level::recoil_edges_kevnr())};
  const double ratio = level::flux_ratio(distance_m);
  for (auto* spectrum : {&spectra.nue, &spectra.anti_nue, &spectra.neutral_current}) {
    for (auto* bins : {&spectrum->pions, &spectrum->kaons}) {
      for (level::TiltedBin& bin : *bins) bin.events *= ratio;
    }
  }
  for (auto* bins : {&spectra.cevns.pions, &spectra.cevns.ke3, &spectra.cevns.kaon_line}) {
    for (double& count : *bins) count *= ratio;
  }
  return spectra;
}

std::vector<SvgPlot> plot_spectra(const LevelSpectra& spectra, double distance_m) {
  SvgPlot argon(fmt::format("Neutrinos on 100 t of argon, {:g} m", distance_m),
                {.label = "Neutrino energy (MeV)", .low = 0, .high = 240},
                {.label = "Events per dump and 2 MeV", .scale = Scale::kLog, .low = 1e-6, .high = 1});
  argon.histogram("νₑ Ar → e⁻ K*", spectra.nue.edges_mev, events(spectra.nue), {.colour = "#0B3C8C", .width = 2.2});
  argon.histogram("ν̄ₑ Ar → e⁺ Cl*", spectra.anti_nue.edges_mev, events(spectra.anti_nue),
                  {.colour = "#56B4E9", .width = 2.2});
  argon.histogram("ν Ar neutral current", spectra.neutral_current.edges_mev, events(spectra.neutral_current),
                  {.colour = "#E69F00", .width = 2.2});

  const level::CevnsSpectrum& cevns = spectra.cevns;
  std::vector<double> kaons;
  std::vector<double> all;
  for (std::size_t i = 0; i < cevns.pions.size(); ++i) {
    kaons.push_back(cevns.ke3[i] + cevns.kaon_line[i]);
    all.push_back(cevns.pions[i] + kaons.back());
  }
  SvgPlot recoils(
      fmt::format("CEvNS in 1 t of argon, {:g} m", distance_m),
      {.label = "Nuclear recoil energy (keV)", .low = level::kRecoilThreshold_kevnr, .high = level::kLastRecoil_kevnr},
      {.label = "Events per dump and 40 keV", .scale = Scale::kLog});
  recoils.histogram("all", cevns.edges_kevnr, all, {.colour = kPlotColours[0], .width = 2.2, .fill = 0.15});
  recoils.histogram("from kaons", cevns.edges_kevnr, kaons, {.colour = kPlotColours[1], .width = 2.2});
  return {std::move(argon), std::move(recoils)};
}

std::vector<SvgPlot> plot_nue_fit(const std::vector<Region>& regions, double exposure_ton_years, bool systematics) {
  SvgPlot plot(fmt::format("νₑ–argon cross section, {}", amount(exposure_ton_years)), {.label = "Normalisation R"},
               {.label = "Spectral tilt γ"});
  add_regions(plot, regions, kPlotColours[0], false);
  plot.mark_x(1);
  plot.mark_y(0);
  plot.note(systematics ? "5 % flux, 10 % K/π" : "statistics only");
  return {std::move(plot)};
}

std::vector<SvgPlot> plot_norm_fit(const level::CevnsNormFit& fit, const level::CevnsNormFit::Result& result,
                                   double exposure_ton_years) {
  SvgPlot plot(fmt::format("CEvNS normalisation, {}", amount(exposure_ton_years)), {.label = "Normalisation R"},
               {.label = "Δχ²", .low = 0});
  const auto fitter = fit.fitter(fit.asimov());
  std::vector<PlotPoint> curve;
  constexpr int kPoints = 120;
  const double reach = 3.2 * result.r.half_width();
  for (int i = 0; i <= kPoints; ++i) {
    const double r = result.r.best + reach * (2.0 * i / kPoints - 1);
    if (r < 0) continue;
    statistics::Parameters x = result.fit.x;
    x[level::CevnsNormFit::kR] = r;
    curve.push_back({r, fitter.minimise(x, {true}).chi2 - result.fit.chi2});
  }
  plot.line("", curve, {.width = 2.4});
  plot.mark_y(1);
  plot.mark_x(result.r.interval.low);
  plot.mark_x(result.r.interval.high);
  plot.note(fmt::format("R = {:.2f} −{:.3f} +{:.3f}", result.r.best, result.r.best - result.r.interval.low,
                        result.r.interval.high - result.r.best));
  return {std::move(plot)};
}

std::vector<SvgPlot> plot_shape_fit(const std::vector<ShapePair>& pairs, const std::vector<level::BandPoint>& band,
                                    const level::CevnsShape& truth, double exposure_ton_years) {
  const std::array values = {truth.normalisation, truth.gamma1, truth.threshold_mev, truth.gamma2};
  std::vector<SvgPlot> panels;
  for (const ShapePair& pair : pairs) {
    const auto& x = level::kShapePriors.at(pair.x);
    const auto& y = level::kShapePriors.at(pair.y);
    SvgPlot panel(fmt::format("{} and {}, {}", x.symbol, y.symbol, amount(exposure_ton_years)),
                  {.label = axis_label(x), .low = x.range.low, .high = x.range.high},
                  {.label = axis_label(y), .low = y.range.low, .high = y.range.high});
    add_regions(panel, pair.regions, kPlotColours[0], true);
    panel.mark_x(values.at(pair.x));
    panel.mark_y(values.at(pair.y));
    panels.push_back(std::move(panel));
  }
  std::array<std::vector<double>, 5> columns;  // energy, 3 sigma, 1 sigma
  std::vector<PlotPoint> line;
  for (const level::BandPoint& point : band) {
    columns[0].push_back(point.energy_mev);
    columns[1].push_back(std::max(point.three_sigma.low, 1e-45));
    columns[2].push_back(point.three_sigma.high);
    columns[3].push_back(std::max(point.one_sigma.low, 1e-45));
    columns[4].push_back(point.one_sigma.high);
    if (point.truth_cm2 > 0) line.push_back({point.energy_mev, point.truth_cm2});
  }
  SvgPlot sigma(fmt::format("CEvNS cross section, {}", amount(exposure_ton_years)), {.label = "Neutrino energy (MeV)"},
                {.label = "σ(ν Ar → ν Ar) above threshold (cm²)", .scale = Scale::kLog, .low = 1e-41, .high = 1e-37});
  sigma.band("3 σ", columns[0], columns[1], columns[2], {.colour = kPlotColours[0], .fill = 0.25});
  sigma.band("1 σ", columns[0], columns[3], columns[4], {.colour = kPlotColours[0], .fill = 0.45});
  sigma.line("truth", line, {.colour = "#000000", .width = 2});
  panels.push_back(std::move(sigma));
  return panels;
}

}  // namespace spillway::cli
