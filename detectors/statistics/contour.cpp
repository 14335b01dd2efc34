#include "detectors/statistics/contour.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <unordered_map>

#include <fmt/format.h>
#include <boost/math/tools/toms748_solve.hpp>

#include "daq/base/error.hpp"

namespace spillway::statistics {
namespace {

using Function = std::function<double(double, double)>;

/// An edge of the grid: from vertex (column, row) to the right, or upward.
struct Edge {
  std::size_t column = 0;
  std::size_t row = 0;
  bool upward = false;
};

class Grid {
 public:
  Grid(const Function& f, double level, const Box& box, std::size_t cells)
      : f_(f), level_(level), box_(box), cells_(cells), values_((cells + 1) * (cells + 1)) {
    for (std::size_t row = 0; row <= cells; ++row) {
      for (std::size_t column = 0; column <= cells; ++column) {
        const double value = f(x(column), y(row)) - level;
        values_[row * (cells + 1) + column] = std::isfinite(value) ? value : 1e300;
      }
    }
  }

  [[nodiscard]] bool any_inside() const {
    return std::any_of(values_.begin(), values_.end(), [](double value) { return value < 0; });
  }

  [[nodiscard]] bool closed() const {
    for (std::size_t i = 0; i <= cells_; ++i) {
      if (inside(i, 0) || inside(i, cells_) || inside(0, i) || inside(cells_, i)) return false;
    }
    return true;
  }

  [[nodiscard]] std::vector<Polygon> polygons() const {
    std::unordered_map<std::size_t, Edge> next = segments();
    std::vector<Polygon> found;
    while (!next.empty()) {
      Polygon polygon;
      for (auto at = next.begin(); at != next.end();) {
        const Edge edge = at->second;
        polygon.push_back(crossing(edge));
        next.erase(at);
        at = next.find(id(edge));
      }
      found.push_back(std::move(polygon));
    }
    return found;
  }

 private:
  [[nodiscard]] double x(std::size_t column) const {
    return std::lerp(box_.x.low, box_.x.high, static_cast<double>(column) / static_cast<double>(cells_));
  }
  [[nodiscard]] double y(std::size_t row) const {
    return std::lerp(box_.y.low, box_.y.high, static_cast<double>(row) / static_cast<double>(cells_));
  }
  [[nodiscard]] double value(std::size_t column, std::size_t row) const { return values_[row * (cells_ + 1) + column]; }
  [[nodiscard]] bool inside(std::size_t column, std::size_t row) const { return value(column, row) < 0; }
  [[nodiscard]] std::size_t id(const Edge& edge) const {
    return 2 * (edge.row * (cells_ + 1) + edge.column) + (edge.upward ? 1 : 0);
  }

  /// Marching squares: from each crossed edge to the next, with the region on the left.
  [[nodiscard]] std::unordered_map<std::size_t, Edge> segments() const {
    std::unordered_map<std::size_t, Edge> next;
    for (std::size_t row = 0; row < cells_; ++row) {
      for (std::size_t column = 0; column < cells_; ++column) {
        // Counterclockwise from the lower left corner; edge k joins corners k and k + 1.
        const std::array<bool, 4> in = {inside(column, row), inside(column + 1, row), inside(column + 1, row + 1),
                                        inside(column, row + 1)};
        if (in[0] == in[1] && in[1] == in[2] && in[2] == in[3]) continue;
        const std::array<Edge, 4> edges = {Edge{column, row, false}, Edge{column + 1, row, true},
                                           Edge{column, row + 1, false}, Edge{column, row, true}};
        const bool saddle = in[0] == in[2] && in[1] == in[3];
        const bool joined = saddle && f_((x(column) + x(column + 1)) / 2, (y(row) + y(row + 1)) / 2) < level_;
        const std::size_t step = saddle && !joined ? 3 : 1;
        for (std::size_t k = 0; k < 4; ++k) {
          if (!in[k] || in[(k + 1) % 4]) continue;
          std::size_t l = (k + step) % 4;
          while (in[l] || !in[(l + 1) % 4]) l = (l + step) % 4;
          next[id(edges[k])] = edges[l];
        }
      }
    }
    return next;
  }

  [[nodiscard]] Point crossing(const Edge& edge) const {
    const double fixed = edge.upward ? x(edge.column) : y(edge.row);
    const double low = edge.upward ? y(edge.row) : x(edge.column);
    const double high = edge.upward ? y(edge.row + 1) : x(edge.column + 1);
    std::uintmax_t iterations = 60;
    const auto bracket = boost::math::tools::toms748_solve(
        [&](double t) { return (edge.upward ? f_(fixed, t) : f_(t, fixed)) - level_; }, low, high,
        value(edge.column, edge.row), edge.upward ? value(edge.column, edge.row + 1) : value(edge.column + 1, edge.row),
        [&](double a, double b) { return b - a < 1e-12 * (high - low); }, iterations);
    const double t = (bracket.first + bracket.second) / 2;
    return edge.upward ? Point{fixed, t} : Point{t, fixed};
  }

  const Function& f_;
  double level_;
  Box box_;
  std::size_t cells_;
  std::vector<double> values_;
};

/// Positive where the polygon runs counterclockwise.
double signed_area(const Polygon& polygon) {
  double twice = 0;
  for (std::size_t i = 0; i < polygon.size(); ++i) {
    const Point& a = polygon[i];
    const Point& b = polygon[(i + 1) % polygon.size()];
    twice += a[0] * b[1] - b[0] * a[1];
  }
  return twice / 2;
}

Interval doubled(const Interval& interval) {
  const double half = (interval.high - interval.low) / 2;
  return {interval.low - half, interval.high + half};
}

}  // namespace

double Contours::area() const {
  double sum = 0;
  for (const Polygon& polygon : polygons) sum += signed_area(polygon);
  return sum;
}

Contours trace_contours(const Function& f, double level, Box box, std::size_t cells) {
  constexpr int kDoublings = 6;
  for (int doubling = 0; doubling <= kDoublings; ++doubling) {
    const Grid grid(f, level, box, cells);
    if (!grid.any_inside()) {
      throw Error(
          fmt::format("nothing between x = {:.3g} ... {:.3g} and y = {:.3g} ... {:.3g} lies below the level {} "
                      "on a grid of {} cells; the region is smaller than a cell, or elsewhere",
                      box.x.low, box.x.high, box.y.low, box.y.high, level, cells));
    }
    if (!grid.closed()) {
      box = {doubled(box.x), doubled(box.y)};
      continue;
    }
    Contours found;
    found.polygons = grid.polygons();
    std::sort(found.polygons.begin(), found.polygons.end(),
              [](const Polygon& a, const Polygon& b) { return signed_area(a) > signed_area(b); });
    const Point& first = found.polygons.front().front();
    found.extent = {{first[0], first[0]}, {first[1], first[1]}};
    for (const Polygon& polygon : found.polygons) {
      for (const Point& point : polygon) {
        found.extent.x = {std::min(found.extent.x.low, point[0]), std::max(found.extent.x.high, point[0])};
        found.extent.y = {std::min(found.extent.y.low, point[1]), std::max(found.extent.y.high, point[1])};
      }
    }
    return found;
  }
  throw Error(
      fmt::format("the region below the level {} reaches beyond x = {:.3g} ... {:.3g} and y = {:.3g} ... {:.3g}; the "
                  "parameters are not constrained",
                  level, box.x.low, box.x.high, box.y.low, box.y.high));
}

}  // namespace spillway::statistics
