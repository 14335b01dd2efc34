#include "detectors/statistics/interval.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>
#include <boost/math/tools/toms748_solve.hpp>

#include "daq/base/error.hpp"

namespace spillway::statistics {
namespace {

double crossing(const std::function<double(double)>& chi2, double best, double level, double step, double limit) {
  double inside = best;
  double inside_value = chi2(best) - level;
  for (int doubling = 0; doubling < 200; ++doubling, step *= 2) {
    const double outside = step > 0 ? std::min(inside + step, limit) : std::max(inside + step, limit);
    const double outside_value = chi2(outside) - level;
    if (outside_value > 0) {
      std::uintmax_t iterations = 100;
      const bool up = outside > inside;
      const auto bracket = boost::math::tools::toms748_solve(
          [&](double x) { return chi2(x) - level; }, up ? inside : outside, up ? outside : inside,
          up ? inside_value : outside_value, up ? outside_value : inside_value,
          boost::math::tools::eps_tolerance<double>(44), iterations);
      return (bracket.first + bracket.second) / 2;
    }
    if (outside == limit) return limit;
    inside = outside;
    inside_value = outside_value;
  }
  throw Error(
      fmt::format("chi2 stays below {} however far the parameter goes from {}; it is not constrained", level, best));
}

}  // namespace

Interval profile_interval(const std::function<double(double)>& chi2, double best, double level, double step,
                          double lowest, double highest) {
  if (const double least = chi2(best); !(least < level)) {
    throw Error(fmt::format("chi2 is {} at {}, where it should be below {}; the fit did not find the minimum", least,
                            best, level));
  }
  return {crossing(chi2, best, level, -step, lowest), crossing(chi2, best, level, step, highest)};
}

}  // namespace spillway::statistics
