#include "daq/proto/beam_pulse.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include <gtest/gtest.h>

namespace spillway::proto {
namespace {

using Record = std::array<std::byte, kBeamPulseBytes>;

model::Pulse example() {
  model::Pulse pulse;
  pulse.id = (8'888ULL << 32U) | 3;
  pulse.revision = 2;
  pulse.time = {{1'767'225'600'000'000'000}, {1'767'225'600'000'086'000}};
  pulse.protons = 3.2e14;
  pulse.protons_uncertainty = 0.25;
  pulse.flags = model::kGateSeen | model::kReplay;
  return pulse;
}

template <typename T>
void put(Record& record, std::size_t offset, T value) {
  std::memcpy(record.data() + offset, &value, sizeof(T));
}

void seal(Record& record) {
  put(record, 76, crc32_ieee(ByteView(record).first(76)));
}

TEST(BeamPulse, ComesBackAsItWasEncoded) {
  const Record record = encode_beam_pulse(example(), FacilityCode::kLhcBeam1, 17);
  const auto decoded = decode_beam_pulse(record);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, example());
}

TEST(BeamPulse, LiesAsDocumented) {
  const Record record = encode_beam_pulse(example(), FacilityCode::kLhcBeam1, 17);
  EXPECT_EQ(as_text(ByteView(record).first(4)), "BPLS");
  EXPECT_EQ(load<std::uint16_t>(record, 4), 1);
  EXPECT_EQ(load<std::uint16_t>(record, 6), 80);
  EXPECT_EQ(load<std::uint32_t>(record, 8), 2U);
  EXPECT_EQ(load<std::uint32_t>(record, 12), 17U);
  EXPECT_EQ(load<std::uint64_t>(record, 16), example().id);
  EXPECT_EQ(load<std::int64_t>(record, 24), example().time.begin.ns);
  EXPECT_EQ(load<std::int64_t>(record, 32), example().time.end.ns);
  EXPECT_EQ(load<double>(record, 40), 3.2e14);
  EXPECT_EQ(load<float>(record, 48), 0.25F);
  EXPECT_EQ(load<std::uint32_t>(record, 64), example().flags);
  EXPECT_EQ(load<std::uint32_t>(record, 72), 2U);
  EXPECT_EQ(load<std::uint32_t>(record, 76), crc32_ieee(ByteView(record).first(76)));
}

struct Malformed {
  PulseError error;
  std::function<void(Record&)> spoil;
};

TEST(BeamPulse, EveryMalformedRecordIsRefusedByItsReason) {
  const std::vector<Malformed> table = {
      {PulseError::kBadMagic, [](Record& r) { put(r, 0, 'X'); }},
      {PulseError::kBadVersion, [](Record& r) { put(r, 4, std::uint16_t{2}); }},
      {PulseError::kBadLength, [](Record& r) { put(r, 6, std::uint16_t{79}); }},
      {PulseError::kBadTimes, [](Record& r) { put(r, 32, example().time.begin.ns - 1); }},
      {PulseError::kBadTimes, [](Record& r) { put(r, 32, std::numeric_limits<std::int64_t>::min()); }},
      {PulseError::kBadProtons, [](Record& r) { put(r, 40, -1.0); }},
      {PulseError::kBadProtons, [](Record& r) { put(r, 40, std::nan("")); }},
      {PulseError::kBadProtons, [](Record& r) { put(r, 40, std::numeric_limits<double>::infinity()); }},
      {PulseError::kBadProtons, [](Record& r) { put(r, 48, std::nanf("")); }},
      {PulseError::kBadProtons, [](Record& r) { put(r, 48, -0.1F); }},
  };
  for (const Malformed& row : table) {
    Record record = encode_beam_pulse(example(), FacilityCode::kEss, 0);
    row.spoil(record);
    seal(record);
    const auto decoded = decode_beam_pulse(record);
    ASSERT_FALSE(decoded) << name(row.error);
    EXPECT_EQ(name(decoded.error()), name(row.error));
  }
}

TEST(BeamPulse, ATruncatedOrOverlongRecordIsRefused) {
  const Record record = encode_beam_pulse(example(), FacilityCode::kEss, 0);
  for (std::size_t size = 0; size < record.size(); ++size) {
    const auto decoded = decode_beam_pulse(ByteView(record).first(size));
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error(), PulseError::kTruncated);
  }
  Bytes longer(record.begin(), record.end());
  longer.push_back({});
  EXPECT_EQ(decode_beam_pulse(longer).error(), PulseError::kBadLength);
}

TEST(BeamPulse, AnyFlippedBitIsFound) {
  const Record record = encode_beam_pulse(example(), FacilityCode::kEss, 0);
  for (std::size_t bit = 0; bit < 8 * record.size(); ++bit) {
    Record flipped = record;
    flipped[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    EXPECT_FALSE(decode_beam_pulse(flipped)) << bit;
  }
}

TEST(BeamPulse, EveryErrorHasItsOwnName) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(PulseError::kBadProtons); ++i) names.insert(name(static_cast<PulseError>(i)));
  EXPECT_EQ(names.size(), 7U);
  EXPECT_EQ(name(PulseError::kBadCrc), "bad_crc");
}

}  // namespace
}  // namespace spillway::proto
