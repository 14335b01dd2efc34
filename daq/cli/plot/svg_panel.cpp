#include "daq/cli/plot/svg_panel.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "daq/cli/plot/ticks.hpp"

namespace spillway::cli {
namespace {

constexpr double kLeft = 92;
constexpr double kRight = kPanelWidth - 24;
constexpr double kTop = 48;
constexpr double kBottom = kPanelHeight - 66;
constexpr double kRowHeight = 22;
/// Mean width of a character at the legend's size; a browser knows better, but a box must be drawn before it does.
constexpr double kCharacterWidth = 7.6;

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return result;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void include(double value, Scale scale) {
    if (!std::isfinite(value) || (scale == Scale::kLog && value <= 0)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

class Panel {
 public:
  Panel(const SvgPlot& plot, std::size_t index) : plot_(plot), clip_(fmt::format("clip{}", index)) {
    Range x;
    Range y;
    bool from_zero = false;
    bool has_polygon = false;
    for (const auto& series : plot.series()) {
      from_zero = from_zero || series.kind == SvgPlot::Kind::kHistogram;
      has_polygon = has_polygon || series.kind == SvgPlot::Kind::kPolygon;
      for (const auto* points : {&series.path, &series.bars}) {
        for (const PlotPoint& point : *points) {
          x.include(point.x, plot.x_axis().scale);
          y.include(point.y, plot.y_axis().scale);
        }
      }
    }
    if (plot.y_axis().scale == Scale::kLinear && y.high >= y.low) {
      const double margin = (has_polygon ? 0.16 : 0.08) * (y.high - y.low);
      y.high += margin;
      y.low = from_zero && y.low >= 0 ? 0 : y.low - margin;
    }
    if (has_polygon && plot.x_axis().scale == Scale::kLinear && x.high >= x.low) {
      const double margin = 0.16 * (x.high - x.low);  // the legend stands in a corner beside the contour
      x.high += margin;
      x.low -= margin;
    }
    x_ = ticked(plot.x_axis(), x.low, x.high, 7);
    y_ = ticked(plot.y_axis(), y.low, y.high, 6);
  }

  std::string draw() {
    draw_grid();
    draw_marks();
    svg_ += fmt::format(
        "<clipPath id=\"{}\"><rect x=\"{:g}\" y=\"{:g}\" width=\"{:g}\" height=\"{:g}\"/></clipPath>\n"
        "<g clip-path=\"url(#{})\" stroke-linejoin=\"round\">\n",
        clip_, kLeft, kTop, kRight - kLeft, kBottom - kTop, clip_);
    for (const auto& series : plot_.series()) draw_series(series);
    svg_ += "</g>\n";
    draw_frame();
    draw_legend();
    return std::move(svg_);
  }

 private:
  /// Far outside values stay far outside but printable.
  [[nodiscard]] double to_x(double value) const {
    return kLeft + std::clamp(x_.place(value), -10.0, 11.0) * (kRight - kLeft);
  }
  [[nodiscard]] double to_y(double value) const {
    return kBottom - std::clamp(y_.place(value), -10.0, 11.0) * (kBottom - kTop);
  }

  void text(double x, double y, double size, std::string_view anchor, std::string_view content,
            std::string_view more = "") {
    svg_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"{:g}\" text-anchor=\"{}\" {}>{}</text>\n", x, y,
                        size, anchor, more, escaped(content));
  }

  void segment(double x1, double y1, double x2, double y2, std::string_view stroke, double width,
               std::string_view more = "") {
    svg_ += fmt::format(
        "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\" stroke-width=\"{:g}\" {}/>\n", x1,
        y1, x2, y2, stroke, width, more);
  }

  void draw_grid() {
    for (const Tick& tick : x_.ticks) {
      if (tick.major) segment(to_x(tick.value), kTop, to_x(tick.value), kBottom, "#ececec", 1);
    }
    for (const Tick& tick : y_.ticks) {
      if (tick.major) segment(kLeft, to_y(tick.value), kRight, to_y(tick.value), "#ececec", 1);
    }
  }

  void draw_marks() {
    for (const double x : plot_.marks_x()) {
      if (x >= x_.low && x <= x_.high)
        segment(to_x(x), kTop, to_x(x), kBottom, "#999999", 1.2, "stroke-dasharray=\"3 3\"");
    }
    for (const double y : plot_.marks_y()) {
      if (y >= y_.low && y <= y_.high)
        segment(kLeft, to_y(y), kRight, to_y(y), "#999999", 1.2, "stroke-dasharray=\"3 3\"");
    }
  }

  void draw_frame() {
    for (const Tick& tick : x_.ticks) {
      const double x = to_x(tick.value);
      const double length = tick.major ? 8 : 4;
      segment(x, kBottom, x, kBottom - length, "#333333", 1.2);
      segment(x, kTop, x, kTop + length, "#333333", 1.2);
      if (tick.major) text(x, kBottom + 21, 15, "middle", tick.label);
    }
    for (const Tick& tick : y_.ticks) {
      const double y = to_y(tick.value);
      const double length = tick.major ? 8 : 4;
      segment(kLeft, y, kLeft + length, y, "#333333", 1.2);
      segment(kRight, y, kRight - length, y, "#333333", 1.2);
      if (tick.major) text(kLeft - 9, y + 5, 15, "end", tick.label);
    }
    svg_ += fmt::format(
        "<rect x=\"{:g}\" y=\"{:g}\" width=\"{:g}\" height=\"{:g}\" fill=\"none\" stroke=\"#333333\" "
        "stroke-width=\"1.4\"/>\n",
        kLeft, kTop, kRight - kLeft, kBottom - kTop);
    text((kLeft + kRight) / 2, kPanelHeight - 18, 17, "middle", plot_.x_axis().label);
    text(0, 0, 17, "middle", plot_.y_axis().label,
         fmt::format("transform=\"translate(24 {:g}) rotate(-90)\"", (kTop + kBottom) / 2));
    text(kLeft, kTop - 16, 18, "start", plot_.title(), "font-weight=\"bold\"");
  }

  /// SVG path data; a value without a place starts a new piece. A histogram that is filled stands on the axis.
  [[nodiscard]] std::string path_data(const std::vector<PlotPoint>& points, bool closed, bool on_axis) const {
    std::string data;
    bool open = false;
    for (const PlotPoint& point : points) {
      const double place = y_.place(point.y);
      const bool drawable = std::isfinite(x_.place(point.x)) && (std::isfinite(place) || on_axis);
      if (!drawable) {
        open = false;
        continue;
      }
      const double y = std::isfinite(place) ? to_y(point.y) : kBottom;
      data += fmt::format("{}{:.2f} {:.2f}", open ? 'L' : 'M', to_x(point.x), y);
      open = true;
    }
    if (on_axis && !points.empty()) {
      data +=
          fmt::format("L{:.2f} {:.2f}L{:.2f} {:.2f}Z", to_x(points.back().x), kBottom, to_x(points.front().x), kBottom);
    } else if (closed && open) {
      data += 'Z';
    }
    return data;
  }

  void draw_series(const SvgPlot::Series& series) {
    using Kind = SvgPlot::Kind;
    const PlotStyle& style = series.style;
    const std::string dash = style.dashed ? "stroke-dasharray=\"7 4\"" : "";
    if (series.kind == Kind::kPoints) {
      for (std::size_t i = 0; i + 1 < series.bars.size(); i += 2) {
        segment(to_x(series.bars[i].x), to_y(series.bars[i].y), to_x(series.bars[i + 1].x), to_y(series.bars[i + 1].y),
                style.colour, style.width);
      }
      for (const PlotPoint& point : series.path) {
        if (!std::isfinite(x_.place(point.x)) || !std::isfinite(y_.place(point.y))) continue;
        svg_ += fmt::format("<circle cx=\"{:.2f}\" cy=\"{:.2f}\" r=\"3.6\" fill=\"{}\"/>\n", to_x(point.x),
                            to_y(point.y), style.colour);
      }
      return;
    }
    if (style.fill > 0 && series.kind != Kind::kLine) {
      svg_ += fmt::format("<path d=\"{}\" fill=\"{}\" fill-opacity=\"{:g}\" fill-rule=\"evenodd\" stroke=\"none\"/>\n",
                          path_data(series.path, true, series.kind == Kind::kHistogram), style.colour, style.fill);
    }
    if (style.width > 0 && series.kind != Kind::kBand) {
      svg_ +=
          fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{:g}\" {}/>\n",
                      path_data(series.path, series.kind == Kind::kPolygon, false), style.colour, style.width, dash);
    }
  }

  /// How many drawn points lie in a box: the legend goes where there are fewest.
  [[nodiscard]] std::size_t points_in(double left, double top, double width, double height) const {
    std::size_t count = 0;
    for (const auto& series : plot_.series()) {
      for (std::size_t i = 0; i < series.path.size(); ++i) {
        const PlotPoint& a = series.path[i];
        const PlotPoint& b = series.path[i + 1 < series.path.size() ? i + 1 : i];
        for (const double part : {0.0, 0.25, 0.5, 0.75}) {
          const double x = to_x(a.x) + part * (to_x(b.x) - to_x(a.x));
          const double y = to_y(a.y) + part * (to_y(b.y) - to_y(a.y));
          if (x >= left && x <= left + width && y >= top && y <= top + height) ++count;
        }
      }
    }
    return count;
  }

  void draw_legend() {
    std::size_t rows = plot_.notes().size();
    std::size_t longest = 0;
    for (const auto& note : plot_.notes()) longest = std::max(longest, characters(note));
    for (const auto& series : plot_.series()) {
      if (series.label.empty()) continue;
      ++rows;
      longest = std::max(longest, characters(series.label) + 5);
    }
    if (rows == 0) return;
    const double width = 24 + kCharacterWidth * static_cast<double>(longest);
    const double height = 12 + kRowHeight * static_cast<double>(rows);
    const double inset = 14;
    PlotPoint corner;
    std::size_t fewest = std::numeric_limits<std::size_t>::max();
    for (const double y : {kTop + inset, kBottom - inset - height}) {
      for (const double x : {kRight - inset - width, kLeft + inset}) {
        const std::size_t count = points_in(x, y, width, height);
        if (count < fewest) {
          fewest = count;
          corner = {x, y};
        }
      }
    }
    svg_ += fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"4\" fill=\"white\" "
        "fill-opacity=\"0.85\"/>\n",
        corner.x, corner.y, width, height);
    double y = corner.y + 6 + kRowHeight / 2;
    for (const auto& series : plot_.series()) {
      if (series.label.empty()) continue;
      draw_key(series, corner.x + 10, y);
      text(corner.x + 50, y + 5, 15, "start", series.label);
      y += kRowHeight;
    }
    for (const auto& note : plot_.notes()) {
      text(corner.x + 10, y + 5, 14, "start", note, "fill=\"#555555\"");
      y += kRowHeight;
    }
  }

  void draw_key(const SvgPlot::Series& series, double x, double y) {
    using Kind = SvgPlot::Kind;
    const PlotStyle& style = series.style;
    if (series.kind == Kind::kPoints) {
      segment(x + 15, y - 8, x + 15, y + 8, style.colour, style.width);
      svg_ += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.6\" fill=\"{}\"/>\n", x + 15, y, style.colour);
      return;
    }
    if (style.fill > 0 && series.kind != Kind::kLine) {
      svg_ += fmt::format(
          "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"30\" height=\"12\" fill=\"{}\" fill-opacity=\"{:g}\"/>\n", x, y - 6,
          style.colour, style.fill);
    }
    if (style.width > 0 && series.kind != Kind::kBand) {
      segment(x, y, x + 30, y, style.colour, style.width, style.dashed ? "stroke-dasharray=\"7 4\"" : "");
    }
  }

  const SvgPlot& plot_;
  std::string clip_;
  TickedAxis x_;
  TickedAxis y_;
  std::string svg_;
};

}  // namespace

std::string svg_panel(const SvgPlot& plot, std::size_t index) {
  return Panel(plot, index).draw();
}

}  // namespace spillway::cli
