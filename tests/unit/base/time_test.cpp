#include "daq/base/time.hpp"

#include <gtest/gtest.h>

#include "daq/base/error.hpp"

namespace spillway {
namespace {

TEST(Time, ReadsAndWritesTaiToTheNanosecond) {
  EXPECT_EQ(parse_tai("1970-01-01T00:00:00").ns, 0);
  // date -u -d 2026-01-01 +%s; TAI days have no leap seconds, so the count of days is the same.
  EXPECT_EQ(parse_tai("2026-01-01T00:00:00").ns, 1'767'225'600'000'000'000);
  EXPECT_EQ(parse_tai("2026-01-01T00:00:00.5").ns, 1'767'225'600'500'000'000);
  EXPECT_EQ(parse_tai("2024-02-29T23:59:59.000000001").ns, 1'709'251'199'000'000'001);
  EXPECT_EQ(format_tai({1'709'251'199'000'000'001}), "2024-02-29T23:59:59.000000001");
  EXPECT_EQ(format_tai({-1}), "1969-12-31T23:59:59.999999999");
  EXPECT_EQ(parse_tai(format_tai({-86'400'000'000'001})).ns, -86'400'000'000'001);
}

TEST(Time, WritesTheExtremesWithoutOverflow) {
  EXPECT_EQ(format_tai(Timestamp::max()), "2262-04-11T23:47:16.854775807");
  EXPECT_EQ(format_tai(Timestamp::min()), "1677-09-21T00:12:43.145224192");
}

TEST(Time, RefusesWhatIsNoTaiTimeAndSaysWhatWouldBe) {
  for (const char* text : {"", "2026-01-01", "2026-01-01 00:00:00", "2026-13-01T00:00:00", "2025-02-29T00:00:00",
                           "2026-01-01T24:00:00", "2026-01-01T00:60:00", "2026-01-01T00:00:60", "2026-01-01T00:00:00Z",
                           "2026-01-01T00:00:00.", "2026-01-01T00:00:00.1234567890", "2026-01-01T00:00:00.12a",
                           "1500-01-01T00:00:00", "2262-01-01T00:00:00", "+026-01-01T00:00:00"}) {
    try {
      (void)parse_tai(text);
      ADD_FAILURE() << "accepted " << text;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(text), std::string::npos);
      EXPECT_NE(std::string(error.what()).find("2026-01-01T00:00:00"), std::string::npos);
    }
  }
}

TEST(Time, RoundsSecondsToTheNearestNanosecond) {
  EXPECT_EQ(from_seconds(1.5).ns, 1'500'000'000);
  EXPECT_EQ(from_seconds(2.4e-9).ns, 2);
  EXPECT_EQ(from_seconds(-2.6e-9).ns, -3);
  EXPECT_EQ(from_seconds(1e30), Duration{std::numeric_limits<std::int64_t>::max()});
  EXPECT_EQ(from_seconds(-1e30), Duration{std::numeric_limits<std::int64_t>::min()});
}

TEST(Time, ForEverStaysForEver) {
  EXPECT_EQ(Timestamp::max() + seconds(-5), Timestamp::max());
  EXPECT_EQ(Timestamp::max() - seconds(5), Timestamp::max());
  EXPECT_EQ(Timestamp::min() + seconds(5), Timestamp::min());
  EXPECT_EQ(Timestamp{std::numeric_limits<std::int64_t>::max() - 1} + seconds(5), Timestamp::max());
  EXPECT_EQ((Timestamp::max() - Timestamp::min()).ns, std::numeric_limits<std::int64_t>::max());
}

TEST(Time, IntervalsAreHalfOpen) {
  const Interval first{{0}, {10}};
  const Interval second{{10}, {20}};
  EXPECT_FALSE(first.overlaps(second));
  EXPECT_TRUE(first.contains({0}));
  EXPECT_FALSE(first.contains({10}));
  EXPECT_TRUE(first.clipped_to(second).empty());
  EXPECT_EQ(Interval({{5}, {3}}).length().ns, 0);
}

}  // namespace
}  // namespace spillway
