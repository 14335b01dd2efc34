#include "daq/model/clock.hpp"

#include <cassert>
#include <limits>

namespace spillway::model {

namespace {
__extension__ typedef unsigned __int128 Wide;
}  // namespace

Timestamp ClockSegment::to_tai(std::uint64_t ticks) const {
  assert(ns_denominator != 0);
  const bool earlier = ticks < first_tick;
  const Wide product = static_cast<Wide>(earlier ? first_tick - ticks : ticks - first_tick) * ns_numerator;
  // Rounded down on either side of first_tick.
  const Wide distance = (product + (earlier ? ns_denominator - 1 : 0)) / ns_denominator;
  constexpr auto kFarthest = static_cast<Wide>(std::numeric_limits<std::int64_t>::max());
  if (distance > kFarthest) return earlier ? Timestamp::min() : Timestamp::max();
  const Duration step{static_cast<std::int64_t>(distance)};
  return tai + (earlier ? -step : step);
}

}  // namespace spillway::model
