#include "daq/model/gate_train.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace spillway::model {
namespace {

GateTrain fourteen_hertz(std::uint64_t count) {
  GateTrain train;
  train.first = {1'000};
  train.period_num = 1'000'000'000;
  train.period_den = 14;
  train.count = count;
  train.length = microseconds(2860);
  train.first_index = 5;
  train.first_pulse_id = 100;
  train.protons = 1e15;
  return train;
}

TEST(GateTrain, FourteenHertzNeverDrifts) {
  const GateTrain train = fourteen_hertz(14ULL * 86'400 * 365);
  EXPECT_EQ(train.gate(1).time.begin.ns, 1'000 + 71'428'571);
  EXPECT_EQ(train.gate(14).time.begin.ns, 1'000 + 1'000'000'000);
  EXPECT_EQ(train.gate(14ULL * 86'400 * 364).time.begin.ns, 1'000 + 364LL * 86'400 * 1'000'000'000);
  EXPECT_EQ(train.gate(3).index, 8U);
  EXPECT_EQ(train.gate(3).pulse_id, 103U);
  EXPECT_EQ(train.gate(3).protons, 1e15);
  EXPECT_EQ(train.gate(3).time.length(), microseconds(2860));
}

TEST(GateTrain, SplittingKeepsTheFractionOfANanosecond) {
  const GateTrain train = fourteen_hertz(100);
  const auto [before, after] = train.split(3);
  EXPECT_EQ(before.count, 3U);
  EXPECT_EQ(after.count, 97U);
  EXPECT_EQ(after.phase, 3'000'000'000U % 14);
  EXPECT_EQ(after.gate(11), train.gate(14));
}

TEST(GateTrain, SplittingAtTheEndsLeavesAnEmptyTrain) {
  const GateTrain train = fourteen_hertz(10);
  EXPECT_EQ(train.split(0).first.count, 0U);
  EXPECT_EQ(train.split(0).second, train);
  EXPECT_EQ(train.split(10).first, train);
  EXPECT_EQ(train.split(10).second.count, 0U);
}

TEST(GateTrain, CountsOverAllOfTimeWithoutOverflow) {
  GateTrain train = fourteen_hertz(std::numeric_limits<std::uint64_t>::max());
  train.first = Timestamp::min() + nanoseconds(1);
  EXPECT_EQ(train.begun_before(Timestamp::min()), 0U);
  // 2^64 - 2 ns at 14 Hz.
  EXPECT_EQ(train.begun_before(Timestamp::max()), 258'254'417'032U);
  EXPECT_EQ(train.wall().ns, std::numeric_limits<std::int64_t>::max());
}

TEST(GateTrain, ATrainWithoutPeriodBeginsAllAtOnce) {
  GateTrain train = fourteen_hertz(3);
  train.period_num = 0;
  EXPECT_EQ(train.begun_before({1'000}), 0U);
  EXPECT_EQ(train.begun_before({1'001}), 3U);
}

}  // namespace
}  // namespace spillway::model
