#include "detectors/physics/quadrature.hpp"

#include <cassert>
#include <cmath>
#include <numbers>

namespace spillway::physics {

GaussLegendre::GaussLegendre(std::size_t points) : nodes_(points), weights_(points) {
  assert(points > 0);
  const auto n = static_cast<double>(points);
  for (std::size_t i = 0; i < points; ++i) {
    double x = -std::cos(std::numbers::pi * (static_cast<double>(i) + 0.75) / (n + 0.5));
    double slope = 1;
    for (int step = 0; step < 100; ++step) {
      double value = x;
      double before = 1;
      for (std::size_t k = 2; k <= points; ++k) {
        const auto order = static_cast<double>(k);
        const double next = ((2 * order - 1) * x * value - (order - 1) * before) / order;
        before = value;
        value = next;
      }
      slope = n * (x * value - before) / (x * x - 1);
      const double change = value / slope;
      x -= change;
      if (std::abs(change) < 1e-15) break;
    }
    nodes_[i] = x;
    weights_[i] = 2 / ((1 - x * x) * slope * slope);
  }
}

const GaussLegendre& gauss16() {
  static const GaussLegendre kRule(16);
  return kRule;
}

const GaussLegendre& gauss64() {
  static const GaussLegendre kRule(64);
  return kRule;
}

}  // namespace spillway::physics
