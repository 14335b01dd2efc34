#include "detectors/physics/form_factor.hpp"

#include <cassert>
#include <cmath>
#include <numbers>

#include "detectors/physics/constants.hpp"

namespace spillway::physics {

FormFactor FormFactor::helm_of_rms_radius(double rms_radius_fm, double skin_fm) {
  const double squared = 5.0 / 3 * (rms_radius_fm * rms_radius_fm - 3 * skin_fm * skin_fm);
  assert(squared > 0);
  return {std::sqrt(squared), skin_fm};
}

FormFactor FormFactor::lewin_smith(double mass_number) {
  constexpr double kDiffuseness_fm = 0.52;
  constexpr double kSkin_fm = 0.9;
  const double c = 1.23 * std::cbrt(mass_number) - 0.60;
  const double diffuse = std::numbers::pi * kDiffuseness_fm;
  const double squared = c * c + 7.0 / 3 * diffuse * diffuse - 5 * kSkin_fm * kSkin_fm;
  assert(squared > 0);
  return {std::sqrt(squared), kSkin_fm};
}

double FormFactor::operator()(double momentum_mev) const {
  const double q = momentum_mev / kHbarC_mev_fm;
  const double x = q * radius_fm_;
  // 3 j1(x) / x loses all its digits near zero.
  const double bulk =
      std::abs(x) < 0.02 ? 1 - x * x / 10 + x * x * x * x / 280 : 3 * (std::sin(x) - x * std::cos(x)) / (x * x * x);
  return bulk * std::exp(-0.5 * q * q * skin_fm_ * skin_fm_);
}

}  // namespace spillway::physics
