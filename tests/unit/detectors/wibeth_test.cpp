#include "detectors/lartpc/wibeth.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "daq/base/random.hpp"
#include "tests/support/bit_frame.hpp"

namespace spillway::detectors::lartpc {
namespace {

using test::BitFrame;

std::uint16_t adc_of(std::size_t channel, std::size_t sample) {
  return static_cast<std::uint16_t>(hash_key(4, "wibeth test", 64 * sample + channel) % 16384);
}

/// Every field has a value of its own, with its lowest and its highest bit set.
BitFrame hand_made() {
  BitFrame frame(7200);
  frame.set(0, 0, 6, 1);        // version
  frame.set(0, 6, 6, 0x2B);     // detector
  frame.set(0, 12, 10, 0x2A5);  // crate
  frame.set(0, 22, 4, 0x9);     // slot
  frame.set(0, 26, 8, 0xC3);    // stream
  frame.set(0, 34, 6, 0x31);    // reserved
  frame.set(0, 40, 12, 0x8F1);  // sequence
  frame.set(0, 52, 12, 0xB07);  // block length
  frame.set(8, 0, 64, 0x8123456789ABCDEF);
  frame.set(16, 0, 15, 0x5A3D);  // COLDDATA timestamps
  frame.set(16, 16, 15, 0x4C1B);
  frame.set(16, 32, 1, 1);     // chip
  frame.set(16, 33, 2, 2);     // CRC errors
  frame.set(16, 35, 2, 1);     // link valid
  frame.set(16, 37, 1, 1);     // loss of lock
  frame.set(16, 38, 1, 0);     // WIB synchronised
  frame.set(16, 39, 2, 2);     // FEMB synchronised
  frame.set(16, 41, 1, 1);     // pulser
  frame.set(16, 42, 1, 0);     // calibration
  frame.set(16, 43, 1, 1);     // ready
  frame.set(16, 44, 8, 0x95);  // context
  frame.set(16, 52, 4, 0xD);   // version
  frame.set(16, 56, 8, 0xA1);  // channel
  frame.set(24, 0, 64, 0xFEDCBA9876543211);
  for (std::size_t s = 0; s < 64; ++s) {
    for (std::size_t c = 0; c < 64; ++c) frame.set(32 + 112 * s, 14 * c, 14, adc_of(c, s));
  }
  return frame;
}

DaqEthHeader hand_made_daq() {
  return {.version = 1,
          .detector_id = 0x2B,
          .crate = 0x2A5,
          .slot = 0x9,
          .stream = 0xC3,
          .reserved = 0x31,
          .sequence = 0x8F1,
          .block_length = 0xB07,
          .timestamp = 0x8123456789ABCDEF};
}

WibEthHeader hand_made_wib() {
  return {.colddata_timestamp = {0x5A3D, 0x4C1B},
          .cold_data_chip = 1,
          .crc_error = 2,
          .link_valid = 1,
          .loss_of_lock = true,
          .wib_sync = false,
          .femb_sync = 2,
          .pulser = true,
          .calibration = false,
          .ready = true,
          .context = 0x95,
          .version = 0xD,
          .channel = 0xA1,
          .extra = 0xFEDCBA9876543211};
}

std::unique_ptr<AdcBlock> hand_made_adc() {
  auto adc = std::make_unique<AdcBlock>();
  for (std::size_t s = 0; s < kSamples; ++s) {
    for (std::size_t c = 0; c < kChannels; ++c) (*adc)[s][c] = adc_of(c, s);
  }
  return adc;
}

TEST(WibEth, ReadsEveryFieldOfAFrameSetBitByBit) {
  const BitFrame frame = hand_made();
  const auto view = decode_wib_eth(frame.bytes());
  ASSERT_TRUE(view);
  EXPECT_EQ(view->daq_header(), hand_made_daq());
  EXPECT_EQ(view->wib_header(), hand_made_wib());
  EXPECT_EQ(view->timestamp(), 0x8123456789ABCDEFU);
  for (std::size_t s = 0; s < kSamples; ++s) {
    const AdcRow row = view->row(s);
    for (std::size_t c = 0; c < kChannels; ++c) {
      ASSERT_EQ(view->adc(c, s), adc_of(c, s)) << "channel " << c << ", sample " << s;
      ASSERT_EQ(row[c], adc_of(c, s)) << "channel " << c << ", sample " << s;
    }
  }
}

TEST(WibEth, WritesTheVeryBitsOfAFrameSetBitByBit) {
  std::vector<std::byte> out(kFrameBytes, std::byte{0xFF});
  encode_wib_eth(hand_made_daq(), hand_made_wib(), *hand_made_adc(), std::span<std::byte, kFrameBytes>(out));
  EXPECT_EQ(out, hand_made().bytes());
}

TEST(WibEth, KeepsASingleSampleInItsFourteenBits) {
  for (const std::size_t channel : {0U, 1U, 2U, 3U, 4U, 5U, 31U, 62U, 63U}) {
    const BitFrame frame = BitFrame(7200).set(32 + 112 * 63, 14 * channel, 14, 0x3FFF);
    const auto view = decode_wib_eth(frame.bytes());
    ASSERT_TRUE(view);
    for (std::size_t c = 0; c < kChannels; ++c) EXPECT_EQ(view->adc(c, 63), c == channel ? 0x3FFF : 0);
  }
}

TEST(WibEth, StampsSequenceAndTimeAndLeavesTheRest) {
  BitFrame expected = hand_made();
  expected.set(0, 40, 12, 0xABC).set(8, 0, 64, 77);
  Bytes frame = hand_made().bytes();
  stamp_wib_eth(std::span<std::byte, kFrameBytes>(frame), 0xABC, 77);
  EXPECT_EQ(frame, expected.bytes());
}

TEST(WibEth, TellsLinksApartByCrateSlotAndStream) {
  EXPECT_EQ((DaqEthHeader{.crate = 0x3FF}.link()), 0x3FF000U);
  EXPECT_EQ((DaqEthHeader{.slot = 0xF}.link()), 0xF00U);
  EXPECT_EQ((DaqEthHeader{.stream = 0xFF}.link()), 0xFFU);
}

TEST(WibEth, NamesWhatIsWrongWithAFrame) {
  struct Row {
    const char* what;
    Bytes bytes;
    DecodeError error;
  };
  Bytes long_frame = hand_made().bytes();
  long_frame.push_back(std::byte{0});
  Bytes short_frame = hand_made().bytes();
  short_frame.pop_back();
  const auto with_version = [](std::uint64_t version) { return hand_made().set(0, 0, 6, version).bytes(); };
  const std::vector<Row> rows = {
      {"nothing", {}, DecodeError::kTruncated},
      {"a header alone", Bytes(16), DecodeError::kTruncated},
      {"one byte too few", short_frame, DecodeError::kTruncated},
      {"one byte too many", long_frame, DecodeError::kBadLength},
      {"version 2", with_version(2), DecodeError::kBadVersion},
      {"version 63", with_version(63), DecodeError::kBadVersion},
      {"a time beyond the range of TAI", hand_made().bytes(), DecodeError::kBadTime},
  };
  const auto encoding = model::Encoding::of(model::EncodingFamily::kWibEth);
  for (const Row& row : rows) {
    const auto time = frame_time(encoding, row.bytes, wib_eth_clock(Timestamp{0}), 512);
    ASSERT_FALSE(time) << row.what;
    EXPECT_EQ(time.error(), row.error) << row.what;
  }
}

TEST(WibEth, LastsSixtyFourSamplesOf512Nanoseconds) {
  const BitFrame frame = hand_made().set(8, 0, 64, 1000);
  const auto time =
      frame_time(model::Encoding::of(model::EncodingFamily::kWibEth), frame.bytes(), wib_eth_clock(Timestamp{5}), 512);
  ASSERT_TRUE(time);
  EXPECT_EQ(time->time, (Interval{{16'005}, {16'005 + 32'768}}));
  EXPECT_EQ(time->ticks, 1000U);
  EXPECT_EQ(time->channel, hand_made_daq().link());
}

TEST(WibEth, IgnoresWhatFollowsAFrame) {
  Bytes bytes = hand_made().bytes();
  bytes.resize(2 * kFrameBytes);
  const auto view = decode_wib_eth(bytes);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->bytes().data(), bytes.data());
}

}  // namespace
}  // namespace spillway::detectors::lartpc
