#include "daq/cli/ess_plots.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "detectors/physics/cevns.hpp"

namespace spillway::cli {
namespace {

namespace ess = physics::ess;
using physics::Flavour;

struct Title {
  std::string_view parameter;
  const char* title;
  const char* axis;
};

constexpr Title kTitles[] = {
    {ess::kSin2w.name, "Weak mixing angle", "sin²θ_W"},
    {ess::kMuNumu.name, "Magnetic moment of ν_μ", "Magnetic moment (10⁻¹⁰ μ_B)"},
    {ess::kRee.name, "Charge radius of ν_e", "⟨r²_ee⟩ (10⁻³² cm²)"},
    {ess::kRmumu.name, "Charge radius of ν_μ", "⟨r²_μμ⟩ (10⁻³² cm²)"},
    {ess::kRemu.name, "Transition charge radius", "|⟨r²_eμ⟩| (10⁻³² cm²)"},
};

Title title_of(const ess::Parameter& parameter) {
  for (const Title& title : kTitles) {
    if (title.parameter == parameter.name) return title;
  }
  return {parameter.name, "", ""};
}

}  // namespace

SvgPlot plot_counts(const ess::Run& run) {
  const std::vector<ess::Bin> bins = ess::expected_bins(run.detector, run.exposure);
  std::vector<double> edges = {bins.front().low_kevnr};
  std::vector<double> background;
  double largest = 0;
  for (const ess::Bin& bin : bins) {
    edges.push_back(bin.high_kevnr);
    background.push_back(std::sqrt(bin.background));
    largest = std::max({largest, bin.signal[0], bin.signal[1], bin.signal[2], background.back()});
  }
  SvgPlot plot(std::string(run.detector.meaning), {.label = "Recoil energy (keV_nr)"},
               {.label = "Counts per bin", .low = 0, .high = 1.15 * largest});
  const auto flavour = [&](const char* label, Flavour which) {
    std::vector<double> counts(bins.size());
    for (std::size_t i = 0; i < bins.size(); ++i) counts[i] = bins[i].signal[physics::index_of(which)];
    plot.histogram(label, edges, counts, {.fill = 0.18});
  };
  flavour("ν_μ", Flavour::kNuMu);
  flavour("ν_e", Flavour::kNuE);
  flavour("anti-ν_μ", Flavour::kAntiNuMu);
  plot.histogram("√background", edges, background, {.colour = "#000000", .dashed = true});
  plot.mark_x(ess::prompt_end_point_kevnr(run.detector.nucleus));
  plot.note(
      fmt::format("{:g} kg, {:g} years at {:g} m", run.detector.mass_kg, run.exposure.years, run.exposure.distance_m));
  return plot;
}

SvgPlot plot_rates_above_threshold(const std::vector<ess::Run>& runs) {
  constexpr double kLowest_kevnr = 0.03;
  constexpr double kHighest_kevnr = 100;
  constexpr int kPoints = 80;
  SvgPlot plot("CEvNS above threshold",
               {.label = "Threshold (keV_nr)", .scale = Scale::kLog, .low = kLowest_kevnr, .high = kHighest_kevnr},
               {.label = "Recoils per kg and year", .scale = Scale::kLog, .low = 0.5, .high = 1000});
  for (const ess::Run& run : runs) {
    std::vector<PlotPoint> points;
    for (int i = 0; i <= kPoints; ++i) {
      ess::Detector detector = run.detector;
      detector.threshold_kevnr = kLowest_kevnr * std::pow(kHighest_kevnr / kLowest_kevnr, double(i) / kPoints);
      points.push_back(
          {detector.threshold_kevnr, ess::recoils_per_year(detector, run.exposure.distance_m) / detector.mass_kg});
    }
    plot.line(std::string(run.detector.nucleus.name), points);
  }
  return plot;
}

SvgPlot plot_nsi(const std::vector<NamedRegion>& regions, double years) {
  constexpr double kNoPlace = std::numeric_limits<double>::quiet_NaN();
  constexpr double kMargin = 0.06;         // of the regions' width and height
  constexpr double kRoomForLegend = 0.45;  // of their height, above them
  statistics::Box all;
  for (const NamedRegion& named : regions) {
    const auto& [x, y] = named.region.extent;
    all.x = {std::min(all.x.low, x.low), std::max(all.x.high, x.high)};
    all.y = {std::min(all.y.low, y.low), std::max(all.y.high, y.high)};
  }
  const double width = all.x.high - all.x.low;
  const double height = all.y.high - all.y.low;
  SvgPlot plot(
      fmt::format("Non-standard interactions, 90 % C.L. in {:g} years", years),
      {.label = "ε_ee (up quarks)", .low = all.x.low - kMargin * width, .high = all.x.high + kMargin * width},
      {.label = "ε_μμ (up quarks)", .low = all.y.low - kMargin * height, .high = all.y.high + kRoomForLegend * height});
  for (const NamedRegion& named : regions) {
    std::vector<PlotPoint> path;
    for (const statistics::Polygon& polygon : named.region.polygons) {
      if (!path.empty()) path.push_back({kNoPlace, kNoPlace});
      for (const auto& [x, y] : polygon) path.push_back({x, y});
      path.push_back({polygon.front()[0], polygon.front()[1]});
    }
    plot.polygon(named.name, path, {.fill = 0.2});
  }
  plot.mark_x(0);
  plot.mark_y(0);
  return plot;
}

SvgPlot plot_profiles(const ess::Parameter& parameter, const std::vector<NamedProfile>& profiles) {
  constexpr double kHighestChi2 = 8;
  const Title title = title_of(parameter);
  SvgPlot plot(title.title, {.label = title.axis}, {.label = "Δχ²", .low = 0, .high = kHighestChi2});
  for (const NamedProfile& profile : profiles) plot.line(profile.name, profile.chi2);
  plot.mark_y(statistics::kDeltaChi2Of90_1d);
  return plot;
}

}  // namespace spillway::cli
