#include "daq/proto/convert.hpp"

#include <gtest/gtest.h>

namespace spillway::proto {
namespace {

model::Gate gate() {
  return {model::GateKind::kOff, {{-5}, {7}}, 3, 4, 1.5};
}

TEST(Convert, GatesDecisionsAndPulsesComeBackAsTheyWere) {
  EXPECT_EQ(to_model(to_proto(gate())), gate());
  const model::Decision decision{9, 2, gate(), {{-10}, {20}}, model::kZeroBias | model::kReadOut, 6};
  EXPECT_EQ(to_model(to_proto(decision)), decision);
  const model::Pulse pulse{1, 2, {{3}, {4}}, 5.5, 0.1, model::kReplay};
  EXPECT_EQ(to_model(to_proto(pulse, 8)), pulse);
  EXPECT_EQ(to_proto(pulse, 8).facility(), 8U);
}

TEST(Convert, AGateKindFromTheFutureStaysWithinTheKindsThereAre) {
  v1::Gate strange = to_proto(gate());
  strange.set_kind(77);
  EXPECT_EQ(to_model(strange).kind, model::GateKind::kRandom);
}

model::StreamLedger ledger() {
  model::StreamLedger l;
  l.stream = "csi/0";
  l.sent = 1;
  l.duplicated = 2;
  l.accepted = 3;
  l.rejected = {{"bad_length", 4}};
  l.lost = {{"restart", 5}, {"sequence_gap", 6}};
  l.outside_run = 7;
  l.asked = 8;
  l.ok = 9;
  l.partial = 10;
  l.expired = 11;
  l.no_data = 12;
  l.built = 13;
  l.missing = {{"restart", 14}};
  return l;
}

TEST(Convert, LedgersComeBackAsTheyWere) {
  EXPECT_EQ(to_model(to_proto(ledger())), ledger());
}

TEST(Convert, TotalsReplaceTheFramesOfALedgerAndLeaveItsRequests) {
  model::StreamLedger target = ledger();
  model::StreamLedger frames;
  frames.stream = "csi/1";
  frames.sent = 100;
  frames.lost = {{"ring_overflow", 1}};
  totals_to_model(totals_to_proto(frames), target);
  EXPECT_EQ(target.stream, "csi/1");
  EXPECT_EQ(target.sent, 100U);
  EXPECT_EQ(target.lost, frames.lost);
  EXPECT_TRUE(target.rejected.empty());
  EXPECT_EQ(target.asked, 8U);
  EXPECT_EQ(target.missing, ledger().missing);
}

TEST(Convert, BooksComeBackLineByLine) {
  model::DetectorBooks books;
  books.detector = "csi";
  std::int64_t next = 1;
  for (model::LiveTime* line :
       {&books.books.gates[0], &books.books.gates[1], &books.books.gates[2], &books.books.run}) {
    line->wall = nanoseconds(next++);
    line->live = nanoseconds(next++);
    line->not_read = nanoseconds(next++);
    for (Duration& dead : line->dead) dead = nanoseconds(next++);
    line->dead[1] = {};
  }
  const model::DetectorBooks back = to_model(to_proto(books));
  EXPECT_EQ(back.detector, "csi");
  EXPECT_EQ(back.books.gates, books.books.gates);
  EXPECT_EQ(back.books.run, books.books.run);
}

TEST(Convert, GateCountsComeBackAsTheyWere) {
  model::GateCounts counts;
  counts.on = 1;
  counts.off = 2;
  counts.random = 3;
  counts.dropped = {{"on_overlaps_on", 4}};
  counts.late_pulses = 5;
  const v1::GateCounts message = to_proto("ess", counts);
  EXPECT_EQ(message.facility(), "ess");
  const model::GateCounts back = to_model(message);
  EXPECT_EQ(back.on, 1U);
  EXPECT_EQ(back.off, 2U);
  EXPECT_EQ(back.random, 3U);
  EXPECT_EQ(back.dropped, counts.dropped);
  EXPECT_EQ(back.late_pulses, 5U);
}

TEST(Convert, CountsWithoutAlphaOrExcessHaveNone) {
  v1::Counts counts;
  counts.set_detector("csi");
  counts.set_on(51);
  counts.set_pot(2.0);
  model::DetectorCounts back = to_model(counts);
  EXPECT_EQ(back.on, 51U);
  EXPECT_EQ(back.pot, 2.0);
  EXPECT_FALSE(back.alpha || back.excess || back.excess_low || back.excess_high);
  counts.set_has_alpha(true);
  counts.set_alpha(0.5);
  counts.set_has_excess(true);
  counts.set_excess(51);
  counts.set_excess_low(44);
  counts.set_excess_high(58);
  back = to_model(counts);
  EXPECT_EQ(back.alpha, 0.5);
  EXPECT_EQ(back.excess_low, 44);
  EXPECT_EQ(back.excess_high, 58);
}

}  // namespace
}  // namespace spillway::proto
