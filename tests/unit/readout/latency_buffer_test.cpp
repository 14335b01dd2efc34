#include "readout/latency_buffer.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

namespace spillway::readout {
namespace {

using model::FragmentStatus;

Interval at(std::int64_t begin, std::int64_t end) {
  return {{begin}, {end}};
}

/// 10 bytes that say when the frame begins.
Bytes frame(std::int64_t begin) {
  return Bytes(10, static_cast<std::byte>(begin / 100));
}

void add(LatencyBuffer& buffer, std::int64_t begin) {
  buffer.add(at(begin, begin + 50), frame(begin));
  buffer.cover({begin}, {begin + 100});
}

TEST(LatencyBuffer, GivesTheFramesThatOverlapAWindowInOrder) {
  LatencyBuffer buffer(1000);
  for (std::int64_t t = 0; t < 1000; t += 100) add(buffer, t);
  const WindowAnswer answer = buffer.look_up(at(240, 410));
  EXPECT_EQ(answer.status, FragmentStatus::kOk);
  ASSERT_EQ(answer.frames.size(), 3U);
  EXPECT_EQ(answer.frames[0][0], std::byte{2});
  EXPECT_EQ(answer.frames[2][0], std::byte{4});
  EXPECT_TRUE(buffer.look_up(at(250, 300)).frames.empty());
  EXPECT_EQ(buffer.look_up(at(250, 300)).status, FragmentStatus::kOk) << "a quiet stretch is data, too";
}

TEST(LatencyBuffer, SaysWhatTheStreamNeverCovered) {
  LatencyBuffer buffer(1000);
  EXPECT_EQ(buffer.look_up(at(0, 10)).status, FragmentStatus::kNoData);
  add(buffer, 100);
  EXPECT_EQ(buffer.look_up(at(0, 100)).status, FragmentStatus::kNoData);
  EXPECT_EQ(buffer.look_up(at(200, 300)).status, FragmentStatus::kNoData);
  EXPECT_EQ(buffer.look_up(at(50, 150)).status, FragmentStatus::kPartial);
  EXPECT_EQ(buffer.look_up(at(150, 250)).status, FragmentStatus::kPartial);
}

TEST(LatencyBuffer, SaysWhereFramesWereLost) {
  LatencyBuffer buffer(1000);
  for (std::int64_t t = 0; t < 1000; t += 100) add(buffer, t);
  buffer.add_gap(at(260, 270));
  EXPECT_EQ(buffer.look_up(at(200, 300)).status, FragmentStatus::kPartial);
  EXPECT_EQ(buffer.look_up(at(270, 300)).status, FragmentStatus::kOk);
}

TEST(LatencyBuffer, OverwritesItsOldestFramesAndSaysSo) {
  LatencyBuffer buffer(35);  // three frames, and a rest that holds none
  for (std::int64_t t = 0; t < 1000; t += 100) add(buffer, t);
  EXPECT_EQ(buffer.take_overwritten(), 7U);
  EXPECT_EQ(buffer.take_overwritten(), 0U);
  EXPECT_EQ(buffer.size(), 3U);
  EXPECT_EQ(buffer.look_up(at(0, 600)).status, FragmentStatus::kExpired);
  EXPECT_EQ(buffer.look_up(at(600, 660)).status, FragmentStatus::kExpired);
  EXPECT_EQ(buffer.look_up(at(600, 760)).status, FragmentStatus::kPartial);
  const WindowAnswer kept = buffer.look_up(at(700, 1000));
  EXPECT_EQ(kept.status, FragmentStatus::kOk);
  EXPECT_EQ(kept.frames.size(), 3U);
}

TEST(LatencyBuffer, LosesNothingByOverwritingWhatWasReleased) {
  LatencyBuffer buffer(30);
  for (std::int64_t t = 0; t < 300; t += 100) add(buffer, t);
  buffer.release_before({150});
  for (std::int64_t t = 300; t < 600; t += 100) add(buffer, t);
  EXPECT_EQ(buffer.take_overwritten(), 1U) << "of those at 0, 100 and 200, only the last was still wanted";
}

TEST(LatencyBuffer, DoesNotKeepAFrameLargerThanItself) {
  LatencyBuffer buffer(8);
  buffer.add(at(0, 50), frame(0));
  buffer.cover({0}, {100});
  EXPECT_EQ(buffer.take_overwritten(), 1U);
  EXPECT_EQ(buffer.look_up(at(0, 100)).status, FragmentStatus::kPartial);
}

/// Puts the frames that begin at `begins` into a reserved piece, one behind the other, and adds those of `good`.
void add_reserved(LatencyBuffer& buffer, const std::vector<std::int64_t>& begins, const std::set<std::int64_t>& good) {
  const std::span<std::byte> piece = buffer.reserve(10 * begins.size());
  ASSERT_EQ(piece.size(), 10 * begins.size());
  for (std::size_t i = 0; i < begins.size(); ++i) {
    const auto place = piece.subspan(10 * i, 10);
    std::ranges::copy(frame(begins[i]), place.begin());
    if (good.contains(begins[i])) buffer.add(at(begins[i], begins[i] + 50), place);
  }
  buffer.cover({begins.front()}, {begins.back() + 100});
}

TEST(LatencyBuffer, KeepsFramesWhereTheyWereReceived) {
  LatencyBuffer buffer(100);
  add(buffer, 0);
  add_reserved(buffer, {100, 200, 300}, {100, 300});
  add(buffer, 400);
  const WindowAnswer answer = buffer.look_up(at(0, 500));
  ASSERT_EQ(answer.frames.size(), 4U);
  const std::vector<std::int64_t> begins = {0, 100, 300, 400};
  for (std::size_t i = 0; i < begins.size(); ++i) EXPECT_TRUE(std::ranges::equal(answer.frames[i], frame(begins[i])));
  EXPECT_EQ(answer.frames[2].data(), answer.frames[1].data() + 20) << "not copied";
  EXPECT_EQ(answer.frames[3].data(), answer.frames[2].data() + 10);
  EXPECT_EQ(buffer.used_bytes(), 40U);
}

TEST(LatencyBuffer, GivesRoomBackOfWhichNothingWasAdded) {
  LatencyBuffer buffer(100);
  for (int i = 0; i < 20; ++i) add_reserved(buffer, {100, 200, 300}, {});
  EXPECT_EQ(buffer.take_overwritten(), 0U);
  EXPECT_EQ(buffer.reserve(100).size(), 100U);
}

TEST(LatencyBuffer, OverwritesNothingThatIsWantedForFramesThatAreNotCheckedYet) {
  LatencyBuffer buffer(40);
  for (std::int64_t t = 0; t < 400; t += 100) add(buffer, t);
  EXPECT_FALSE(buffer.has_room(10));
  EXPECT_TRUE(buffer.reserve(10).empty());
  buffer.release_before({200});
  EXPECT_FALSE(buffer.has_room(30));
  EXPECT_TRUE(buffer.reserve(30).empty());
  EXPECT_EQ(buffer.size(), 2U);
  EXPECT_TRUE(buffer.has_room(10));
}

TEST(LatencyBuffer, UsesTheSameMemoryAgainOnceAllWasReleased) {
  LatencyBuffer buffer(1'000);
  const std::byte* first = nullptr;
  for (std::int64_t t = 0; t < 1'000; t += 200) {
    add(buffer, t);
    add(buffer, t + 100);
    const std::byte* place = buffer.look_up(at(t, t + 200)).frames.at(0).data();
    if (first == nullptr) first = place;
    EXPECT_EQ(place, first);
    buffer.release_before({t + 200});
    EXPECT_EQ(buffer.used_bytes(), 0U);
    EXPECT_EQ(buffer.look_up(at(t, t + 200)).status, FragmentStatus::kExpired);
  }
  EXPECT_EQ(buffer.take_overwritten(), 0U);
}

TEST(LatencyBuffer, CountsFramesThatWereReleasedAsLongAsItWouldHoldThem) {
  LatencyBuffer buffer(100);
  for (std::int64_t t = 0; t < 800; t += 100) add(buffer, t);
  buffer.release_before({600});
  EXPECT_EQ(buffer.size(), 2U);
  EXPECT_EQ(buffer.count_from({300}), 5U);
  EXPECT_EQ(buffer.count_from({650}), 1U);
  for (std::int64_t t = 800; t < 1'400; t += 100) add(buffer, t);
  EXPECT_EQ(buffer.count_from({0}), 10U) << "the memory holds no more";
}

TEST(LatencyBuffer, LosesNothingWithFramesThatComeWhenNobodyWillAskForThem) {
  LatencyBuffer buffer(100);
  buffer.release_before(Timestamp::max());
  for (std::int64_t t = 0; t < 5'000; t += 100) add(buffer, t);
  EXPECT_EQ(buffer.take_overwritten(), 0U);
  EXPECT_TRUE(buffer.has_room(100));
}

TEST(LatencyBuffer, KeepsWhatIsLentAndNotTheFrameThatFindsNoRoom) {
  LatencyBuffer buffer(30);
  for (std::int64_t t = 0; t < 300; t += 100) add(buffer, t);
  const ByteView lent = buffer.look_up(at(0, 50)).frames.at(0);
  buffer.lend(at(0, 50), 1);
  EXPECT_TRUE(buffer.lends());
  EXPECT_TRUE(buffer.reserve(10).empty());
  add(buffer, 300);
  EXPECT_EQ(buffer.take_overwritten(), 1U);
  EXPECT_EQ(buffer.size(), 3U);
  EXPECT_EQ(buffer.look_up(at(0, 300)).status, FragmentStatus::kOk);
  EXPECT_EQ(buffer.look_up(at(300, 400)).status, FragmentStatus::kPartial);
  EXPECT_TRUE(std::ranges::equal(lent, frame(0)));
  buffer.take_back(1);
  EXPECT_FALSE(buffer.lends());
  add(buffer, 400);
  EXPECT_EQ(buffer.take_overwritten(), 1U);
  EXPECT_EQ(buffer.look_up(at(0, 50)).status, FragmentStatus::kExpired);
  EXPECT_EQ(buffer.look_up(at(400, 500)).status, FragmentStatus::kOk);
}

TEST(LatencyBuffer, OverwritesUpToWhatIsLent) {
  LatencyBuffer buffer(30);
  for (std::int64_t t = 0; t < 300; t += 100) add(buffer, t);
  buffer.lend(at(100, 150), 1);
  add(buffer, 300);
  add(buffer, 400);
  EXPECT_EQ(buffer.take_overwritten(), 2U) << "those at 0 and 400";
  EXPECT_EQ(buffer.look_up(at(100, 400)).frames.size(), 3U);
}

TEST(LatencyBuffer, ReleasesWhatIsLentOnlyOnceItHasBeenTakenBack) {
  LatencyBuffer buffer(30);
  for (std::int64_t t = 0; t < 300; t += 100) add(buffer, t);
  buffer.lend(at(100, 150), 1);
  buffer.lend(at(0, 150), 2);
  buffer.release_before(Timestamp::max());
  EXPECT_EQ(buffer.size(), 3U);
  EXPECT_FALSE(buffer.has_room(10));
  buffer.take_back(1);
  EXPECT_EQ(buffer.size(), 3U) << "the second message has them, too";
  buffer.take_back(2);
  EXPECT_EQ(buffer.size(), 0U);
  EXPECT_TRUE(buffer.has_room(30));
  EXPECT_EQ(buffer.take_overwritten(), 0U);
}

TEST(LatencyBuffer, CountsAnewWhenAllHasBeenTakenBack) {
  LatencyBuffer buffer(30);
  for (std::int64_t t = 0; t < 300; t += 100) add(buffer, t);
  buffer.lend(at(0, 300), 7);
  buffer.take_back(6);
  buffer.take_all_back();
  EXPECT_FALSE(buffer.lends());
  buffer.lend(at(0, 50), 1);
  add(buffer, 300);
  EXPECT_EQ(buffer.size(), 3U) << "the first is lent";
  buffer.take_back(1);
  add(buffer, 400);
  EXPECT_EQ(buffer.look_up(at(0, 50)).status, FragmentStatus::kExpired);
}

TEST(LatencyBuffer, MakesDoWithTheMemoryThatTheSystemHas) {
  Bytes memory(100);
  LatencyBuffer buffer({memory, [](std::size_t end) { return end <= 35; }, nullptr});
  EXPECT_TRUE(buffer.reserve(40).empty());
  for (std::int64_t t = 0; t < 500; t += 100) add(buffer, t);
  EXPECT_EQ(buffer.take_overwritten(), 2U);
  EXPECT_EQ(buffer.look_up(at(200, 500)).frames.size(), 3U);
  EXPECT_TRUE(std::all_of(memory.begin() + 30, memory.end(), [](std::byte b) { return b == std::byte{0}; }));
  LatencyBuffer none({memory, [](std::size_t) { return false; }, nullptr});
  add(none, 0);
  EXPECT_EQ(none.take_overwritten(), 1U);
  EXPECT_EQ(none.look_up(at(0, 100)).status, FragmentStatus::kPartial);
}

TEST(LatencyBuffer, KnowsTheChecksumOfWhatItAnswersWith) {
  LatencyBuffer buffer(100);
  add(buffer, 0);
  add_reserved(buffer, {100, 200}, {100, 200});
  buffer.add(at(300, 350), frame(300), crc32c(frame(300)));
  Bytes together;
  for (const std::int64_t t : {0, 100, 200, 300}) append(together, frame(t));
  EXPECT_EQ(buffer.look_up(at(0, 400)).crc32c, crc32c(together));
  EXPECT_EQ(buffer.look_up(at(60, 90)).crc32c, crc32c({}));
}

TEST(LatencyBuffer, FindsALongFrameThatBeganFarBeforeTheWindow) {
  LatencyBuffer buffer(1000);
  buffer.add(at(0, 900), frame(0));
  buffer.add(at(100, 110), frame(100));
  buffer.cover({0}, {1000});
  const WindowAnswer answer = buffer.look_up(at(800, 850));
  ASSERT_EQ(answer.frames.size(), 1U);
  EXPECT_EQ(answer.frames[0][0], std::byte{0});
}

TEST(LatencyBuffer, CountsFramesFromATimeOn) {
  LatencyBuffer buffer(1000);
  for (std::int64_t t = 0; t < 500; t += 100) add(buffer, t);
  EXPECT_EQ(buffer.count_from({201}), 2U);
  EXPECT_EQ(buffer.count_from({0}), 5U);
}

}  // namespace
}  // namespace spillway::readout
