#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spillway::cli {

/// Colours that remain apart in print and for colour-blind eyes (Okabe & Ito, 2008), in the order of use.
inline constexpr std::array<std::string_view, 8> kPlotColours = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                                                 "#E69F00", "#56B4E9", "#000000", "#7F7F7F"};

enum class Scale { kLinear, kLog };

/// One axis of a plot. A limit that is not given is taken from what is drawn (rounded to ticks on a logarithmic axis).
struct Axis {
  std::string label = {};  ///< with its unit in round brackets: "Neutrino energy (MeV)"; UTF-8
  Scale scale = Scale::kLinear;
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
};

struct PlotStyle {
  std::string_view colour = {};  ///< "#rrggbb"; empty: the next of kPlotColours
  double width = 1.8;            ///< of the line in pixels; 0 draws none
  double fill = 0;               ///< opacity of the area: under a histogram, of a band, inside a polygon
  bool dashed = false;
};

struct PlotPoint {
  double x = 0;
  double y = 0;
};

/// One panel: axes with ticks, and series drawn in the order in which they are added. A series with an empty label has
/// no row in the legend. Values that are not finite, or not positive on a logarithmic axis, break a line.
class SvgPlot {
 public:
  SvgPlot(std::string title, Axis x, Axis y);

  /// Steps: `edges` has one value more than `contents`.
  void histogram(std::string label, std::span<const double> edges, std::span<const double> contents,
                 PlotStyle style = {});
  void line(std::string label, std::span<const PlotPoint> points, PlotStyle style = {});
  /// The area between (x, low) and (x, high); all three of one length.
  void band(std::string label, std::span<const double> x, std::span<const double> low, std::span<const double> high,
            PlotStyle style = {});
  /// Closed: the last point is joined to the first. The series of several rings share a label by giving it once.
  void polygon(std::string label, std::span<const PlotPoint> ring, PlotStyle style = {});
  /// Dots with vertical bars from `low` to `high` (empty: no bars).
  void points(std::string label, std::span<const PlotPoint> at, std::span<const double> low,
              std::span<const double> high, PlotStyle style = {});
  /// A vertical or horizontal dashed reference line, drawn behind the series.
  void mark_x(double x) { marks_x_.push_back(x); }
  void mark_y(double y) { marks_y_.push_back(y); }
  /// A row of grey text under the legend's rows: the exposure, a result, a caveat.
  void note(std::string text) { notes_.push_back(std::move(text)); }

  enum class Kind { kHistogram, kLine, kBand, kPolygon, kPoints };
  struct Series {
    Kind kind = Kind::kLine;
    std::string label;
    PlotStyle style;
    std::vector<PlotPoint> path;  ///< histogram: corners of the steps; band: low forward, then high backward
    std::vector<PlotPoint> bars;  ///< points: pairs of ends
  };
  [[nodiscard]] const std::string& title() const { return title_; }
  [[nodiscard]] const Axis& x_axis() const { return x_; }
  [[nodiscard]] const Axis& y_axis() const { return y_; }
  [[nodiscard]] const std::vector<Series>& series() const { return series_; }
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }
  [[nodiscard]] const std::vector<double>& marks_x() const { return marks_x_; }
  [[nodiscard]] const std::vector<double>& marks_y() const { return marks_y_; }

 private:
  void add(Kind kind, std::string label, PlotStyle style, std::vector<PlotPoint> path,
           std::vector<PlotPoint> bars = {});

  std::string title_;
  Axis x_;
  Axis y_;
  std::vector<Series> series_;
  std::vector<std::string> notes_;
  std::vector<double> marks_x_;
  std::vector<double> marks_y_;
  std::size_t colours_used_ = 0;
};

/// A whole SVG document: `panels` from left to right, `columns` in a row.
[[nodiscard]] std::string svg_page(std::span<const SvgPlot> panels, std::size_t columns = 1);

/// Writes svg_page to `file`, over what is there. Throws Error where that cannot be done.
void write_svg(const std::filesystem::path& file, std::span<const SvgPlot> panels, std::size_t columns = 1);

}  // namespace spillway::cli
