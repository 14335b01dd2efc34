#pragma once

#include <string>
#include <vector>

#include "daq/cli/plot/svg_plot.hpp"
#include "detectors/physics/ess/sensitivity.hpp"

namespace spillway::cli {

/// Counts by flavour over the recoil energy, with the root of the background and the end of the prompt neutrinos
/// (Baxter et al., JHEP 02 (2020) 123, Fig. 13).
[[nodiscard]] SvgPlot plot_counts(const physics::ess::Run& run);

/// Recoils per kg and year above a threshold (Fig. 7).
[[nodiscard]] SvgPlot plot_rates_above_threshold(const std::vector<physics::ess::Run>& runs);

struct NamedRegion {
  std::string name;
  statistics::Contours region;
};

/// Allowed regions of non-standard interactions (Figs. 12 and 14).
[[nodiscard]] SvgPlot plot_nsi(const std::vector<NamedRegion>& regions, double years);

/// A detector's chi2 over a parameter.
struct NamedProfile {
  std::string name;
  std::vector<PlotPoint> chi2;
};

[[nodiscard]] SvgPlot plot_profiles(const physics::ess::Parameter& parameter,
                                    const std::vector<NamedProfile>& profiles);

}  // namespace spillway::cli
