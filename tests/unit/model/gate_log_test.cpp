#include "daq/model/gate_log.hpp"

#include <gtest/gtest.h>

namespace spillway::model {
namespace {

Gate spill(GateKind kind, std::uint64_t k) {
  const Timestamp begin{1'000'000 + static_cast<std::int64_t>(k * 1'000'000'000 / 14) +
                        (kind == GateKind::kOff ? 35'000'000 : 0)};
  return {kind, {begin, begin + microseconds(2800)}, k, k + 1, kind == GateKind::kOn ? 1.11e15 : 0};
}

TEST(GateLog, HoldsADayOfSpillsInOneStretch) {
  GateLog log;
  for (std::uint64_t k = 0; k < 14 * 86'400; ++k) {
    for (const GateKind kind : {GateKind::kOn, GateKind::kOff}) {
      const Gate gate = spill(kind, k);
      log.add(gate, {gate.time.begin, gate.time.end + microseconds(20)});
    }
  }
  const auto stretches = log.stretches();
  ASSERT_EQ(stretches.size(), 1U);
  ASSERT_EQ(stretches[0].gates.trains.size(), 2U);
  const GateTrain& on = stretches[0].gates.trains[0];
  EXPECT_EQ(on.period_num, 500'000'000U);
  EXPECT_EQ(on.period_den, 7U);
  EXPECT_EQ(on.count, 14U * 86'400);
  EXPECT_EQ(on.gate(14 * 86'399), spill(GateKind::kOn, 14 * 86'399));
}

TEST(GateLog, GoesOnBehindASpillThatDidNotCome) {
  GateLog log;
  std::vector<Gate> gates;
  for (std::uint64_t k = 0; k < 1000; ++k) {
    if (k == 500) continue;
    for (const GateKind kind : {GateKind::kOn, GateKind::kOff}) {
      gates.push_back(spill(kind, k));
      log.add(gates.back(), gates.back().time);
    }
  }
  EXPECT_EQ(log.stretches().size(), 2U);
  std::size_t i = 0;
  log.for_each([&](const Gate& gate, Interval) { EXPECT_EQ(gate, gates[i++]); });
  EXPECT_EQ(i, gates.size());
}

TEST(InterleavedTrains, RefusesTrainsThatCannotTakeTurns) {
  InterleavedTrains trains;
  EXPECT_FALSE(trains.sane());
  GateTrain train;
  train.count = 3;
  train.length = microseconds(1);
  trains.trains = {train, train};
  EXPECT_TRUE(trains.sane());
  trains.trains[1].count = 2;
  EXPECT_TRUE(trains.sane());
  trains.trains[1].count = 4;
  EXPECT_FALSE(trains.sane());
  trains.trains[1].count = 1;
  EXPECT_FALSE(trains.sane());
  train.count = std::uint64_t{1} << 63U;
  trains.trains = {train, train};
  EXPECT_FALSE(trains.sane()) << "their sum would be 0";
  train.count = 3;
  trains.trains = {train};
  trains.trains[0].period_den = 0;
  EXPECT_FALSE(trains.sane());
}

}  // namespace
}  // namespace spillway::model
