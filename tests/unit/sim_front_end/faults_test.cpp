#include "sim_front_end/faults.hpp"

#include <gtest/gtest.h>

#include "detectors/caen/compass.hpp"
#include "detectors/frame_codec.hpp"
#include "detectors/lartpc/wibeth.hpp"

namespace spillway::sim_front_end {
namespace {

constexpr detectors::caen::CompassWord kWord{0xCAE9};
const model::Encoding kEncoding = model::Encoding::of(model::EncodingFamily::kCompass, kWord.value);

Bytes frame(std::int64_t time_ns) {
  detectors::caen::CompassRecord record;
  record.time_ps = static_cast<std::uint64_t>(time_ns) * 1000;
  record.waveform_code = 1;
  const std::vector<std::uint16_t> samples(20, 100);
  Bytes bytes;
  detectors::caen::encode_compass(kWord, record, samples, bytes);
  return bytes;
}

std::vector<Faults::Out> pass(const FaultRates& rates, int frames, std::uint64_t seed = 1) {
  Faults faults(rates, "csi/0", kEncoding, {0}, seed);
  std::vector<Faults::Out> out;
  for (std::int64_t k = 0; k < frames; ++k) {
    faults.pass({{1000 * k}, {1000 * k + 40}}, frame(1000 * k), out);
  }
  faults.end(out);
  return out;
}

Expected<detectors::FrameTime, detectors::DecodeError> decode(const Faults::Out& out) {
  return detectors::frame_time(kEncoding, out.bytes, {0, {0}, 1, 1000}, 2);
}

TEST(Faults, LeaveAllAloneAtRateZero) {
  EXPECT_FALSE(FaultRates{}.any());
  const auto out = pass({}, 100);
  ASSERT_EQ(out.size(), 100U);
  for (std::size_t k = 0; k < out.size(); ++k) {
    EXPECT_EQ(out[k].bytes, frame(static_cast<std::int64_t>(1000 * k)));
    EXPECT_TRUE(out[k].in_order && !out[k].lost && !out[k].flip_bit);
  }
}

TEST(Faults, CutFramesSoThatTheDecoderCallsThemTruncated) {
  for (const auto& out : pass({.truncated = 1}, 3)) EXPECT_EQ(decode(out).error(), detectors::DecodeError::kTruncated);
}

TEST(Faults, ChangeTheVersionSoThatTheDecoderCallsItBad) {
  for (const auto& out : pass({.wrong_version = 1}, 3)) {
    EXPECT_EQ(decode(out).error(), detectors::DecodeError::kBadVersion);
  }
}

TEST(Faults, ChangeTheVersionOfAWibEthFrameToo) {
  Faults faults({.wrong_version = 1}, "lartpc/0", model::Encoding::of(model::EncodingFamily::kWibEth, 0), {0}, 1);
  Bytes bytes(detectors::lartpc::kFrameBytes);
  detectors::lartpc::encode_wib_eth({}, {}, {}, std::span<std::byte, detectors::lartpc::kFrameBytes>(bytes));
  ASSERT_TRUE(detectors::lartpc::decode_wib_eth(bytes));
  std::vector<Faults::Out> out;
  faults.pass({{0}, {1000}}, std::move(bytes), out);
  EXPECT_EQ(detectors::lartpc::decode_wib_eth(out.at(0).bytes).error(), detectors::DecodeError::kBadVersion);
}

TEST(Faults, SendAHeldFrameLateWhenItsStreamEnds) {
  const auto out = pass({.reordered = 1}, 1);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_FALSE(out[0].in_order);
}

TEST(Faults, MakeTimesLeapAndClocksDrift) {
  const auto leapt = decode(pass({.time_jump = 1}, 1).front());
  EXPECT_TRUE(!leapt || leapt->time.begin > Timestamp{} + seconds(1000));
  const auto drifted = pass({.clock_drift_ppm = 1e5}, 11);
  ASSERT_TRUE(decode(drifted[10]));
  EXPECT_EQ(decode(drifted[10])->time.begin.ns, 11'000);
}

TEST(Faults, RepeatAndReorderFrames) {
  EXPECT_EQ(pass({.repeated = 1}, 5).size(), 10U);
  const auto swapped = pass({.reordered = 1}, 4);
  ASSERT_EQ(swapped.size(), 4U);
  EXPECT_EQ(swapped[0].bytes, frame(1000));
  EXPECT_EQ(swapped[1].bytes, frame(0));
  EXPECT_TRUE(swapped[0].in_order);
  EXPECT_FALSE(swapped[1].in_order);
}

TEST(Faults, SilenceALinkForAWhile) {
  const auto out = pass({.silent = 0.05, .silence = nanoseconds(10'000)}, 1000);
  std::size_t lost = 0;
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const auto& frame : out) {
    run = frame.lost ? run + 1 : 0;
    longest = std::max(longest, run);
    lost += frame.lost ? 1 : 0;
  }
  EXPECT_EQ(out.size(), 1000U);
  EXPECT_GT(lost, 200U);
  EXPECT_LT(lost, 600U);
  EXPECT_GE(longest, 10U);
}

TEST(Faults, AreTheSameForTheSameSeed) {
  const FaultRates rates{.truncated = 0.2, .repeated = 0.2, .reordered = 0.2, .bit_flip = 0.2};
  const auto bytes = [](const std::vector<Faults::Out>& frames) {
    std::vector<Bytes> all;
    for (const auto& frame : frames) all.push_back(frame.bytes);
    return all;
  };
  EXPECT_EQ(bytes(pass(rates, 200)), bytes(pass(rates, 200)));
  EXPECT_NE(bytes(pass(rates, 200)), bytes(pass(rates, 200, 2)));
}

}  // namespace
}  // namespace spillway::sim_front_end
