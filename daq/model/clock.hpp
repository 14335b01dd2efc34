#pragma once

#include <cstdint>

#include "daq/base/time.hpp"

namespace spillway::model {

/// How a stream's raw ticks become TAI: a tick lasts numerator / denominator ns, tick `first_tick` is at `tai`.
struct ClockSegment {
  std::uint64_t first_tick = 0;
  Timestamp tai;
  std::uint64_t ns_numerator = 1;
  std::uint64_t ns_denominator = 1;
  friend bool operator==(const ClockSegment&, const ClockSegment&) = default;
  /// Exact in 128 bits, rounded down; saturates.
  [[nodiscard]] Timestamp to_tai(std::uint64_t ticks) const;
};

}  // namespace spillway::model
