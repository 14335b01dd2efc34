#include "daq/model/gate_train.hpp"

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

}  // namespace
}  // namespace spillway::model
