#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <vector>

#include "detectors/statistics/interval.hpp"

namespace spillway::statistics {

using Point = std::array<double, 2>;
using Polygon = std::vector<Point>;  ///< closed: the last point is joined to the first

/// The part of the plane in which contours are looked for.
struct Box {
  Interval x;
  Interval y;
};

/// The curves on which a function has one value.
struct Contours {
  std::vector<Polygon> polygons;      ///< the region below the level lies to the left of each edge; outer ones first
  Box extent;                         ///< of all of them
  [[nodiscard]] double area() const;  ///< of the region below the level: outer polygons minus holes
};

/// Follows `f` = `level` over a grid of `cells` x `cells` in `box`; the box doubles until the region lies inside.
///
/// The points lie on the level to 1e-9 of it; what is thinner than a cell may be missed or joined. Throws Error where
/// nothing in the box is below the level, or the region is not closed in a box 64 times as wide.
[[nodiscard]] Contours trace_contours(const std::function<double(double, double)>& f, double level, Box box,
                                      std::size_t cells = 96);

}  // namespace spillway::statistics
