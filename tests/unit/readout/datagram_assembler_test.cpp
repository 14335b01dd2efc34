#include "readout/datagram_assembler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "detectors/lartpc/wibeth.hpp"

namespace spillway::readout {
namespace {

using detectors::DecodeError;
using namespace detectors::lartpc;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Timestamp kBegin{1'000'000};
constexpr std::int64_t kFrameNs = kTicksPerFrame * kTickNs;
constexpr std::uint16_t kCrate = 5;
constexpr std::size_t kMostBadBytes = 100'000;

Bytes frame(std::uint64_t number) {
  Bytes bytes(kFrameBytes);
  encode_wib_eth({.crate = kCrate,
                  .sequence = static_cast<std::uint16_t>(number % kSequences),
                  .timestamp = number * kTicksPerFrame},
                 {}, {}, std::span<std::byte, kFrameBytes>(bytes));
  return bytes;
}

Timestamp begin_of(std::uint64_t number) {
  return kBegin + Duration{static_cast<std::int64_t>(number) * kFrameNs};
}

class Datagrams : public testing::Test {
 protected:
  Datagrams() : description_{"tpc/0", DaqEthHeader{.crate = kCrate}.link(), wib_eth_clock(kBegin), 512} {}

  void take(std::initializer_list<std::uint64_t> numbers) {
    for (const std::uint64_t number : numbers) assembler_.take(frame(number), deadline_);
  }
  /// Frames [first, last) are announced.
  void announce(std::uint64_t first, std::uint64_t last) {
    v1::Bulk bulk;
    bulk.set_stream("tpc/0");
    bulk.set_sequence(first);
    bulk.set_count(static_cast<std::uint32_t>(last - first));
    bulk.set_covered_from_ns(begin_of(first).ns);
    bulk.set_watermark_ns(begin_of(last).ns);
    bulk.set_encoding(model::Encoding::of(model::EncodingFamily::kWibEth).value);
    bulk.mutable_totals()->set_sent(last);
    sent_ = last;
    assembler_.announce(bulk, {}, deadline_);
  }
  void announce_end() {
    v1::Bulk bulk;
    bulk.set_stream("tpc/0");
    bulk.set_sequence(sent_);
    bulk.set_covered_from_ns(begin_of(sent_).ns);
    bulk.set_watermark_ns(Timestamp::max().ns);
    bulk.set_encoding(model::Encoding::of(model::EncodingFamily::kWibEth).value);
    bulk.set_end_of_stream(true);
    assembler_.announce(bulk, {}, deadline_);
  }
  /// Closes and checks the next message; what it gave.
  const CheckedMessage& close(bool overdue = false) {
    message_ = assembler_.close_next(deadline_ - std::chrono::seconds(overdue ? 0 : 1));
    EXPECT_TRUE(message_.has_value());
    const CheckedMessage& checked = checker_.check(message_->announced, message_->arrived);
    EXPECT_TRUE(checker_.ledger().frames_balance());
    return checked;
  }
  [[nodiscard]] bool waits() { return !assembler_.close_next(deadline_ - std::chrono::seconds(1)).has_value(); }
  [[nodiscard]] const model::StreamLedger& books() const { return checker_.ledger(); }

  StreamDescription description_;
  DatagramAssembler assembler_{description_, kMostBadBytes};
  FrameChecker checker_{description_};
  DatagramAssembler::WallTime deadline_ = DatagramAssembler::WallTime() + std::chrono::seconds(10);
  std::optional<AssembledMessage> message_;
  std::uint64_t sent_ = 0;
};

Interval gap(std::uint64_t first, std::uint64_t last) {
  return {begin_of(first), begin_of(last)};
}

TEST_F(Datagrams, MakeTheMessageThatAnnouncedThem) {
  take({0, 1, 2, 3});
  announce(0, 3);
  const auto& message = close();
  ASSERT_EQ(message.frames.size(), 3U);
  EXPECT_EQ(message.frames[2].time.begin, begin_of(2));
  EXPECT_TRUE(std::ranges::equal(message.frames[1].bytes, frame(1)));
  EXPECT_THAT(message.gaps, IsEmpty());
  EXPECT_EQ(assembler_.pending_bytes(), kFrameBytes) << "the fourth waits for its own message";
}

TEST_F(Datagrams, ThatAreReorderedArePutInOrder) {
  take({2, 0});
  announce(0, 3);
  EXPECT_TRUE(waits());
  take({1});
  EXPECT_EQ(close().frames.size(), 3U);
  EXPECT_EQ(books().accepted, 3U);
  EXPECT_EQ(total(books().rejected) + total(books().lost), 0U);
}

TEST_F(Datagrams, ThatDoNotComeAreLostWhereTheirNumbersSay) {
  take({0, 3, 4});
  announce(0, 6);
  EXPECT_TRUE(waits());
  EXPECT_THAT(close(true).gaps, ElementsAre(gap(1, 3), gap(5, 6)));
  EXPECT_EQ(books().lost, (Counters{{"udp_drop", 3}}));
}

TEST_F(Datagrams, ThatTheKernelDroppedAreBookedApart) {
  take({0});
  announce(0, 3);
  message_ = assembler_.close_next(deadline_);
  ASSERT_TRUE(message_);
  message_->arrived.overflowed = 1;
  checker_.check(message_->announced, message_->arrived);
  EXPECT_EQ(books().lost, (Counters{{"socket_overflow", 1}, {"udp_drop", 1}}));
  EXPECT_TRUE(books().frames_balance());
}

TEST_F(Datagrams, ThatComeTwiceAreTakenOnce) {
  take({0, 1, 1, 0});
  announce(0, 2);
  EXPECT_EQ(close().frames.size(), 2U);
  EXPECT_EQ(books().duplicated, 2U);
  EXPECT_EQ(books().rejected, (Counters{{"duplicated", 2}}));
}

TEST_F(Datagrams, ThatComeTooLateAreCountedAndNotTaken) {
  take({0});
  announce(0, 2);
  close(true);
  take({1, 2});
  announce(2, 3);
  EXPECT_EQ(close().frames.size(), 1U);
  EXPECT_EQ(books().lost, (Counters{{"udp_drop", 1}}));
  EXPECT_EQ(books().rejected, (Counters{{"late", 1}}));
}

TEST_F(Datagrams, OfTheWrongLengthOrVersionAreRejectedAndTheirTimeIsAGap) {
  Bytes cut = frame(1);
  cut.resize(kFrameBytes / 2);
  Bytes longer = frame(2);
  longer.push_back({});
  Bytes version = frame(3);
  version[0] |= std::byte{0x3F};
  take({0});
  for (const Bytes& bad : {cut, longer, version}) assembler_.take(bad, deadline_);
  take({4});
  announce(0, 5);
  const auto& message = close();
  EXPECT_THAT(message.gaps, ElementsAre(gap(1, 4)));
  EXPECT_EQ(message.bad.size(), 3U);
  EXPECT_EQ(books().rejected, (Counters{{"truncated", 1}, {"bad_length", 1}, {"bad_version", 1}}));
}

TEST_F(Datagrams, WithATimeFarAheadAreRejectedWithTheirMessage) {
  take({0, 1'000'000'000});
  announce(0, 2);
  EXPECT_THAT(close(true).gaps, ElementsAre(gap(1, 2)));
  EXPECT_EQ(books().rejected, (Counters{{"bad_time", 1}}));
  EXPECT_EQ(books().lost, (Counters{}));
}

TEST_F(Datagrams, WithATimeFarAheadWaitForTheMessageThatLacksThem) {
  take({0, 1'000'000'000});
  announce(0, 1);
  EXPECT_THAT(close().gaps, IsEmpty());
  EXPECT_EQ(total(books().rejected), 0U);
  announce(1, 2);
  EXPECT_THAT(close().gaps, ElementsAre(gap(1, 2)));
  EXPECT_EQ(books().rejected, (Counters{{"bad_time", 1}}));
  EXPECT_EQ(books().lost, (Counters{}));
}

TEST_F(Datagrams, ThatNobodyAnnouncedAreBookedAtTheEnd) {
  take({0, 1});
  announce(0, 1);
  close();
  announce_end();
  EXPECT_TRUE(close().end_of_stream);
  EXPECT_EQ(books().rejected, (Counters{{"bad_time", 1}}));
  EXPECT_EQ(books().duplicated, 1U);
}

TEST_F(Datagrams, ThatAreBadAndThatNoMessageLackedWithinTheirTimeMakeNothingDead) {
  Bytes strange = frame(0);
  strange.resize(40);
  for (int i = 0; i < 3; ++i) assembler_.take(strange, deadline_ - std::chrono::seconds(2));
  assembler_.take(strange, deadline_);
  take({0, 1, 2});
  announce(0, 2);
  EXPECT_THAT(close().gaps, IsEmpty());
  EXPECT_EQ(books().accepted, 2U);
  EXPECT_EQ(books().rejected, (Counters{{"truncated", 3}}));
  EXPECT_EQ(books().duplicated, 3U) << "received, though nobody says to have sent them";
  announce(2, 4);
  EXPECT_THAT(close().gaps, ElementsAre(gap(3, 4))) << "the fourth may be what this one lacks";
  EXPECT_EQ(books().rejected, (Counters{{"truncated", 4}}));
}

TEST_F(Datagrams, ThatAreBadTakeNoMoreRoomThanTheirShareAndNoneOfTheOthers) {
  Bytes strange = frame(0);
  strange.resize(40);
  std::size_t taken = 0;
  while (assembler_.take(strange, deadline_)) ++taken;
  EXPECT_LT(taken, kMostBadBytes / 40) << "a short one costs more than its bytes";
  EXPECT_EQ(assembler_.pending_bytes(), 0U);
  EXPECT_TRUE(assembler_.take(frame(0), deadline_));
  announce_end();
  close();
  EXPECT_TRUE(assembler_.take(strange, deadline_)) << "there is room again";
}

TEST_F(Datagrams, MayBeNone) {
  announce(0, 0);
  EXPECT_THAT(close().gaps, IsEmpty());
  announce(0, 2);
  EXPECT_THAT(close(true).gaps, ElementsAre(gap(0, 2)));
  EXPECT_FALSE(assembler_.close_next(deadline_)) << "nothing is announced";
}

}  // namespace
}  // namespace spillway::readout
