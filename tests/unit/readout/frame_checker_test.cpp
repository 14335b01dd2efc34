#include "readout/frame_checker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "frames.hpp"

namespace spillway::readout {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Checker : public testing::Test {
 protected:
  const CheckedMessage& take(const FramesMessage& message) {
    last_ = message;
    return checker_.check(last_.bulk, last_.payload);
  }
  FrameChecker checker_{description()};
  FramesMessage last_;
};

TEST_F(Checker, AcceptsGoodFramesAndMovesItsWatermark) {
  const auto& message = take(frames_message(0, 0, 1000, {record(0), record(500)}));
  ASSERT_EQ(message.frames.size(), 2U);
  EXPECT_EQ(message.frames[1].time, after_epoch(500, 600));
  EXPECT_EQ(message.covered_from, kEpoch);
  EXPECT_EQ(message.watermark, kEpoch + nanoseconds(1000));
  EXPECT_THAT(message.gaps, IsEmpty());
  EXPECT_EQ(checker_.ledger().accepted, 2U);
  EXPECT_EQ(checker_.ledger().sent, 2U);
  EXPECT_TRUE(checker_.ledger().frames_balance());
}

TEST_F(Checker, BooksFramesThatNeverCameAsLostAndTheirTimeAsAGap) {
  take(frames_message(0, 0, 1000, {record(0)}));
  const auto& message = take(frames_message(4, 3000, 4000, {record(3500)}));
  EXPECT_THAT(message.gaps, ElementsAre(after_epoch(1000, 3000)));
  EXPECT_EQ(checker_.ledger().lost, (Counters{{"sequence_gap", 3}}));
  EXPECT_EQ(message.covered_from, kEpoch + nanoseconds(1000)) << "coverage goes on, with the gap in it";
  EXPECT_TRUE(checker_.ledger().frames_balance());
}

TEST_F(Checker, GivesUpTheWholeMessageWhereMissingNumbersHaveNoMissingTime) {
  take(frames_message(0, 0, 1000, {record(0)}));
  EXPECT_THAT(take(frames_message(3, 1000, 2000, {record(1500)})).gaps, ElementsAre(after_epoch(1000, 2000)));
}

TEST_F(Checker, CountsRepeatedFramesAndTakesThemOnce) {
  take(frames_message(0, 0, 1000, {record(0), record(500)}));
  const auto& message = take(frames_message(1, 400, 2000, {record(500), record(1500)}));
  ASSERT_EQ(message.frames.size(), 1U);
  EXPECT_EQ(message.frames[0].time.begin, kEpoch + nanoseconds(1500));
  EXPECT_EQ(checker_.ledger().duplicated, 1U);
  EXPECT_EQ(checker_.ledger().rejected, (Counters{{"duplicated", 1}}));
  EXPECT_EQ(checker_.ledger().accepted, 3U);
  EXPECT_TRUE(checker_.ledger().frames_balance());
}

TEST_F(Checker, CountsEveryKindOfBadFrameUnderItsName) {
  Bytes cut = record(100);
  cut.resize(20);
  Bytes longer = record(100);
  longer.push_back(std::byte{0});
  Bytes version = record(100);
  version[20] = std::byte{7};
  const std::vector<std::pair<std::string, Bytes>> cases = {
      {"truncated", cut},           {"bad_length", longer},
      {"bad_version", version},     {"unknown_channel", record(100, {1, 2}, kChannel + 1)},
      {"bad_time", record(99'999)},
  };
  std::uint64_t sequence = 0;
  std::int64_t from = 0;
  for (const auto& [reason, bytes] : cases) {
    const auto& message = take(frames_message(sequence, from, from + 1000, {bytes}));
    EXPECT_EQ(checker_.ledger().rejected.at(reason), 1U) << reason;
    EXPECT_THAT(message.gaps, ElementsAre(after_epoch(from, from + 1000))) << reason;
    ASSERT_EQ(message.bad.size(), 1U);
    EXPECT_EQ(message.bad[0].size(), bytes.size());
    ++sequence;
    from += 1000;
  }
  FramesMessage unknown = frames_message(sequence, from, from + 1000, {record(from)});
  unknown.bulk.set_encoding(0);
  take(unknown);
  EXPECT_EQ(checker_.ledger().rejected.at("unknown_encoding"), 1U);
  EXPECT_EQ(checker_.ledger().accepted, 0U);
  EXPECT_TRUE(checker_.ledger().frames_balance());
}

TEST_F(Checker, LosesTheTimeBetweenTheGoodNeighboursOfABadFrame) {
  Bytes bad = record(500);
  bad.resize(30);
  const auto& message = take(frames_message(0, 0, 1000, {record(100), bad, record(700), bad}));
  EXPECT_THAT(message.gaps, ElementsAre(after_epoch(200, 700), after_epoch(800, 1000)));
  EXPECT_EQ(message.frames.size(), 2U);
}

TEST_F(Checker, RejectsFramesThatGoBackInTime) {
  const auto& message = take(frames_message(0, 0, 1000, {record(500), record(400)}));
  EXPECT_EQ(message.frames.size(), 1U);
  EXPECT_EQ(checker_.ledger().rejected, (Counters{{"bad_time", 1}}));
}

TEST_F(Checker, RejectsMessagesWhosePayloadIsNotWhatTheyClaim) {
  FramesMessage flipped = frames_message(0, 0, 1000, {record(0), record(500)});
  flipped.payload[40] ^= std::byte{1};
  EXPECT_THAT(take(flipped).gaps, ElementsAre(after_epoch(0, 1000)));
  EXPECT_EQ(checker_.ledger().rejected, (Counters{{"bad_crc", 2}}));
  FramesMessage shorter = frames_message(2, 1000, 2000, {record(1500)});
  shorter.payload.pop_back();
  EXPECT_THAT(take(shorter).gaps, ElementsAre(after_epoch(1000, 2000)));
  EXPECT_EQ(checker_.ledger().rejected, (Counters{{"bad_crc", 2}, {"bad_sizes", 1}}));
  take(frames_message(3, 2000, 3000, {record(2500)}));
  EXPECT_TRUE(checker_.ledger().lost.empty());
  EXPECT_TRUE(checker_.ledger().frames_balance());
}

TEST_F(Checker, BeginsWhereItsFirstMessageDoes) {
  const auto& message = take(frames_message(77, 5000, 6000, {record(5500)}));
  EXPECT_EQ(message.covered_from, kEpoch + nanoseconds(5000));
  EXPECT_THAT(message.gaps, IsEmpty());
  EXPECT_TRUE(checker_.ledger().lost.empty());
}

TEST_F(Checker, KnowsHowFarAStreamReachedWhenItEnded) {
  take(frames_message(0, 0, 1000, {record(0)}));
  const auto& message = take(end_message(1, 1000));
  EXPECT_TRUE(message.end_of_stream);
  EXPECT_EQ(message.watermark, Timestamp::max());
  EXPECT_EQ(message.covered_until, kEpoch + nanoseconds(1000));
}

TEST_F(Checker, BooksFramesBeyondTheRunApart) {
  take(frames_message(0, 0, 1000, {record(0), record(500)}));
  checker_.set_limit(kEpoch + nanoseconds(400), 1);
  take(frames_message(2, 1000, 2000, {record(1500)}));
  EXPECT_EQ(checker_.ledger().accepted, 1U);
  EXPECT_EQ(checker_.ledger().outside_run, 2U);
  EXPECT_TRUE(checker_.ledger().frames_balance());
}

TEST_F(Checker, BooksOverwrittenFramesAsLost) {
  take(frames_message(0, 0, 1000, {record(0), record(500)}));
  checker_.count_overwritten(1);
  EXPECT_EQ(checker_.ledger().accepted, 1U);
  EXPECT_EQ(checker_.ledger().lost, (Counters{{"ring_overflow", 1}}));
  EXPECT_TRUE(checker_.ledger().frames_balance());
}

}  // namespace
}  // namespace spillway::readout
