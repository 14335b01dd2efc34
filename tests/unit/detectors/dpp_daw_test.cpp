#include "detectors/caen/dpp_daw.hpp"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "daq/base/random.hpp"

namespace spillway::detectors::caen {
namespace {

/// Board 5, channel 9, event 0x123456, pattern 0xBEEF, baseline 1500, time 0x1234'89ABCDEF, samples 1501 to 1504:
/// written bit by bit from the layout, not by the encoder.
const std::vector<std::uint32_t> kByHand = {
    0b1010'0000'0000'0000'0000'0000'0000'1001,   // marker 1010, 9 words
    0b00101'0'0'1'1011111011101111'00000000,     // board, fail, reserved, format, pattern, channels 7-0
    0b00000010'000100100011010001010110,         // channels 15-8, event counter
    0x7654'3210,                                 // time tag
    0b0000'0000'0'000'0000'0000'0000'0000'0101,  // 5 words with this one
    0x89AB'CDEF,                                 // low half of the time
    0b00'00010111011100'0001001000110100,        // reserved, baseline, high half of the time
    (1502U << 16U) | 1501U,
    (1504U << 16U) | 1503U,
};

Bytes bytes_of(const std::vector<std::uint32_t>& words) {
  Bytes bytes;
  for (const std::uint32_t word : words) append(bytes, word);
  return bytes;
}

DppDawRecord record_by_hand() {
  DppDawRecord record;
  record.board = 5;
  record.event_format = true;
  record.pattern = 0xBEEF;
  record.channel = 9;
  record.event_counter = 0x12'3456;
  record.time_tag = 0x7654'3210;
  record.ticks = 0x1234'89AB'CDEF;
  record.baseline = 1500;
  return record;
}

TEST(DppDaw, ReadsARecordWrittenByHand) {
  const Bytes bytes = bytes_of(kByHand);
  const auto record = decode_dpp_daw(bytes);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->board, 5);
  EXPECT_FALSE(record->board_fail);
  EXPECT_TRUE(record->event_format);
  EXPECT_EQ(record->pattern, 0xBEEF);
  EXPECT_EQ(record->channel, 9);
  EXPECT_EQ(record->event_counter, 0x12'3456U);
  EXPECT_EQ(record->time_tag, 0x7654'3210U);
  EXPECT_EQ(record->ticks, 0x1234'89AB'CDEFU);
  EXPECT_EQ(record->baseline, 1500);
  EXPECT_EQ(record->bytes, bytes.size());
  ASSERT_EQ(record->sample_count(), 4U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(record->sample(i), 1501 + i);
}

TEST(DppDaw, WritesTheBytesOfTheRecordWrittenByHand) {
  Bytes bytes;
  encode_dpp_daw(record_by_hand(), std::vector<std::uint16_t>{1501, 1502, 1503, 1504}, bytes);
  EXPECT_EQ(bytes, bytes_of(kByHand));
}

TEST(DppDaw, ShowsABoardThatFailed) {
  std::vector<std::uint32_t> words = kByHand;
  words[1] |= 1U << 26U;
  const Bytes bytes = bytes_of(words);
  const auto record = decode_dpp_daw(bytes);
  ASSERT_TRUE(record);
  EXPECT_TRUE(record->board_fail);
}

TEST(DppDaw, TakesOneRecordAndLeavesWhatFollows) {
  Bytes bytes = bytes_of(kByHand);
  append(bytes, bytes_of(kByHand));
  const auto record = decode_dpp_daw(bytes);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->bytes, 4 * kByHand.size());
}

TEST(DppDaw, SaysThatEveryPrefixOfARecordIsTruncated) {
  const Bytes bytes = bytes_of(kByHand);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto record = decode_dpp_daw(ByteView(bytes).first(size));
    ASSERT_FALSE(record) << size;
    EXPECT_EQ(record.error(), DecodeError::kTruncated) << size;
  }
}

TEST(DppDaw, NamesWhatIsWrong) {
  struct Row {
    std::string what;
    std::function<void(std::vector<std::uint32_t>&)> spoil;
    DecodeError error;
  };
  const std::vector<Row> rows = {
      {"no marker", [](auto& w) { w[0] = (w[0] & 0x0FFF'FFFFU) | 0xB000'0000U; }, DecodeError::kBadVersion},
      {"no channel", [](auto& w) { w[2] &= 0x00FF'FFFFU; }, DecodeError::kUnknownChannel},
      {"two channels", [](auto& w) { w[1] |= 1U; }, DecodeError::kUnknownChannel},
      {"event longer than its channel", [](auto& w) { ++w[0]; }, DecodeError::kBadLength},
      {"event shorter than its channel", [](auto& w) { --w[0]; }, DecodeError::kBadLength},
      {"channel shorter than its header", [](auto& w) { w[0] = 0xA000'0006U, w[4] = 2; }, DecodeError::kBadLength},
      {"channel of no words", [](auto& w) { w[0] = 0xA000'0004U, w[4] = 0; }, DecodeError::kBadLength},
      {"longer than the bytes", [](auto& w) { w[0] = 0xA000'000AU, w[4] = 6; }, DecodeError::kTruncated},
      {"the longest there is", [](auto& w) { w[0] = 0xA080'0003U, w[4] = 0x7F'FFFFU; }, DecodeError::kTruncated},
  };
  for (const Row& row : rows) {
    std::vector<std::uint32_t> words = kByHand;
    row.spoil(words);
    const Bytes bytes = bytes_of(words);
    const auto record = decode_dpp_daw(bytes);
    ASSERT_FALSE(record) << row.what;
    EXPECT_EQ(record.error(), row.error) << row.what;
  }
}

TEST(DppDaw, FrameTimeIsThatOfTheFirstSample) {
  const auto encoding = model::Encoding::of(model::EncodingFamily::kDppDaw);
  // Ticks of 4 ns; the first sample 400 ns before the trigger.
  const ClockSegment clock{0, {1'000'000 - 400}, 4, 1};
  DppDawRecord record = record_by_hand();
  record.ticks = 1000;
  Bytes bytes;
  encode_dpp_daw(record, std::vector<std::uint16_t>(100), bytes);
  const auto time = frame_time(encoding, bytes, clock, 4);
  ASSERT_TRUE(time);
  EXPECT_EQ(time->time, (Interval{{1'000'000 + 3600}, {1'000'000 + 4000}}));
  EXPECT_EQ(time->ticks, 1000U);
  EXPECT_EQ(time->channel, 9U);

  bytes.push_back(std::byte{0});
  EXPECT_EQ(frame_time(encoding, bytes, clock, 4).error(), DecodeError::kBadLength);
}

TEST(DppDaw, NeverReadsBeyondMutatedBytes) {
  for (std::uint64_t round = 0; round < 20'000; ++round) {
    Draw draw(hash_key(1, "dpp-daw mutation", round));
    Bytes bytes = bytes_of(kByHand);
    for (std::uint64_t flips = 1 + draw() % 4; flips > 0; --flips) {
      bytes[draw() % bytes.size()] = static_cast<std::byte>(draw() & 0xFFU);
    }
    // An exact allocation, so that a sanitizer sees the first byte too many.
    bytes.resize(draw() % (bytes.size() + 1));
    bytes.shrink_to_fit();
    const auto record = decode_dpp_daw(bytes);
    if (!record) continue;
    ASSERT_LE(record->bytes, bytes.size());
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < record->sample_count(); ++i) sum += record->sample(i);
    ASSERT_LE(sum, 65535U * record->sample_count());
  }
}

}  // namespace
}  // namespace spillway::detectors::caen
