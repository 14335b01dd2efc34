#include "daq/event_builder/latency_histogram.hpp"

#include <gtest/gtest.h>

namespace spillway::event_builder {
namespace {

TEST(LatencyHistogram, GivesQuantilesToThreePercent) {
  LatencyHistogram histogram;
  for (std::int64_t ms = 1; ms <= 1000; ++ms) histogram.add(ms * 1'000'000);
  EXPECT_NEAR(histogram.quantile_ms(0.5), 500, 0.03 * 500);
  EXPECT_NEAR(histogram.quantile_ms(0.99), 990, 0.03 * 990);
  EXPECT_EQ(histogram.count(), 1000U);
}

TEST(LatencyHistogram, IsZeroWithoutEntriesAndTakesImpossibleOnes) {
  LatencyHistogram histogram;
  EXPECT_EQ(histogram.quantile_ms(0.5), 0);
  histogram.add(-5);
  histogram.add(INT64_MAX);
  EXPECT_LT(histogram.quantile_ms(0.4), 0.01);
  EXPECT_GT(histogram.quantile_ms(0.99), 1e5);
}

}  // namespace
}  // namespace spillway::event_builder
