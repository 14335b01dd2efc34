#include "detectors/payload_codecs.hpp"

#include <gtest/gtest.h>

#include "daq/base/random.hpp"
#include "detectors/lartpc/adc_codec.hpp"

namespace spillway::detectors {
namespace {

using namespace lartpc;

constexpr auto kWibEth = model::Encoding::of(model::EncodingFamily::kWibEth);

/// A frame of noise, more or less of whose channels fill all 14 bits.
Bytes noisy_frame(std::uint64_t seed) {
  Draw draw(seed);
  AdcBlock samples;
  const auto loud = static_cast<std::size_t>(kChannels * draw.uniform());
  for (AdcRow& row : samples) {
    for (std::size_t c = 0; c < kChannels; ++c) {
      row[c] = static_cast<std::uint16_t>((c < loud ? kMaxAdc : kMaxAdc / 4) * draw.uniform());
    }
  }
  Bytes bytes(kFrameBytes);
  encode_wib_eth({.crate = 1, .timestamp = seed}, {}, samples, std::span<std::byte, kFrameBytes>(bytes));
  return bytes;
}

TEST(PayloadEncoder, LeavesWhatWouldNotBecomeSmaller) {
  AdcEncoder adc(AdcMode::kFast);
  PayloadEncoder encoder(model::Compression::kFast);
  int larger_than_raw = 0;
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    const Bytes raw = noisy_frame(seed);
    const std::size_t coded = adc.encode(raw).size();
    if (coded >= raw.size() && coded < raw.size() + AdcEncoder::kStoredOverhead) ++larger_than_raw;
    const CodedPayload payload = encoder.encode(kWibEth, 1, raw);
    ASSERT_EQ(payload.codec != 0, payload.bytes.size() < raw.size()) << coded << " bytes coded";
    ASSERT_EQ(payload.codec != 0, coded < raw.size());
  }
  EXPECT_GT(larger_than_raw, 0) << "what the codec itself would still have coded";
}

TEST(PayloadEncoder, LeavesOtherEncodingsAndWhatIsNoWholeFrames) {
  PayloadEncoder encoder(model::Compression::kFast);
  const Bytes raw(kFrameBytes);
  EXPECT_EQ(encoder.encode(model::Encoding::of(model::EncodingFamily::kCompass), 1, raw).codec, 0U);
  EXPECT_EQ(encoder.encode(kWibEth, 2, raw).codec, 0U);
  EXPECT_EQ(encoder.encode(kWibEth, 0, {}).codec, 0U);
  EXPECT_EQ(encoder.encode(kWibEth, 1, raw).codec, 1U);
}

}  // namespace
}  // namespace spillway::detectors
