#include "trigger/facility_gates.hpp"

#include <gtest/gtest.h>

#include "tests/unit/trigger/trigger_bench.hpp"

namespace spillway::trigger {
namespace {

using test::at;
using test::facility;
using test::pulse;
using test::pulses;

struct FacilityGatesTest : testing::Test {
  FacilityGates gates{facility(), 1, at(0), 2, seconds(1)};
  std::vector<model::Pulse> record;
  std::vector<KnownGate> out;
};

TEST_F(FacilityGatesTest, RecordsALatePulseAndNeverGatesIt) {
  gates.take(0, pulses(500), record);
  gates.take(0, pulses(5000, {pulse(1, 499), pulse(2, 600)}), record);
  gates.take(1, pulses(5000), record);
  gates.advance(out);

  ASSERT_EQ(record.size(), 2U);
  EXPECT_EQ(record[0].flags, static_cast<std::uint32_t>(model::kLate));
  EXPECT_EQ(record[1].flags, 0U);
  EXPECT_EQ(gates.late_pulses(), 1U);
  for (const KnownGate& known : out) EXPECT_EQ(known.gate.pulse_id, 2U);
  EXPECT_EQ(out.size(), 2U);
}

TEST_F(FacilityGatesTest, JudgesLatenessByThePulsesOwnSource) {
  gates.take(0, pulses(5000), record);
  gates.take(1, pulses(5000, {pulse(1, 600)}), record);
  EXPECT_EQ(gates.late_pulses(), 0U);
  gates.take(0, pulses(6000, {pulse(2, 700)}), record);
  EXPECT_EQ(gates.late_pulses(), 1U);
}

TEST_F(FacilityGatesTest, WaitsForTheSlowestSource) {
  gates.take(0, pulses(5000, {pulse(1, 600)}), record);
  gates.advance(out);
  EXPECT_TRUE(out.empty());
  gates.take(1, pulses(5000), record);
  gates.advance(out);
  EXPECT_EQ(out.size(), 2U);
}

TEST_F(FacilityGatesTest, RecordsAnAmendmentAndMakesNoGateOfIt) {
  model::Pulse amended = pulse(1, 100);
  amended.revision = 1;
  gates.take(0, pulses(5000), record);
  gates.take(1, pulses(5000), record);
  gates.take(0, pulses(6000, {amended}), record);
  gates.advance(out);
  ASSERT_EQ(record.size(), 1U);
  EXPECT_EQ(record[0].flags, 0U);
  EXPECT_EQ(gates.late_pulses(), 0U);
  EXPECT_TRUE(out.empty());
}

TEST_F(FacilityGatesTest, RefusesAPulseThatWouldHoldEveryWindowOpen) {
  gates.take(0, pulses(5000, {pulse(1, 100, seconds(2).ns)}), record);
  EXPECT_TRUE(record.empty());
  EXPECT_EQ(gates.refused().at("pulse_too_long"), 1U);
}

TEST_F(FacilityGatesTest, DoesNotBelieveALateFlagFromOutside) {
  model::Pulse marked = pulse(1, 100);
  marked.flags = model::kLate | model::kReplay;
  gates.take(0, pulses(5000, {marked}), record);
  EXPECT_EQ(record.at(0).flags, static_cast<std::uint32_t>(model::kReplay));
}

TEST_F(FacilityGatesTest, GivesOutEveryGateBeforeTheEndOnceAllSourcesGotThere) {
  gates.take(0, pulses(1000, {pulse(1, 900)}), record);
  gates.take(1, pulses(1000), record);
  gates.exhausted(at(1000));
  gates.advance(out);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].gate.kind, model::GateKind::kOn);
  EXPECT_GE(gates.frontier(), at(1000));
}

}  // namespace
}  // namespace spillway::trigger
