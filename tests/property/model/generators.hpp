#pragma once

#include <vector>

#include <rapidcheck.h>

#include "daq/model/gate.hpp"
#include "daq/model/interval_set.hpp"

namespace spillway::model {

/// Times of these tests are small, so that a bitmap of nanoseconds can hold them.
inline constexpr std::int64_t kLastNs = 300;

/// Uniform in [low, high) from the first case on; rapidcheck's own range starts small.
template <typename T>
T any_in(T low, T high) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<T>(low, high));
}

inline Interval any_interval() {
  const auto begin = any_in<std::int64_t>(0, kLastNs);
  return {{begin}, {begin + any_in<std::int64_t>(-3, 40)}};
}

inline std::vector<Interval> any_intervals(int most = 12) {
  std::vector<Interval> intervals(static_cast<std::size_t>(any_in(0, most)));
  for (Interval& interval : intervals) interval = any_interval();
  return intervals;
}

inline IntervalSet any_set(int most = 12) {
  return IntervalSet(any_intervals(most));
}

/// One flag a nanosecond, from 0 to a little after the last that any_interval() reaches.
using Bitmap = std::vector<bool>;
inline constexpr std::size_t kBitmapNs = kLastNs + 60;

inline Bitmap bitmap_of(std::span<const Interval> intervals) {
  Bitmap bits(kBitmapNs);
  for (const Interval& interval : intervals) {
    for (std::int64_t t = interval.begin.ns; t < interval.end.ns; ++t) bits[static_cast<std::size_t>(t)] = true;
  }
  return bits;
}

}  // namespace spillway::model
