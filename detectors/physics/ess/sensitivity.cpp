#include "detectors/physics/ess/sensitivity.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <boost/math/tools/minima.hpp>

namespace spillway::physics::ess {
namespace {

// Half widths of the ring over its centre (eq. 4.8).
const double kRingWidth = std::sqrt(3.0);
const double kRingHeight = std::sqrt(1.5);

}  // namespace

double chi2_of(const Measurement& measurement, const Parameter& parameter, double value, TransitionPower power) {
  if (parameter.radius) return chi2_of_radius(measurement, *parameter.radius, value, power);
  Couplings couplings;
  (parameter.name == kSin2w.name ? couplings.sin2_theta_w : couplings.mu_numu) = value;
  return measurement.chi2(couplings);
}

Range range_of(const Measurement& measurement, const Parameter& parameter, TransitionPower power) {
  const double lowest = parameter.not_negative ? 0 : std::numeric_limits<double>::lowest();
  const statistics::Interval interval =
      statistics::profile_interval([&](double value) { return chi2_of(measurement, parameter, value, power); },
                                   parameter.standard, statistics::kDeltaChi2Of90_1d, parameter.step, lowest);
  return {parameter.standard, interval.low, interval.high};
}

double chi2_of_nsi(const Measurement& measurement, double eps_ee, double eps_mumu) {
  Couplings couplings;
  couplings.eps_ee = eps_ee;
  couplings.eps_mumu = eps_mumu;
  return measurement.chi2(couplings);
}

statistics::Contours nsi_region(const Measurement& measurement) {
  constexpr double kMargin = 1.3;
  const double centre = ring_centre(measurement.parts().front().nucleus);
  const double width = kMargin * kRingWidth * centre;
  const double height = kMargin * kRingHeight * centre;
  return statistics::trace_contours([&](double x, double y) { return chi2_of_nsi(measurement, x, y); },
                                    statistics::kDeltaChi2Of90_2d,
                                    {{centre - width, centre + width}, {centre - height, centre + height}});
}

double nsi_ring_barrier(const Measurement& measurement) {
  constexpr int kAngles = 360;
  constexpr int kBits = 30;
  const double centre = ring_centre(measurement.parts().front().nucleus);
  double barrier = 0;
  for (int i = 0; i < kAngles; ++i) {
    const double angle = 2 * std::numbers::pi * i / kAngles;
    const auto along = [&](double radius) {
      return chi2_of_nsi(measurement, centre * (1 + radius * kRingWidth * std::cos(angle)),
                         centre * (1 + radius * kRingHeight * std::sin(angle)));
    };
    barrier = std::max(barrier, boost::math::tools::brent_find_minima(along, 0.7, 1.3, kBits).second);
  }
  return barrier;
}

}  // namespace spillway::physics::ess
