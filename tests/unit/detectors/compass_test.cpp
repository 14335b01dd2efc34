#include "detectors/caen/compass.hpp"

#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "daq/base/random.hpp"

namespace spillway::detectors::caen {
namespace {

CompassRecord example() {
  CompassRecord record;
  record.board = 3;
  record.channel = 7;
  record.time_ps = 97'876'200'006;
  record.energy = 798;
  record.calibrated_energy = 1.5;
  record.short_energy = 135;
  record.flags = 0x4040;
  return record;
}

Bytes encoded(CompassWord word, std::size_t samples = 4) {
  std::vector<std::uint16_t> values(samples);
  std::iota(values.begin(), values.end(), std::uint16_t{2740});
  Bytes bytes;
  encode_compass(word, example(), values, bytes);
  return bytes;
}

TEST(Compass, ReadsBackWhatWasWrittenForEveryFileWord) {
  for (std::uint16_t value = 0xCAE0; value <= 0xCAEF; ++value) {
    const CompassWord word{value};
    const Bytes bytes = encoded(word);
    const auto record = decode_compass(word, bytes);
    ASSERT_TRUE(record) << value;
    EXPECT_EQ(record->bytes, bytes.size());
    EXPECT_EQ(record->board, 3);
    EXPECT_EQ(record->channel, 7);
    EXPECT_EQ(record->time_ps, 97'876'200'006U);
    EXPECT_EQ(record->flags, 0x4040U);
    EXPECT_EQ(record->energy, word.has_energy() ? 798 : 0);
    EXPECT_EQ(record->calibrated_energy, word.has_calibrated_energy() ? 1.5 : 0);
    EXPECT_EQ(record->short_energy, word.has_short_energy() ? 135 : 0);
    ASSERT_EQ(record->sample_count(), word.has_waveform() ? 4U : 0U);
    if (word.has_waveform()) {
      EXPECT_EQ(record->sample(3), 2743);
    }
  }
}

TEST(Compass, TakesOneRecordAndLeavesWhatFollows) {
  Bytes bytes = encoded({0xCAED});
  const std::size_t one = bytes.size();
  append(bytes, encoded({0xCAED}));
  const auto record = decode_compass({0xCAED}, bytes);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->bytes, one);
  EXPECT_EQ(one, 25U + 2U * 4U);
}

TEST(Compass, SaysThatEveryPrefixOfARecordIsTruncated) {
  const Bytes bytes = encoded({0xCAEF});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto record = decode_compass({0xCAEF}, ByteView(bytes).first(size));
    ASSERT_FALSE(record) << size;
    EXPECT_EQ(record.error(), DecodeError::kTruncated) << size;
  }
}

TEST(Compass, DoesNotBelieveMoreSamplesThanADigitiserCanRecord) {
  Bytes bytes = encoded({0xCAED});
  const std::uint32_t absurd = kMaxCompassSamples + 1;
  std::memcpy(bytes.data() + 21, &absurd, sizeof absurd);
  const auto record = decode_compass({0xCAED}, bytes);
  ASSERT_FALSE(record);
  EXPECT_EQ(record.error(), DecodeError::kBadLength);
}

TEST(Compass, RefusesWaveformsThatAreNotTheInput) {
  Bytes bytes = encoded({0xCAED});
  bytes[20] = std::byte{2};
  const auto record = decode_compass({0xCAED}, bytes);
  ASSERT_FALSE(record);
  EXPECT_EQ(record.error(), DecodeError::kBadVersion);
}

TEST(Compass, NeverReadsBeyondMutatedBytes) {
  for (std::uint64_t round = 0; round < 20'000; ++round) {
    Draw draw(hash_key(1, "compass mutation", round));
    const CompassWord word{static_cast<std::uint16_t>(0xCAE0 + draw() % 16)};
    Bytes bytes = encoded(word, draw() % 20);
    for (std::uint64_t flips = 1 + draw() % 4; flips > 0; --flips) {
      bytes[draw() % bytes.size()] = static_cast<std::byte>(draw() & 0xFFU);
    }
    // An exact allocation, so that a sanitizer sees the first byte too many.
    bytes.resize(draw() % (bytes.size() + 1));
    bytes.shrink_to_fit();
    const auto record = decode_compass(word, bytes);
    if (!record) continue;
    ASSERT_LE(record->bytes, bytes.size());
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < record->sample_count(); ++i) sum += record->sample(i);
    ASSERT_LE(sum, 65535U * record->sample_count());
  }
}

}  // namespace
}  // namespace spillway::detectors::caen
