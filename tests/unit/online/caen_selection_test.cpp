#include "monitoring/online/caen_selection.hpp"

#include <gtest/gtest.h>

#include "detectors/caen/compass.hpp"

namespace spillway::online {
namespace {

namespace caen = detectors::caen;

constexpr caen::CompassWord kWave{0xCAE9};  // energy and waveform
constexpr caen::CompassWord kList{0xCAE1};  // energy

/// 20 samples at baseline 100 with a rectangular pulse of `height` in samples 10 to 13.
Bytes record(caen::CompassWord word, std::uint64_t time_ps, int height, std::uint16_t energy = 0) {
  caen::CompassRecord record;
  record.time_ps = time_ps;
  record.energy = energy;
  record.waveform_code = 1;
  std::vector<std::uint16_t> samples(20, 100);
  for (std::size_t i = 10; i < 14; ++i) samples[i] = static_cast<std::uint16_t>(100 + height);
  Bytes bytes;
  caen::encode_compass(word, record,
                       word.has_waveform() ? std::span<const std::uint16_t>(samples) : std::span<const std::uint16_t>(),
                       bytes);
  return bytes;
}

class CaenSelection : public ::testing::Test {
 protected:
  void select(caen::CompassWord word, const std::vector<Bytes>& frames) {
    Bytes payload;
    std::vector<std::uint32_t> sizes;
    for (const Bytes& frame : frames) {
      append(payload, ByteView(frame));
      sizes.push_back(static_cast<std::uint32_t>(frame.size()));
    }
    find_caen(cuts, {0, encoding_of(word), payload, sizes, clock}, hits, rejected);
  }
  static model::Encoding encoding_of(caen::CompassWord word) {
    return model::Encoding::of(model::EncodingFamily::kCompass, word.value);
  }
  CaenCuts cuts{{.baseline_samples = 8, .threshold_adc = 50, .positive = true, .cfd_fraction = 0.5},
                0,
                2,
                {0, {1'000'000}, 1, 1000}};
  std::vector<detectors::ClockSegment> clock;
  std::vector<Hit> hits;
  Counters rejected;
};

TEST_F(CaenSelection, TimesAPulseInsideItsRecord) {
  select(kWave, {record(kWave, 5'000'999, 200)});
  ASSERT_EQ(hits.size(), 1U);
  // Epoch + 5000 ns + the crossing of half height, between samples 9 and 10 of 2 ns.
  EXPECT_EQ(hits[0].time.begin.ns, 1'000'000 + 5000 + 19);
  EXPECT_DOUBLE_EQ(hits[0].integral, 800);
}

TEST_F(CaenSelection, TakesTheClockOfTheFileWhereItHasOne) {
  clock = {{0, {0}, 1, 1000}, {4'000'000, {9'000'000}, 1, 1000}, {6'000'000, {20'000'000}, 1, 1000}};
  select(kWave, {record(kWave, 5'000'000, 200)});
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].time.begin.ns, 9'000'000 + 1000 + 19);
}

TEST_F(CaenSelection, CutsOnIntegralAndThreshold) {
  cuts.min_integral = 700;
  select(kWave, {record(kWave, 0, 200), record(kWave, 0, 174), record(kWave, 0, 40)});
  EXPECT_EQ(hits.size(), 1U);
  EXPECT_TRUE(rejected.empty());
}

TEST_F(CaenSelection, UsesTheEnergyOfRecordsWithoutSamples) {
  cuts.min_integral = 100;
  select(kList, {record(kList, 7'000'000, 0, 99), record(kList, 8'000'000, 0, 100)});
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].time.begin.ns, 1'000'000 + 8000);
  EXPECT_DOUBLE_EQ(hits[0].integral, 100);
}

TEST_F(CaenSelection, CountsWhatItCannotRead) {
  Bytes cut = record(kWave, 0, 200);
  cut.resize(cut.size() - 1);
  Bytes bad_code = record(kWave, 0, 200);
  bad_code[18] = std::byte{9};  // the waveform code, behind board, channel, time, energy and flags
  select(kWave, {cut});
  select(kWave, {bad_code});
  EXPECT_EQ(rejected["truncated"], 1U);
  EXPECT_EQ(rejected["bad_version"], 1U);
  const std::vector<std::uint32_t> too_long = {1000};
  const Bytes good = record(kWave, 0, 200);
  find_caen(cuts, {0, encoding_of(kWave), good, too_long, {}}, hits, rejected);
  EXPECT_EQ(rejected["bad_sizes"], 1U);
  find_caen(cuts, {0, model::Encoding::of(model::EncodingFamily::kWibEth), good, too_long, {}}, hits, rejected);
  EXPECT_EQ(rejected["unknown_encoding"], 1U);
  EXPECT_TRUE(hits.empty());
}

}  // namespace
}  // namespace spillway::online
