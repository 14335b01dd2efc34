#pragma once

#include <cstddef>

#include "tests/bench/bench_case.hpp"

namespace spillway::bench {

/// Medians over the rounds that were kept, no numbers where none was; rates in the case's unit.
struct Measured {
  double ours = 0;
  double baseline = 0;
  double limit = 0;
  double ratio = 0;              ///< ours to baseline, of each round
  double fraction_of_limit = 0;  ///< likewise
  std::size_t rounds = 0;        ///< kept
  /// Processor time per frame of all processes; no numbers where it was not asked for.
  double ours_us_per_frame = 0;
  double baseline_us_per_frame = 0;
  double limit_us_per_frame = 0;
};

inline constexpr std::size_t kFewestRounds = 7;

/// Limit, baseline and our code in turn, by the trial's clock, for a second of rounds; where fewer than kFewestRounds
/// of them could be kept, for up to four. By the thread's clock, a round in which one of the three had the processor
/// for less than 90 % of its time is thrown away; by the wall's, all are kept.
[[nodiscard]] Measured measure(const Trial& trial);

}  // namespace spillway::bench
