#include "readout/waveform_finder.hpp"

#include <cmath>
#include <cstdint>

#include <gtest/gtest.h>

namespace spillway::readout {
namespace {

std::vector<WaveformPulse> find(const std::vector<std::uint16_t>& samples, const WaveformSettings& settings = {}) {
  std::vector<WaveformPulse> pulses;
  find_pulses(std::as_bytes(std::span(samples)), settings, pulses);
  return pulses;
}

/// 40 flat samples, then these heights, then 20 flat ones.
std::vector<std::uint16_t> waveform(const std::vector<int>& heights, int sign = 1) {
  std::vector<std::uint16_t> samples(40, 1000);
  for (const int height : heights) samples.push_back(static_cast<std::uint16_t>(1000 + sign * height));
  samples.insert(samples.end(), 20, 1000);
  return samples;
}

TEST(WaveformFinder, MeasuresATriangle) {
  const auto pulses = find(waveform({100, 200, 300, 200, 100}));
  ASSERT_EQ(pulses.size(), 1U);
  EXPECT_DOUBLE_EQ(pulses[0].peak, 300);
  EXPECT_EQ(pulses[0].peak_at, 42U);
  EXPECT_DOUBLE_EQ(pulses[0].integral, 900);
  EXPECT_EQ(pulses[0].over_threshold, 5U);
  EXPECT_EQ(pulses[0].end, 45U);
  EXPECT_FALSE(pulses[0].cut);
  // 30 % of 300 lies nine tenths of the way from the flat line (sample 39) to 100 (sample 40).
  EXPECT_NEAR(pulses[0].start, 39.9, 1e-9);
}

TEST(WaveformFinder, TimesAPulseAtTheSamePlaceWhateverItsHeight) {
  const auto rising = [](double scale) {
    std::vector<int> heights;
    for (int i = 1; i <= 20; ++i) heights.push_back(static_cast<int>(std::lround(scale * i)));
    return find(waveform(heights)).at(0).start;
  };
  EXPECT_NEAR(rising(10), rising(100), 0.05);
}

TEST(WaveformFinder, TurnsNegativePulsesUp) {
  WaveformSettings settings;
  settings.negative = true;
  const auto pulses = find(waveform({100, 300, 100}, -1), settings);
  ASSERT_EQ(pulses.size(), 1U);
  EXPECT_DOUBLE_EQ(pulses[0].peak, 300);
  EXPECT_TRUE(find(waveform({100, 300, 100}, -1)).empty());
}

TEST(WaveformFinder, FindsSeveralPulsesInARecord) {
  const auto pulses = find(waveform({200, 100, 0, 0, 0, 400, 30, 0}));
  ASSERT_EQ(pulses.size(), 2U);
  EXPECT_DOUBLE_EQ(pulses[0].integral, 300);
  EXPECT_DOUBLE_EQ(pulses[1].peak, 400);
  EXPECT_DOUBLE_EQ(pulses[1].integral, 430);
}

TEST(WaveformFinder, DoesNotMakeTwoPulsesOfNoiseOnAnEdge) {
  EXPECT_EQ(find(waveform({100, 300, 60, 45, 55, 40, 52, 20})).size(), 1U);
}

TEST(WaveformFinder, SaysWhereTheRecordEndsBeforeThePulse) {
  std::vector<std::uint16_t> samples(40, 1000);
  samples.insert(samples.end(), 5, 1200);
  const auto pulses = find(samples);
  ASSERT_EQ(pulses.size(), 1U);
  EXPECT_TRUE(pulses[0].cut);
  EXPECT_EQ(pulses[0].end, 45U);
}

TEST(WaveformFinder, FindsNothingInFlatEmptyOrVeryShortRecords) {
  EXPECT_TRUE(find({}).empty());
  EXPECT_TRUE(find({1000}).empty());
  EXPECT_TRUE(find(std::vector<std::uint16_t>(1000, 2740)).empty());
  EXPECT_TRUE(find(waveform({50})).empty()) << "the threshold itself is not over it";
}

}  // namespace
}  // namespace spillway::readout
