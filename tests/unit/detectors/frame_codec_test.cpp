#include "detectors/frame_codec.hpp"

#include <cstring>
#include <map>

#include <gtest/gtest.h>

#include "daq/model/primitive.hpp"
#include "detectors/caen/compass.hpp"

namespace spillway::detectors {
namespace {

constexpr Timestamp kEpoch{1'000'000};
constexpr auto kCompass = model::Encoding::of(model::EncodingFamily::kCompass, 0xCAED);

Bytes frame(std::uint64_t time_ps, std::size_t samples) {
  caen::CompassRecord record;
  record.channel = 5;
  record.time_ps = time_ps;
  Bytes bytes;
  caen::encode_compass({0xCAED}, record, std::vector<std::uint16_t>(samples), bytes);
  return bytes;
}

Expected<FrameTime, DecodeError> time_of(const Bytes& bytes, model::Encoding encoding = kCompass) {
  return frame_time(encoding, bytes, caen::compass_clock(kEpoch), 2);
}

TEST(FrameTime, RoundsPicosecondsDownAndLastsAsLongAsItsSamples) {
  const auto time = time_of(frame(5'999, 100));
  ASSERT_TRUE(time);
  EXPECT_EQ(time->time, (Interval{kEpoch + nanoseconds(5), kEpoch + nanoseconds(205)}));
  EXPECT_EQ(time->ticks, 5'999U);
  EXPECT_EQ(time->channel, 5U);
}

TEST(FrameTime, LastsAtLeastANanosecond) {
  const auto time = time_of(frame(0, 0));
  ASSERT_TRUE(time);
  EXPECT_EQ(time->time.length(), nanoseconds(1));
}

TEST(FrameTime, NamesWhatIsWrongWithAFrame) {
  Bytes bad_version = frame(0, 4);
  bad_version[20] = std::byte{9};
  Bytes too_long = frame(0, 4);
  too_long.push_back(std::byte{0});
  Bytes cut = frame(0, 4);
  cut.pop_back();
  EXPECT_EQ(time_of(cut).error(), DecodeError::kTruncated);
  EXPECT_EQ(time_of(too_long).error(), DecodeError::kBadLength);
  EXPECT_EQ(time_of(bad_version).error(), DecodeError::kBadVersion);
  EXPECT_EQ(time_of(frame(0, 4), {0}).error(), DecodeError::kUnknownEncoding);
  EXPECT_EQ(time_of(frame(0, 4), model::Encoding::of(model::EncodingFamily::kCompass, 0x1234)).error(),
            DecodeError::kUnknownEncoding);
  const ClockSegment overflowing{0, {std::numeric_limits<std::int64_t>::max() - 10}, 1, 1};
  EXPECT_EQ(frame_time(kCompass, frame(1'000, 4), overflowing, 2).error(), DecodeError::kBadTime);
}

TEST(FrameTime, OfPrimitivesReachesFromTheFirstBeginToTheLatestEnd) {
  constexpr auto kPrimitives = model::Encoding::of(model::EncodingFamily::kPrimitives);
  const auto of = [&](const Bytes& bytes) { return frame_time(kPrimitives, bytes, kPrimitiveClock, 1); };
  model::Primitive first;
  first.time_start_ns = 5'000;
  first.duration_ns = 900;
  model::Primitive second = first;
  second.time_start_ns = 5'100;
  second.duration_ns = 10;
  Bytes good;
  append(good, first);
  append(good, second);
  ASSERT_TRUE(of(good));
  EXPECT_EQ(of(good)->time, (Interval{{5'000}, {5'900}}));
  Bytes cut = good;
  cut.pop_back();
  Bytes backwards;
  append(backwards, second);
  append(backwards, first);
  EXPECT_EQ(of({}).error(), DecodeError::kTruncated);
  EXPECT_EQ(of(cut).error(), DecodeError::kBadLength);
  EXPECT_EQ(of(backwards).error(), DecodeError::kBadTime);
}

TEST(FrameTime, HasANameForEachError) {
  EXPECT_EQ(name(DecodeError::kTruncated), "truncated");
  EXPECT_EQ(name(DecodeError::kBadLength), "bad_length");
  EXPECT_EQ(name(DecodeError::kBadVersion), "bad_version");
  EXPECT_EQ(name(DecodeError::kUnknownEncoding), "unknown_encoding");
  EXPECT_EQ(name(DecodeError::kUnknownChannel), "unknown_channel");
  EXPECT_EQ(name(DecodeError::kBadTime), "bad_time");
}

TEST(ClockSegment, IsExactAndRoundsDownOnEitherSideOfItsFirstTick) {
  const ClockSegment clock{100, {1'000}, 1, 3};
  EXPECT_EQ(clock.to_tai(100).ns, 1'000);
  EXPECT_EQ(clock.to_tai(102).ns, 1'000);
  EXPECT_EQ(clock.to_tai(103).ns, 1'001);
  EXPECT_EQ(clock.to_tai(99).ns, 999);
  EXPECT_EQ(clock.to_tai(97).ns, 999);
  EXPECT_EQ(clock.to_tai(96).ns, 998);
}

TEST(ClockSegment, SurvivesProductsBeyond64Bits) {
  // 16 ns ticks of 62.5 MHz, far from the first one.
  const ClockSegment clock{0, {0}, 16'000'000'000ULL, 1'000'000'000ULL};
  EXPECT_EQ(clock.to_tai(500'000'000'000'000'000ULL).ns, 8'000'000'000'000'000'000LL);
}

TEST(ClockSegment, Saturates) {
  const ClockSegment clock{1ULL << 63U, {0}, 1000, 1};
  EXPECT_EQ(clock.to_tai(~0ULL), Timestamp::max());
  EXPECT_EQ(clock.to_tai(0), Timestamp::min());
}

}  // namespace
}  // namespace spillway::detectors
