#pragma once

#include <cmath>
#include <numbers>

#include "daq/base/random.hpp"
#include "detectors/lartpc/geometry.hpp"

namespace spillway::sim_front_end::lartpc {

using detectors::lartpc::Point;

struct Direction {
  double x = 0, y = 0, z = 1;  ///< of length 1
};

[[nodiscard]] inline Point moved(const Point& p, const Direction& d, double mm) {
  return {p.x + mm * d.x, p.y + mm * d.y, p.z + mm * d.z};
}

/// The direction at this polar angle to `axis`, and azimuth around it (radians).
[[nodiscard]] inline Direction turned(const Direction& axis, double cos_polar, double azimuth) {
  const double sin_polar = std::sqrt(std::max(0.0, 1 - cos_polar * cos_polar));
  const double u = sin_polar * std::cos(azimuth);
  const double v = sin_polar * std::sin(azimuth);
  const double across = std::hypot(axis.x, axis.y);
  if (across < 1e-9) return {u, axis.z > 0 ? v : -v, axis.z > 0 ? cos_polar : -cos_polar};
  return {u * axis.x * axis.z / across - v * axis.y / across + cos_polar * axis.x,
          u * axis.y * axis.z / across + v * axis.x / across + cos_polar * axis.y, -u * across + cos_polar * axis.z};
}

[[nodiscard]] inline double any_azimuth(Draw& draw) {
  return 2 * std::numbers::pi * draw.uniform();
}
[[nodiscard]] inline Direction isotropic(Draw& draw) {
  const double cos_polar = 2 * draw.uniform() - 1;
  return turned({}, cos_polar, any_azimuth(draw));
}
/// Of mean 1.
[[nodiscard]] inline double exponential(Draw& draw) {
  return -std::log1p(-draw.uniform());
}

}  // namespace spillway::sim_front_end::lartpc
