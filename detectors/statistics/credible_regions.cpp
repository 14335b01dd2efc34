#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <numeric>

#include "detectors/statistics/sampler.hpp"

namespace spillway::statistics {
namespace {

/// A density on the centres of `cells` x `cells`, bilinear between them.
class Density {
 public:
  Density(const Box& box, std::size_t cells) : box_(box), cells_(cells), values_(cells * cells) {}

  void fill(std::span<const double> x, std::span<const double> y) {
    for (std::size_t i = 0; i < x.size(); ++i) values_[cell(x[i], box_.x) + cells_ * cell(y[i], box_.y)] += 1;
  }

  /// The binomial kernel 1 4 6 4 1 twice in each direction (sigma = 1.4 cells), reflected at the borders.
  void smooth() {
    constexpr std::array kKernel = {1.0 / 16, 4.0 / 16, 6.0 / 16, 4.0 / 16, 1.0 / 16};
    for (std::size_t pass = 0; pass < 4; ++pass) {
      const std::size_t stride = pass % 2 == 0 ? 1 : cells_;
      std::vector<double> next(values_.size());
      for (std::size_t i = 0; i < values_.size(); ++i) {
        const std::size_t along = i / stride % cells_;
        const std::size_t begin = i - along * stride;
        for (std::size_t k = 0; k < kKernel.size(); ++k) {
          const std::size_t shifted = along + k;  // two more than where it comes from
          const std::size_t from = shifted < 2 ? 1 - shifted : std::min(shifted - 2, 2 * cells_ + 1 - shifted);
          next[i] += kKernel[k] * values_[begin + from * stride];
        }
      }
      values_ = std::move(next);
    }
  }

  /// The density above which `level` of all lies.
  [[nodiscard]] double threshold(double level) const {
    std::vector<double> sorted = values_;
    std::sort(sorted.begin(), sorted.end(), std::greater<>());
    const double wanted = level * std::accumulate(sorted.begin(), sorted.end(), 0.0);
    double sum = 0;
    for (const double value : sorted) {
      sum += value;
      if (sum >= wanted) return value * (1 - 1e-9);  // so that it lies inside itself
    }
    return 0;
  }

  [[nodiscard]] double operator()(double x, double y) const {
    if (x < box_.x.low || x > box_.x.high || y < box_.y.low || y > box_.y.high) return 0;
    const auto [i, u] = place(x, box_.x);
    const auto [j, v] = place(y, box_.y);
    const double* low = &values_[i + cells_ * j];
    return std::lerp(std::lerp(low[0], low[1], u), std::lerp(low[cells_], low[cells_ + 1], u), v);
  }

 private:
  [[nodiscard]] double scaled(double value, const Interval& range) const {
    return (value - range.low) / (range.high - range.low) * static_cast<double>(cells_);
  }
  [[nodiscard]] std::size_t cell(double value, const Interval& range) const {
    return static_cast<std::size_t>(std::clamp(scaled(value, range), 0.0, static_cast<double>(cells_ - 1)));
  }
  /// The centre below, and the part of the way to the one above; outside the outermost centres theirs.
  [[nodiscard]] std::pair<std::size_t, double> place(double value, const Interval& range) const {
    const double at = std::clamp(scaled(value, range) - 0.5, 0.0, static_cast<double>(cells_ - 1));
    const auto below = std::min(static_cast<std::size_t>(at), cells_ - 2);
    return {below, at - static_cast<double>(below)};
  }

  Box box_;
  std::size_t cells_;
  std::vector<double> values_;
};

}  // namespace

Interval credible_interval(std::vector<double> values, double level) {
  assert(!values.empty() && level > 0 && level <= 1);
  std::sort(values.begin(), values.end());
  const auto inside = static_cast<std::size_t>(std::ceil(level * static_cast<double>(values.size())));
  const std::size_t held = std::clamp<std::size_t>(inside, 1, values.size());
  std::size_t best = 0;
  for (std::size_t i = 0; i + held <= values.size(); ++i) {
    if (values[i + held - 1] - values[i] < values[best + held - 1] - values[best]) best = i;
  }
  return {values[best], values[best + held - 1]};
}

namespace {

Interval extent(std::span<const double> values, const Interval& within) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const double margin = 0.05 * (*high - *low);
  return {std::max(within.low, *low - margin), std::min(within.high, *high + margin)};
}

}  // namespace

std::vector<Contours> credible_regions(std::span<const double> x, std::span<const double> y, const Box& within,
                                       std::span<const double> levels, std::size_t cells) {
  assert(x.size() == y.size() && !x.empty() && cells >= 4);
  const Box box{extent(x, within.x), extent(y, within.y)};
  Density density(box, cells);
  density.fill(x, y);
  density.smooth();
  const double margin_x = 0.03 * (box.x.high - box.x.low);
  const double margin_y = 0.03 * (box.y.high - box.y.low);
  const Box around{{box.x.low - margin_x, box.x.high + margin_x}, {box.y.low - margin_y, box.y.high + margin_y}};
  std::vector<Contours> regions;
  for (const double level : levels) {
    regions.push_back(trace_contours([&](double a, double b) { return -density(a, b); }, -density.threshold(level),
                                     around, 2 * cells));
  }
  return regions;
}

}  // namespace spillway::statistics
