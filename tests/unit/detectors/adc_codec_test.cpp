#include "detectors/lartpc/adc_codec.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "detectors/lartpc/synthetic_set.hpp"
#include "detectors/lartpc/wibeth.hpp"

namespace spillway::detectors::lartpc {
namespace {

std::vector<Isa> isas() {
  std::vector<Isa> here;
  std::copy_if(kIsas.begin(), kIsas.end(), std::back_inserter(here), supported);
  return here;
}

Bytes frames_of(std::string_view set_name, std::size_t frames) {
  SyntheticSet set(*find_synthetic_set(set_name), frames);
  Bytes raw(frames * kFrameBytes);
  for (std::size_t f = 0; f < frames; ++f) set.next(std::span(raw).subspan(kFrameBytes * f).first<kFrameBytes>());
  return raw;
}

std::span<std::byte, kFrameBytes> frame_in(Bytes& raw, std::size_t f) {
  return std::span(raw).subspan(kFrameBytes * f).first<kFrameBytes>();
}

/// Frames whose samples are told by tick (counted on over frames) and channel.
template <typename Sample>
Bytes frames_with(std::size_t frames, Sample sample) {
  Bytes raw(frames * kFrameBytes);
  for (std::size_t f = 0; f < frames; ++f) {
    AdcBlock adc;
    for (std::size_t s = 0; s < kSamples; ++s) {
      for (std::size_t c = 0; c < kChannels; ++c) adc[s][c] = static_cast<std::uint16_t>(sample(kSamples * f + s, c));
    }
    DaqEthHeader head;
    head.sequence = static_cast<std::uint16_t>(f % kSequences);
    head.timestamp = kTicksPerFrame * f;
    encode_wib_eth(head, {}, adc, frame_in(raw, f));
  }
  return raw;
}

Bytes coded(ByteView raw, AdcMode mode, Isa isa = best_isa()) {
  AdcEncoder encoder(mode, isa);
  const ByteView bytes = encoder.encode(raw);
  return {bytes.begin(), bytes.end()};
}

/// Codes and decodes on every path, and asks for the same bytes from all. Returns the coded size.
std::size_t expect_round_trip(const Bytes& raw, AdcMode mode) {
  const Bytes plain = coded(raw, mode, Isa::kScalar);
  for (const Isa isa : isas()) {
    EXPECT_EQ(coded(raw, mode, isa), plain) << name(mode) << " on " << name(isa);
    Bytes again(raw.size());
    const auto size = decode_adc(plain, again, isa);
    EXPECT_TRUE(size) << name(mode) << " on " << name(isa) << ": " << name(size.error());
    EXPECT_EQ(again, raw) << name(mode) << " on " << name(isa);
  }
  return plain.size();
}

constexpr std::array kCoding = {AdcMode::kFast, AdcMode::kDense};

TEST(AdcCodec, GivesEverySetBackAndWritesTheSameBytesOnEveryPath) {
  for (const SyntheticSetSpec& spec : kSyntheticSets) {
    for (const AdcMode mode : kCoding) {
      SCOPED_TRACE(spec.name);
      expect_round_trip(frames_of(spec.name, 200), mode);
    }
  }
}

TEST(AdcCodec, ShrinksNoiseNearlyAsFarAsItsEntropyAllows) {
  const Bytes raw = frames_of("N60", 512);
  // 14-bit samples of white noise with a standard deviation of 4 hold log2(4 sqrt(2 pi e)) = 4.05 bits.
  constexpr double kEntropyLimit = 14 / 4.05;
  const auto ratio = [&](AdcMode mode) {
    return static_cast<double>(raw.size()) / static_cast<double>(coded(raw, mode).size());
  };
  EXPECT_GT(ratio(AdcMode::kFast), 2.5);
  EXPECT_GT(ratio(AdcMode::kDense), 3.2);
  EXPECT_LT(ratio(AdcMode::kDense), kEntropyLimit);
}

TEST(AdcCodec, GivesSaturatedJumpingAndRandomSamplesBack) {
  std::mt19937 generator(1);
  const std::vector<Bytes> payloads = {
      frames_with(3, [](std::size_t, std::size_t) { return 0; }),
      frames_with(3, [](std::size_t, std::size_t) { return kMaxAdc; }),
      frames_with(20, [](std::size_t tick, std::size_t) { return tick % 2 == 0 ? 0 : kMaxAdc; }),
      frames_with(20, [](std::size_t tick, std::size_t c) { return 900 + 40 * c + (tick > 400 ? 8000 : 0); }),
      frames_with(20, [](std::size_t tick, std::size_t c) { return (tick * 37 + c * 191) % (kMaxAdc + 1); }),
      frames_with(40, [&](std::size_t, std::size_t) { return generator() & kMaxAdc; }),
      // Quiet but for escapes.
      frames_with(40, [&](std::size_t, std::size_t c) { return 2000 + c + (generator() % 50 == 0 ? 5000 : 0); }),
      // Every width of a group, every Rice parameter.
      frames_with(60, [&](std::size_t tick, std::size_t) { return generator() & ((1U << (tick / 64 % 15)) - 1); }),
      frames_with(60, [&](std::size_t, std::size_t c) { return generator() & ((1U << (c / 4 % 15)) - 1); }),
  };
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    for (const AdcMode mode : kCoding) {
      SCOPED_TRACE(i);
      EXPECT_LE(expect_round_trip(payloads[i], mode), payloads[i].size() + AdcEncoder::kStoredOverhead);
    }
  }
}

TEST(AdcCodec, GivesHeadersBackThatDoNotFollowEachOther) {
  Bytes raw = frames_of("AR", 40);
  std::mt19937 generator(2);
  for (std::size_t f = 5; f < 40; f += 7) {
    for (std::size_t i = 0; i < kHeadBytes; ++i) frame_in(raw, f)[i] = static_cast<std::byte>(generator());
  }
  for (const AdcMode mode : kCoding) expect_round_trip(raw, mode);
}

TEST(AdcCodec, SpendsAByteOnAHeaderThatFollowsTheOneBefore) {
  const auto with_colddata = [](std::uint64_t step) {
    Bytes raw(100 * kFrameBytes);
    for (std::uint64_t f = 0; f < 100; ++f) {
      DaqEthHeader head;
      head.sequence = static_cast<std::uint16_t>((4090 + f) % kSequences);
      head.timestamp = 123456789 + kTicksPerFrame * f;
      WibEthHeader wib;
      wib.colddata_timestamp = {static_cast<std::uint16_t>((100 + step * f) & 0x7FFFU),
                                static_cast<std::uint16_t>((99 + step * f) & 0x7FFFU)};
      encode_wib_eth(head, wib, {}, frame_in(raw, f));
    }
    return raw;
  };
  // Samples that are all 0 take the widths of the fast mode alone.
  constexpr std::size_t kRest = 16 + 128 + 100 * 256;
  EXPECT_EQ(coded(with_colddata(0), AdcMode::kFast).size(), kRest + 3 * 8 + 100);
  EXPECT_EQ(coded(with_colddata(kTicksPerFrame), AdcMode::kFast).size(), kRest + 3 * 8 + 100);
  EXPECT_EQ(coded(with_colddata(1), AdcMode::kFast).size(), kRest + 3 * 8 + 100 + 99 * 8);
}

TEST(AdcCodec, StoresWhatIsNoWholeNumberOfFrames) {
  Bytes raw = frames_of("AR", 2);
  raw.resize(raw.size() - 1);
  for (const Bytes& payload : {Bytes{}, Bytes(1), raw}) {
    for (const AdcMode mode : kAdcModes) {
      EXPECT_EQ(expect_round_trip(payload, mode), payload.size() + AdcEncoder::kStoredOverhead);
    }
  }
}

TEST(AdcCodec, CodesOnePayloadLikeTheNext) {
  const Bytes large = frames_of("T1", 100);
  const Bytes small = frames_of("N15", 3);
  for (const AdcMode mode : kCoding) {
    AdcEncoder encoder(mode);
    for (const Bytes* raw : {&large, &small, &large, &small}) {
      const ByteView bytes = encoder.encode(*raw);
      EXPECT_TRUE(std::ranges::equal(bytes, coded(*raw, mode)));
    }
  }
}

TEST(AdcCodec, RefusesEveryTruncation) {
  const Bytes raw = frames_of("T1", 2);
  for (const AdcMode mode : kCoding) {
    const Bytes whole = coded(raw, mode);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      Bytes out(raw.size());
      const Isa isa = isas()[size % isas().size()];
      EXPECT_FALSE(decode_adc(part, out, isa)) << name(mode) << ", " << size << " bytes on " << name(isa);
    }
    Bytes more = whole;
    more.push_back({});
    Bytes out(raw.size());
    const auto error = decode_adc(more, out);
    ASSERT_FALSE(error);
    EXPECT_EQ(error.error(), AdcCodeError::kExtraBytes);
  }
}

TEST(AdcCodec, SurvivesBitFlipsAndDecodesThemAlikeOnEveryPath) {
  const Bytes raw = frames_of("T1", 3);
  for (const AdcMode mode : kCoding) {
    const Bytes whole = coded(raw, mode);
    std::mt19937 generator(3);
    for (int i = 0; i < 2000; ++i) {
      Bytes flipped = whole;
      // Half of them where sizes and modes stand.
      const std::size_t at = generator() % (i % 2 == 0 ? whole.size() : 400);
      flipped[at] ^= static_cast<std::byte>(1U << generator() % 8);
      Bytes plain(raw.size());
      const bool decodes = static_cast<bool>(decode_adc(flipped, plain, Isa::kScalar));
      for (const Isa isa : isas()) {
        Bytes out(raw.size());
        EXPECT_EQ(static_cast<bool>(decode_adc(flipped, out, isa)), decodes) << at << " on " << name(isa);
        if (!decodes) continue;
        EXPECT_EQ(out, plain) << at << " on " << name(isa);
      }
    }
  }
}

struct Malformed {
  std::string_view what;
  std::size_t at;
  std::uint8_t byte;
  AdcCodeError error;
};

TEST(AdcCodec, NamesWhatIsWrong) {
  const Bytes raw = frames_of("AR", 2);
  constexpr std::size_t kFirstHead = 16;
  constexpr std::size_t kHeads = 2 + 4 * 8;
  constexpr std::array kCases = {
      Malformed{"magic", 0, 'X', AdcCodeError::kBadFormat},
      Malformed{"version", 6, 2, AdcCodeError::kBadFormat},
      Malformed{"mode", 7, 3, AdcCodeError::kBadFormat},
      Malformed{"frames", 8, 3, AdcCodeError::kBadSize},
      Malformed{"bytes of headers", 14, 1, AdcCodeError::kTruncated},
      Malformed{"a header's control", kFirstHead, 0x20, AdcCodeError::kBadCode},
      Malformed{"a width of 15", kFirstHead + kHeads + 128, 0x0F, AdcCodeError::kBadCode},
  };
  for (const Malformed& bad : kCases) {
    Bytes bytes = coded(raw, AdcMode::kFast);
    bytes[bad.at] = static_cast<std::byte>(bad.byte);
    Bytes out(raw.size());
    const auto error = decode_adc(bytes, out);
    ASSERT_FALSE(error) << bad.what;
    EXPECT_EQ(name(error.error()), name(bad.error)) << bad.what;
  }
  Bytes dense = coded(raw, AdcMode::kDense);
  dense[kFirstHead + kHeads + 128] = std::byte{8};
  Bytes out(raw.size());
  EXPECT_EQ(decode_adc(dense, out).error(), AdcCodeError::kBadCode) << "a Rice parameter of 8";
}

}  // namespace
}  // namespace spillway::detectors::lartpc
