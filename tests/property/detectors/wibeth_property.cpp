#include <memory>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "daq/base/random.hpp"
#include "detectors/lartpc/wibeth.hpp"

namespace spillway::detectors::lartpc {
namespace {

TEST(WibEthProperty, EncodingWhatWasDecodedGivesTheSameBytes) {
  EXPECT_TRUE(rc::check([](std::uint64_t seed) {
    Draw draw(seed);
    Bytes bytes(kFrameBytes);
    for (std::byte& b : bytes) b = static_cast<std::byte>(draw() & 0xFFU);
    bytes[0] &= std::byte{0xC1};   // version 0 or 1
    bytes[17] &= std::byte{0x7F};  // the two bits that carry nothing
    bytes[19] &= std::byte{0x7F};
    const auto view = decode_wib_eth(bytes);
    RC_ASSERT(view.has_value());
    const auto adc = std::make_unique<AdcBlock>();
    for (std::size_t s = 0; s < kSamples; ++s) (*adc)[s] = view->row(s);
    Bytes again(kFrameBytes);
    encode_wib_eth(view->daq_header(), view->wib_header(), *adc, std::span<std::byte, kFrameBytes>(again));
    RC_ASSERT(again == bytes);
  }));
}

TEST(WibEthProperty, DecodingWhatWasEncodedGivesTheSameSamples) {
  EXPECT_TRUE(rc::check([](std::uint64_t seed, std::uint64_t timestamp) {
    Draw draw(seed);
    const auto adc = std::make_unique<AdcBlock>();
    for (AdcRow& row : *adc) {
      for (std::uint16_t& sample : row) sample = static_cast<std::uint16_t>(draw() & kMaxAdc);
    }
    const DaqEthHeader daq{.crate = static_cast<std::uint16_t>(draw() % 1024),
                           .slot = static_cast<std::uint8_t>(draw() % 16),
                           .stream = static_cast<std::uint8_t>(draw() % 256),
                           .sequence = static_cast<std::uint16_t>(draw() % kSequences),
                           .timestamp = timestamp};
    const WibEthHeader wib{.channel = static_cast<std::uint8_t>(draw() % 256), .extra = draw()};
    Bytes bytes(kFrameBytes);
    encode_wib_eth(daq, wib, *adc, std::span<std::byte, kFrameBytes>(bytes));
    const auto view = decode_wib_eth(bytes);
    RC_ASSERT(view.has_value());
    RC_ASSERT(view->daq_header() == daq);
    RC_ASSERT(view->wib_header() == wib);
    for (std::size_t s = 0; s < kSamples; ++s) RC_ASSERT(view->row(s) == (*adc)[s]);
  }));
}

}  // namespace
}  // namespace spillway::detectors::lartpc
