#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace spillway {

/// A span of time in nanoseconds; may be negative.
struct Duration {
  std::int64_t ns = 0;

  friend constexpr auto operator<=>(Duration, Duration) = default;
  friend constexpr Duration operator+(Duration a, Duration b) { return {a.ns + b.ns}; }
  friend constexpr Duration operator-(Duration a, Duration b) { return {a.ns - b.ns}; }
  friend constexpr Duration operator-(Duration a) { return {-a.ns}; }
  constexpr Duration& operator+=(Duration other) {
    ns += other.ns;
    return *this;
  }
  [[nodiscard]] constexpr double seconds() const { return static_cast<double>(ns) * 1e-9; }
};

constexpr Duration nanoseconds(std::int64_t n) {
  return {n};
}
constexpr Duration microseconds(std::int64_t n) {
  return {n * 1'000};
}
constexpr Duration milliseconds(std::int64_t n) {
  return {n * 1'000'000};
}
constexpr Duration seconds(std::int64_t n) {
  return {n * 1'000'000'000};
}
/// `s` seconds, rounded to the nearest nanosecond.
Duration from_seconds(double s);

/// An instant of data time: TAI nanoseconds since 1970-01-01T00:00:00 TAI. Never the wall clock's.
struct Timestamp {
  std::int64_t ns = 0;

  friend constexpr auto operator<=>(Timestamp, Timestamp) = default;
  /// Saturates at Timestamp::min() and max(), so that "for ever" stays for ever.
  friend constexpr Timestamp operator+(Timestamp t, Duration d) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(t.ns, d.ns, &sum)) {
      sum = d.ns > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
    }
    if (t.ns == std::numeric_limits<std::int64_t>::max() || t.ns == std::numeric_limits<std::int64_t>::min()) {
      sum = t.ns;
    }
    return {sum};
  }
  friend constexpr Timestamp operator-(Timestamp t, Duration d) { return t + Duration{-d.ns}; }
  /// Saturates like the sum.
  friend constexpr Duration operator-(Timestamp a, Timestamp b) {
    std::int64_t difference = 0;
    if (__builtin_sub_overflow(a.ns, b.ns, &difference)) {
      difference = a.ns > b.ns ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
    }
    return {difference};
  }
  static constexpr Timestamp max() { return {std::numeric_limits<std::int64_t>::max()}; }
  static constexpr Timestamp min() { return {std::numeric_limits<std::int64_t>::min()}; }
};

/// Half-open [begin, end); empty where end <= begin.
struct Interval {
  Timestamp begin;
  Timestamp end;

  friend constexpr auto operator<=>(const Interval&, const Interval&) = default;
  [[nodiscard]] constexpr bool empty() const { return end <= begin; }
  [[nodiscard]] constexpr Duration length() const { return empty() ? Duration{} : end - begin; }
  [[nodiscard]] constexpr bool contains(Timestamp t) const { return begin <= t && t < end; }
  /// True where the two share at least a nanosecond.
  [[nodiscard]] constexpr bool overlaps(const Interval& other) const {
    return !empty() && !other.empty() && begin < other.end && other.begin < end;
  }
  [[nodiscard]] constexpr Interval clipped_to(const Interval& other) const {
    return {std::max(begin, other.begin), std::min(end, other.end)};
  }
};

/// Reads "2026-01-01T00:00:00[.fraction]" as TAI. Throws Error naming the text and the form expected.
Timestamp parse_tai(std::string_view text);
/// "2026-01-01T00:00:00.000000000", TAI.
std::string format_tai(Timestamp t);

}  // namespace spillway
