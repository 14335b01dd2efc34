#pragma once

#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "daq/base/error.hpp"

namespace spillway::cli {

/// Refuses what is not a positive, finite number.
inline void require_positive(double value, std::string_view option, std::string_view unit) {
  if (std::isfinite(value) && value > 0) return;
  throw Error(fmt::format("{} is {}, but has to be a positive number of {}", option, value, unit));
}

/// Refuses what is not a number within both limits.
inline void require_within(double value, double low, double high, std::string_view option, std::string_view unit) {
  if (value >= low && value <= high) return;
  throw Error(fmt::format("{} is {}, but has to be between {} and {} {}", option, value, low, high, unit));
}

}  // namespace spillway::cli
