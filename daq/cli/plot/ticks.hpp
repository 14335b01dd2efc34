#pragma once

#include <string>
#include <vector>

#include "daq/cli/plot/svg_plot.hpp"

namespace spillway::cli {

struct Tick {
  double value = 0;
  bool major = true;  ///< with a label and a grid line
  std::string label;  ///< UTF-8; superscripts are written as such: "10⁻³"
};

/// A finished axis: limits that are finite and apart (and positive on a logarithmic axis), and the ticks within them.
struct TickedAxis {
  Scale scale = Scale::kLinear;
  double low = 0;
  double high = 1;
  std::vector<Tick> ticks;
  /// Where `value` lies between the limits: 0 at low, 1 at high. NaN for what has no place on the axis.
  [[nodiscard]] double place(double value) const;
};

/// Ticks at 1, 2 or 5 times a power of ten (about `wanted` of them), or at powers of ten on a logarithmic axis.
/// `data_low` and `data_high` stand for limits that `axis` leaves open; they may be equal or not finite.
[[nodiscard]] TickedAxis ticked(const Axis& axis, double data_low, double data_high, double wanted);

}  // namespace spillway::cli
