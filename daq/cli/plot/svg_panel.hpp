#pragma once

#include <cstddef>
#include <string>

#include "daq/cli/plot/svg_plot.hpp"

namespace spillway::cli {

inline constexpr double kPanelWidth = 720;  ///< pixels
inline constexpr double kPanelHeight = 500;

/// The elements of one panel with its corner at (0, 0). `index` keeps its clip path apart from those of other panels.
[[nodiscard]] std::string svg_panel(const SvgPlot& plot, std::size_t index);

}  // namespace spillway::cli
