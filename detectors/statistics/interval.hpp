#pragma once

#include <functional>

namespace spillway::statistics {

/// delta chi2 that holds 90 % of one parameter, and 90, 95 and 99 % of two.
inline constexpr double kDeltaChi2Of90_1d = 2.706;
inline constexpr double kDeltaChi2Of90_2d = 4.605;
inline constexpr double kDeltaChi2Of95_2d = 5.991;
inline constexpr double kDeltaChi2Of99_2d = 9.210;

struct Interval {
  double low = 0;
  double high = 0;
};

/// Where a profiled chi2 reaches `level` (a value of chi2, not a difference) on both sides of `best`.
///
/// `step` > 0 is a first guess of the half width; it doubles until the level is passed, so islands of lower chi2 beyond
/// that are not looked for. An end that would lie beyond `lowest` or `highest` is put there (a parameter that cannot be
/// negative). Throws Error where the level is never passed, or chi2(best) is above it.
[[nodiscard]] Interval profile_interval(const std::function<double(double)>& chi2, double best, double level,
                                        double step, double lowest = -1e300, double highest = 1e300);

}  // namespace spillway::statistics
