#include "readout/stream_readout.hpp"

#include <gtest/gtest.h>

#include "detectors/registry.hpp"
#include "frames.hpp"

namespace spillway::readout {
namespace {

using model::FragmentStatus;

constexpr const char* kConfig = R"(
[facility.bench]
on_after_ns = 100
[detector.csi]
facility = "bench"
channels = [3]
[front_end.recorder]
facility = "bench"
gate_channel = 1
)";

StreamElectronics electronics() {
  const Config config = Config::parse(kConfig, "test.toml");
  const model::Setup setup = detectors::load_setup(config);
  StreamElectronics made = make_electronics(config, setup, setup.detectors.at(0), "csi/3");
  made.description.clock = detectors::caen::compass_clock(kEpoch);
  return made;
}

class Stream : public testing::Test {
 protected:
  PrimitiveMessage take(const FramesMessage& message) {
    last_ = message;
    bad_.clear();
    return stream_.take(last_.bulk, last_.payload, bad_);
  }
  FragmentStatus status(std::int64_t begin_ns, std::int64_t end_ns) {
    return static_cast<FragmentStatus>(stream_.answer({1, 0, after_epoch(begin_ns, end_ns)}).fragment.status());
  }
  StreamReadout stream_{electronics(), LatencyBuffer(100'000)};
  FramesMessage last_;
  std::vector<ByteView> bad_;
};

TEST_F(Stream, TurnsFramesIntoPrimitivesUnderAWatermark) {
  const PrimitiveMessage out = take(frames_message(0, 0, 1000, {pulse_record(100), pulse_record(500)}));
  ASSERT_EQ(out.primitives.size(), 2U);
  // Baseline 100, pulse of 100 from sample 30: 30 % of it three tenths after sample 29.
  EXPECT_EQ(out.primitives[0].time_start_ns, kEpoch.ns + 100 + 58);
  EXPECT_EQ(out.primitives[0].peak, 100);
  EXPECT_EQ(out.primitives[0].integral, 1000U);
  EXPECT_EQ(out.primitives[0].samples, 10);
  EXPECT_EQ(out.primitives[0].duration_ns, 21U);
  EXPECT_EQ(out.primitives[0].flags, 0U);
  EXPECT_EQ(out.bulk.covered_from_ns(), kEpoch.ns);
  EXPECT_EQ(out.bulk.watermark_ns(), kEpoch.ns + 1000);
  EXPECT_EQ(out.bulk.count(), 2U);
  EXPECT_EQ(out.bulk.totals().accepted(), 2U);
  EXPECT_EQ(out.bulk.totals().sent(), 2U);
  EXPECT_TRUE(transport::items_of(out.bulk, std::as_bytes(std::span(out.primitives))));
}

TEST_F(Stream, KeepsBackAPrimitiveThatBeginsAfterTheWatermark) {
  const PrimitiveMessage first = take(frames_message(0, 0, 120, {pulse_record(100)}));
  EXPECT_TRUE(first.primitives.empty());
  const PrimitiveMessage second = take(frames_message(1, 120, 1000, {}));
  ASSERT_EQ(second.primitives.size(), 1U);
  EXPECT_EQ(second.bulk.covered_from_ns(), kEpoch.ns + 120);
  EXPECT_EQ(second.bulk.sequence(), 0U);
  EXPECT_EQ(take(frames_message(1, 1000, 2000, {})).bulk.sequence(), 1U);
}

TEST_F(Stream, PassesOnGapsAndBadFrames) {
  Bytes bad = record(300);
  bad.resize(30);
  const PrimitiveMessage out = take(frames_message(0, 0, 1000, {record(100), bad, record(700)}));
  EXPECT_EQ(bad_.size(), 1U);
  ASSERT_EQ(out.bulk.gaps().size(), 1);
  EXPECT_EQ(out.bulk.gaps(0).begin_ns(), kEpoch.ns + 200);
  EXPECT_EQ(out.bulk.gaps(0).end_ns(), kEpoch.ns + 700);
  EXPECT_EQ(status(0, 1000), FragmentStatus::kPartial);
  EXPECT_EQ(status(700, 1000), FragmentStatus::kOk);
}

TEST_F(Stream, AnswersWithTheFramesThatOverlapTheWindowEndToEnd) {
  const Bytes first = record(100);
  const Bytes second = record(500, {1, 2, 3});
  take(frames_message(0, 0, 1000, {first, second}));
  const FragmentMessage both = stream_.answer({8, 2, after_epoch(150, 600)});
  EXPECT_EQ(both.fragment.decision(), 8U);
  EXPECT_EQ(both.fragment.detector(), 2U);
  EXPECT_EQ(both.fragment.stream(), "csi/3");
  EXPECT_EQ(both.fragment.frames(), 2U);
  ASSERT_EQ(both.fragment.frame_bytes().size(), 2);
  EXPECT_EQ(both.fragment.frame_bytes(1), second.size());
  EXPECT_EQ(both.fragment.encoding(), last_.bulk.encoding());
  EXPECT_EQ(both.bytes, first.size() + second.size());
  Bytes together = first;
  together.insert(together.end(), second.begin(), second.end());
  Bytes copied(both.bytes);
  both.copy_to(copied);
  EXPECT_EQ(both.fragment.crc32c(), crc32c(together));
  EXPECT_EQ(copied, together);
  const FragmentMessage none = stream_.answer({9, 2, after_epoch(300, 400)});
  EXPECT_EQ(static_cast<FragmentStatus>(none.fragment.status()), FragmentStatus::kOk);
  EXPECT_EQ(none.fragment.frames(), 0U);
  EXPECT_EQ(none.bytes, 0U);
}

TEST_F(Stream, AnswersForTheFutureAtTheEndOfTheStreamThatThereAreNoData) {
  take(frames_message(0, 0, 1000, {record(100)}));
  const PrimitiveMessage end = take(end_message(1, 1000));
  EXPECT_TRUE(end.bulk.end_of_stream());
  EXPECT_EQ(end.bulk.watermark_ns(), Timestamp::max().ns);
  EXPECT_TRUE(stream_.ended());
  EXPECT_EQ(stream_.watermark(), Timestamp::max());
  EXPECT_EQ(status(5000, 6000), FragmentStatus::kNoData);
  EXPECT_EQ(status(900, 1100), FragmentStatus::kPartial);
  EXPECT_EQ(status(100, 1000), FragmentStatus::kOk);
}

TEST_F(Stream, AnswersThatARequestOlderThanTheRingHasExpired) {
  std::int64_t t = 0;
  for (std::uint64_t i = 0; i < 1000; ++i, t += 1000) take(frames_message(i, t, t + 1000, {record(t + 100)}));
  EXPECT_EQ(status(0, 1000), FragmentStatus::kExpired);
  EXPECT_EQ(status(t - 1000, t), FragmentStatus::kOk);
  const model::StreamLedger& ledger = stream_.ledger();
  EXPECT_EQ(ledger.accepted + ledger.lost.at("ring_overflow"), 1000U);
  EXPECT_TRUE(ledger.frames_balance());
}

TEST_F(Stream, BooksWhatLiesBeyondTheRunAsOutsideOfIt) {
  take(frames_message(0, 0, 1000, {record(100), pulse_record(800)}));
  stream_.set_limit(kEpoch + nanoseconds(500));
  take(frames_message(2, 1000, 2000, {record(1500)}));
  EXPECT_EQ(stream_.ledger().accepted, 1U);
  EXPECT_EQ(stream_.ledger().outside_run, 2U);
  EXPECT_TRUE(stream_.ledger().frames_balance());
}

}  // namespace
}  // namespace spillway::readout
