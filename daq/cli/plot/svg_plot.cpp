#include "daq/cli/plot/svg_plot.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <fstream>

#include <fmt/format.h>

#include "daq/base/error.hpp"
#include "daq/cli/plot/svg_panel.hpp"

namespace spillway::cli {

SvgPlot::SvgPlot(std::string title, Axis x, Axis y) : title_(std::move(title)), x_(std::move(x)), y_(std::move(y)) {}

void SvgPlot::add(Kind kind, std::string label, PlotStyle style, std::vector<PlotPoint> path,
                  std::vector<PlotPoint> bars) {
  if (style.colour.empty()) style.colour = kPlotColours[colours_used_++ % kPlotColours.size()];
  series_.push_back({kind, std::move(label), style, std::move(path), std::move(bars)});
}

void SvgPlot::histogram(std::string label, std::span<const double> edges, std::span<const double> contents,
                        PlotStyle style) {
  assert(edges.size() == contents.size() + 1);
  std::vector<PlotPoint> path;
  for (std::size_t i = 0; i < contents.size(); ++i) {
    path.push_back({edges[i], contents[i]});
    path.push_back({edges[i + 1], contents[i]});
  }
  add(Kind::kHistogram, std::move(label), style, std::move(path));
}

void SvgPlot::line(std::string label, std::span<const PlotPoint> points, PlotStyle style) {
  add(Kind::kLine, std::move(label), style, {points.begin(), points.end()});
}

void SvgPlot::band(std::string label, std::span<const double> x, std::span<const double> low,
                   std::span<const double> high, PlotStyle style) {
  assert(x.size() == low.size() && x.size() == high.size());
  if (style.fill == 0) style.fill = 0.3;
  std::vector<PlotPoint> path;
  for (std::size_t i = 0; i < x.size(); ++i) path.push_back({x[i], low[i]});
  for (std::size_t i = x.size(); i-- > 0;) path.push_back({x[i], high[i]});
  add(Kind::kBand, std::move(label), style, std::move(path));
}

void SvgPlot::polygon(std::string label, std::span<const PlotPoint> ring, PlotStyle style) {
  add(Kind::kPolygon, std::move(label), style, {ring.begin(), ring.end()});
}

void SvgPlot::points(std::string label, std::span<const PlotPoint> at, std::span<const double> low,
                     std::span<const double> high, PlotStyle style) {
  assert(low.size() == high.size() && (low.empty() || low.size() == at.size()));
  std::vector<PlotPoint> bars;
  for (std::size_t i = 0; i < low.size(); ++i) {
    bars.push_back({at[i].x, low[i]});
    bars.push_back({at[i].x, high[i]});
  }
  add(Kind::kPoints, std::move(label), style, {at.begin(), at.end()}, std::move(bars));
}

std::string svg_page(std::span<const SvgPlot> panels, std::size_t columns) {
  columns = std::clamp<std::size_t>(columns, 1, std::max<std::size_t>(1, panels.size()));
  const std::size_t rows = (panels.size() + columns - 1) / columns;
  const double width = kPanelWidth * static_cast<double>(columns);
  const double height = kPanelHeight * static_cast<double>(rows);
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:g} {1:g}\" width=\"{0:g}\" height=\"{1:g}\" "
      "font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      width, height);
  for (std::size_t i = 0; i < panels.size(); ++i) {
    const std::size_t row = i / columns;
    const double left = kPanelWidth * static_cast<double>(i % columns);
    const double top = kPanelHeight * static_cast<double>(row);
    svg += fmt::format("<g transform=\"translate({:g} {:g})\">\n{}</g>\n", left, top, svg_panel(panels[i], i));
  }
  return svg + "</svg>\n";
}

void write_svg(const std::filesystem::path& file, std::span<const SvgPlot> panels, std::size_t columns) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << svg_page(panels, columns);
  out.close();
  if (!out) {
    throw Error(
        fmt::format("{} cannot be written; look at the rights of its folder and the room on its disk", file.string()));
  }
}

}  // namespace spillway::cli
