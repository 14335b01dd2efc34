#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "detectors/statistics/contour.hpp"
#include "detectors/statistics/interval.hpp"

namespace spillway::statistics {

struct SamplerSettings {
  std::size_t ensembles = 4;   ///< independent of each other: what they agree on has converged
  std::size_t walkers = 32;    ///< of each; even, and more than twice the dimensions
  std::size_t burn_in = 1000;  ///< steps thrown away
  std::size_t steps = 2000;    ///< steps kept
  std::uint64_t seed = 1;      ///< the same seed gives the same samples
};

struct Samples {
  std::size_t dimensions = 0;
  std::size_t walkers = 0;     ///< the same walker's step before lies this many samples back
  std::vector<double> values;  ///< `dimensions` of each sample, behind each other, by ensemble, step and walker
  std::vector<double> log_density;
  std::vector<double> r_hat;            ///< by dimension: split potential scale reduction, 1 when converged
  std::vector<double> autocorrelation;  ///< by dimension: integrated time in steps
  double acceptance = 0;                ///< part of the moves that were taken
  /// Every r_hat below 1.01 and at least 400 effective samples (Vehtari et al., Bayesian Anal. 16 (2021) 667).
  bool converged = false;

  [[nodiscard]] std::size_t size() const { return log_density.size(); }
  [[nodiscard]] std::span<const double> at(std::size_t i) const { return {values.data() + i * dimensions, dimensions}; }
  [[nodiscard]] std::vector<double> column(std::size_t dimension) const;
  /// Samples that independent ones would be worth, in the dimension that has least.
  [[nodiscard]] double effective_size() const;
};

/// ln of a density that need not be normalised; -infinity where it is 0.
using LogDensity = std::function<double(std::span<const double>)>;

/// Draws from `density` with ensembles of walkers that move by where the others are, so that neither units nor linear
/// degeneracies of the parameters matter: half of the moves along the line to another walker (Goodman & Weare, Commun.
/// Appl. Math. Comput. Sci. 5 (2010) 65), half by the difference of two (ter Braak, Stat. Comput. 16 (2006) 239).
///
/// Walkers start around `centre` with Gaussian `spread`, where the density is not 0. Throws Error where no such point
/// is found. r_hat: Gelman & Rubin, Stat. Sci. 7 (1992) 457, each ensemble split in two.
[[nodiscard]] Samples sample(const LogDensity& density, std::span<const double> centre, std::span<const double> spread,
                             const SamplerSettings& settings);

/// The shortest interval that holds `level` (0 ... 1) of the values.
[[nodiscard]] Interval credible_interval(std::vector<double> values, double level);

/// Regions of highest density that hold `levels` (0 ... 1, each) of the points (x, y), from a histogram of `cells` in
/// each direction over their extent, smoothed by 1.4 cells: what is narrower comes out wider. `within` must hold all
/// points; beyond it the density is 0.
[[nodiscard]] std::vector<Contours> credible_regions(std::span<const double> x, std::span<const double> y,
                                                     const Box& within, std::span<const double> levels,
                                                     std::size_t cells = 80);

}  // namespace spillway::statistics
