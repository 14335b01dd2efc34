#pragma once

#include <cstddef>
#include <vector>

namespace spillway::physics {

/// Gauss-Legendre rule of `points` points: exact for polynomials up to degree 2 points - 1.
class GaussLegendre {
 public:
  explicit GaussLegendre(std::size_t points);

  /// The integral of `f` over [low, high]; 0 where high <= low. `f` may return anything that can be added and scaled.
  template <typename F>
  [[nodiscard]] auto integrate(double low, double high, F&& f) const {
    const double half = high > low ? (high - low) / 2 : 0;
    const double middle = high > low ? low + half : low;
    auto sum = half * weights_[0] * f(middle + half * nodes_[0]);
    for (std::size_t i = 1; i < nodes_.size(); ++i) sum += half * weights_[i] * f(middle + half * nodes_[i]);
    return sum;
  }

  [[nodiscard]] const std::vector<double>& nodes() const { return nodes_; }  ///< in [-1, 1], ascending
  [[nodiscard]] const std::vector<double>& weights() const { return weights_; }

 private:
  std::vector<double> nodes_;
  std::vector<double> weights_;
};

/// Rules made once: enough for spectra times form factors over a bin (16), and over a whole spectrum (64).
[[nodiscard]] const GaussLegendre& gauss16();
[[nodiscard]] const GaussLegendre& gauss64();

}  // namespace spillway::physics
