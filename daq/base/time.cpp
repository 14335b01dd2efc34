#include "daq/base/time.hpp"

#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "daq/base/error.hpp"

namespace spillway {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kSecondsPerDay = 86'400;
// What int64 nanoseconds since 1970 can hold in whole years.
constexpr std::int64_t kFirstYear = 1678;
constexpr std::int64_t kLastYear = 2261;

/// Reads digits one by one; `failed` once something else stood there.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  std::int64_t number(std::size_t digits) {
    std::int64_t value = 0;
    for (std::size_t i = 0; i < digits; ++i) value = value * 10 + digit();
    return value;
  }
  void expect(char c) {
    if (rest_.empty() || rest_.front() != c) {
      failed_ = true;
      return;
    }
    rest_.remove_prefix(1);
  }
  std::int64_t fraction_ns() {
    if (rest_.empty()) return 0;
    expect('.');
    if (failed_ || rest_.empty() || rest_.size() > 9) {
      failed_ = true;
      return 0;
    }
    const std::size_t digits = rest_.size();
    std::int64_t value = number(digits);
    for (std::size_t i = digits; i < 9; ++i) value *= 10;
    return value;
  }
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  std::int64_t digit() {
    if (rest_.empty() || rest_.front() < '0' || rest_.front() > '9') {
      failed_ = true;
      return 0;
    }
    const std::int64_t value = rest_.front() - '0';
    rest_.remove_prefix(1);
    return value;
  }

  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace

Duration from_seconds(double s) {
  const double ns = std::round(s * 1e9);
  if (!(ns > -9.2e18)) return {std::numeric_limits<std::int64_t>::min()};
  if (ns > 9.2e18) return {std::numeric_limits<std::int64_t>::max()};
  return {static_cast<std::int64_t>(ns)};
}

Timestamp parse_tai(std::string_view text) {
  Reader reader(text);
  const std::int64_t year = reader.number(4);
  reader.expect('-');
  const std::int64_t month = reader.number(2);
  reader.expect('-');
  const std::int64_t day = reader.number(2);
  reader.expect('T');
  const std::int64_t hour = reader.number(2);
  reader.expect(':');
  const std::int64_t minute = reader.number(2);
  reader.expect(':');
  const std::int64_t second = reader.number(2);
  const std::int64_t fraction = reader.fraction_ns();

  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(year)),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  const bool in_range = date.ok() && year >= kFirstYear && year <= kLastYear && hour < 24 && minute < 60 && second < 60;
  if (reader.failed() || !in_range) {
    throw Error(
        fmt::format("\"{}\" is not a TAI time between {} and {}; write it like 2026-01-01T00:00:00 or "
                    "2026-01-01T00:00:00.123456789",
                    text, kFirstYear, kLastYear));
  }
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t seconds_of_day = (hour * 60 + minute) * 60 + second;
  return {(days * kSecondsPerDay + seconds_of_day) * kNsPerSecond + fraction};
}

std::string format_tai(Timestamp t) {
  std::int64_t whole = t.ns / kNsPerSecond;
  std::int64_t fraction = t.ns % kNsPerSecond;
  if (fraction < 0) {
    fraction += kNsPerSecond;
    --whole;
  }
  std::int64_t days = whole / kSecondsPerDay;
  std::int64_t second = whole % kSecondsPerDay;
  if (second < 0) {
    second += kSecondsPerDay;
    --days;
  }
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), second / 3600,
                     second / 60 % 60, second % 60, fraction);
}

}  // namespace spillway
