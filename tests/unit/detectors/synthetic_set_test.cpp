#include "detectors/lartpc/synthetic_set.hpp"

#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/wibeth_frames.hpp"

namespace spillway::detectors::lartpc {
namespace {

/// What others count in the same sets, and how well they say it.
struct Published {
  std::string set;
  double hits_per_frame;
  double within;
};

class SyntheticSetTest : public testing::TestWithParam<Published> {};

TEST_P(SyntheticSetTest, HoldsAsManyHitsAsPublished) {
  const SyntheticSetSpec* spec = find_synthetic_set(GetParam().set);
  ASSERT_NE(spec, nullptr);
  FinderSettings settings;
  for (PlaneSettings& plane : settings.planes) plane.threshold_adc = spec->threshold_adc;
  test::HitCollector finder(settings);
  SyntheticSet set(*spec, kSyntheticFrames);
  Bytes frame(kFrameBytes);
  for (std::size_t f = 0; f < kSyntheticFrames; ++f) {
    set.next(std::span<std::byte, kFrameBytes>(frame));
    finder.take(frame);
  }
  EXPECT_EQ(finder.finder().gaps(), 0U);
  EXPECT_NEAR(static_cast<double>(finder.hits().size()) / kSyntheticFrames, GetParam().hits_per_frame,
              GetParam().within);
}

INSTANTIATE_TEST_SUITE_P(AllSets, SyntheticSetTest,
                         testing::Values(Published{"N60", 0, 0}, Published{"N15", 4.2, 0.05},
                                         Published{"AR", 0.12, 0.01}, Published{"T02", 4.6, 0.05},
                                         Published{"T1", 23, 0.5}),
                         [](const auto& instance) { return instance.param.set; });

TEST(SyntheticSet, HasTheNoiseAndThePedestalsOfItsRecipe) {
  SyntheticSet set(*find_synthetic_set("N15"), 256);
  Bytes frame(kFrameBytes);
  std::array<double, kChannels> sum = {};
  std::array<double, kChannels> squares = {};
  for (std::size_t f = 0; f < 256; ++f) {
    set.next(std::span<std::byte, kFrameBytes>(frame));
    for (std::size_t s = 0; s < kSamples; ++s) {
      const AdcRow row = decode_wib_eth(frame)->row(s);
      for (std::size_t c = 0; c < kChannels; ++c) {
        sum[c] += row[c];
        squares[c] += static_cast<double>(row[c]) * row[c];
      }
    }
  }
  constexpr double kCount = 256 * kSamples;
  double variance = 0;
  for (std::size_t c = 0; c < kChannels; ++c) {
    const double mean = sum[c] / kCount;
    EXPECT_GE(mean, (c < 40 ? 2300 : 850) - 0.2) << c;
    EXPECT_LE(mean, (c < 40 ? 2399 : 949) + 0.2) << c;
    variance += (squares[c] / kCount - mean * mean) / kChannels;
  }
  // Rounding adds 1/12; a million samples of sigma 5 tell the variance to 0.035.
  EXPECT_NEAR(variance, 25 + 1.0 / 12, 4 * 25 * std::sqrt(2 / (kCount * kChannels)));
}

}  // namespace
}  // namespace spillway::detectors::lartpc
