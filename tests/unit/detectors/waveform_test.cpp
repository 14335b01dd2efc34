#include "detectors/caen/waveform.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace spillway::detectors::caen {
namespace {

Bytes samples_of(const std::vector<int>& values) {
  Bytes bytes;
  for (const int value : values) append(bytes, static_cast<std::uint16_t>(value));
  return bytes;
}

constexpr PulseShape kShape{.baseline_samples = 4, .threshold_adc = 10, .positive = true, .cfd_fraction = 0.5};

TEST(Waveform, MeasuresAPulseAboveItsBaseline) {
  const auto pulse = largest_pulse(samples_of({100, 100, 100, 100, 105, 140, 180, 160, 120, 109, 100}), kShape);
  ASSERT_TRUE(pulse.has_value());
  EXPECT_DOUBLE_EQ(pulse->baseline, 100);
  EXPECT_DOUBLE_EQ(pulse->peak, 80);
  EXPECT_EQ(pulse->peak_sample, 6U);
  EXPECT_EQ(pulse->begin, 5U);
  EXPECT_EQ(pulse->end, 9U);
  EXPECT_DOUBLE_EQ(pulse->integral, 40 + 80 + 60 + 20);
  EXPECT_DOUBLE_EQ(pulse->time_samples, 5);
}

TEST(Waveform, InterpolatesTheTimeBetweenSamples) {
  const auto pulse = largest_pulse(samples_of({100, 100, 100, 100, 120, 200, 100}), kShape);
  ASSERT_TRUE(pulse.has_value());
  EXPECT_DOUBLE_EQ(pulse->time_samples, 4 + 30.0 / 80.0);  // 50 lies between 20 and 100
}

TEST(Waveform, NegativePulsesAreTheMirrorImage) {
  PulseShape negative = kShape;
  negative.positive = false;
  const auto pulse = largest_pulse(samples_of({100, 100, 100, 100, 60, 20, 60, 100}), negative);
  ASSERT_TRUE(pulse.has_value());
  EXPECT_DOUBLE_EQ(pulse->peak, 80);
  EXPECT_DOUBLE_EQ(pulse->integral, 160);
  EXPECT_FALSE(largest_pulse(samples_of({100, 100, 100, 100, 60, 20, 60, 100}), kShape).has_value());
}

TEST(Waveform, TakesTheLargestOfSeveral) {
  const auto pulse = largest_pulse(samples_of({10, 10, 10, 10, 50, 10, 90, 10, 30}), kShape);
  ASSERT_TRUE(pulse.has_value());
  EXPECT_EQ(pulse->peak_sample, 6U);
  EXPECT_DOUBLE_EQ(pulse->integral, 80);
}

TEST(Waveform, FindsNothingAtOrBelowThreshold) {
  EXPECT_FALSE(largest_pulse(samples_of({10, 10, 10, 10, 20, 10}), kShape).has_value());
  EXPECT_FALSE(largest_pulse({}, kShape).has_value());
  EXPECT_FALSE(largest_pulse(samples_of({7}), kShape).has_value());
}

TEST(Waveform, SurvivesPulsesThatTouchTheRecordsEnds) {
  PulseShape shape = kShape;
  shape.baseline_samples = 100;  // more than there are
  const auto early = largest_pulse(samples_of({200, 100, 0, 0}), shape);
  ASSERT_TRUE(early.has_value());
  EXPECT_EQ(early->begin, 0U);
  EXPECT_DOUBLE_EQ(early->time_samples, 0);
  const auto late = largest_pulse(samples_of({0, 0, 0, 0, 100}), kShape);
  ASSERT_TRUE(late.has_value());
  EXPECT_EQ(late->end, 5U);
}

}  // namespace
}  // namespace spillway::detectors::caen
