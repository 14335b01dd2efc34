#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daq/model/ledger.hpp"
#include "daq/model/live_time.hpp"

namespace spillway::model {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Interval ns(std::int64_t begin, std::int64_t end) {
  return {{begin}, {end}};
}

IntervalSet set_of(std::vector<Interval> intervals) {
  return IntervalSet(intervals);
}

Duration dead_of(const LiveTime& line, DeadReason reason) {
  return line.dead[static_cast<std::size_t>(reason)];
}

StreamLedger balanced() {
  StreamLedger ledger;
  ledger.stream = "csi/0";
  ledger.sent = 100;
  ledger.duplicated = 2;
  ledger.accepted = 90;
  ledger.rejected = {{"bad_length", 3}};
  ledger.lost = {{"ring_overflow", 4}, {"restart", 1}};
  ledger.outside_run = 4;
  ledger.asked = 20;
  ledger.ok = 10;
  ledger.partial = 4;
  ledger.expired = 2;
  ledger.no_data = 1;
  ledger.built = 17;
  ledger.missing = {{"restart", 3}};
  return ledger;
}

TEST(Ledger, BalancesWhenEveryFrameAndRequestIsBookedOnce) {
  EXPECT_TRUE(balanced().frames_balance());
  EXPECT_THAT(balanced().complaints(), IsEmpty());
}

TEST(Ledger, SaysWhatIsOutOfBalance) {
  StreamLedger ledger = balanced();
  ledger.lost["sequence_gap"] = 1;
  EXPECT_FALSE(ledger.frames_balance());
  EXPECT_THAT(ledger.complaints(), ElementsAre(HasSubstr("csi/0: frames do not balance")));
  ledger = balanced();
  ++ledger.ok;
  EXPECT_THAT(ledger.complaints(), ElementsAre(HasSubstr("requests do not balance")));
  ledger = balanced();
  --ledger.built;
  EXPECT_THAT(ledger.complaints(), ElementsAre(HasSubstr("fragments do not balance")));
}

TEST(DeadTime, EachNanosecondGoesToTheFirstReason) {
  DeadTime dead;
  dead.of(DeadReason::kVeto) = set_of({ns(0, 10)});
  dead.of(DeadReason::kStreamMissing) = set_of({ns(5, 15)});
  dead.of(DeadReason::kPrescale) = set_of({ns(8, 20)});
  const DeadTime disjoint = dead.disjoint();
  EXPECT_EQ(disjoint.of(DeadReason::kStreamMissing), set_of({ns(5, 15)}));
  EXPECT_EQ(disjoint.of(DeadReason::kVeto), set_of({ns(0, 5)}));
  EXPECT_EQ(disjoint.of(DeadReason::kPrescale), set_of({ns(15, 20)}));
  EXPECT_EQ(dead.united(), set_of({ns(0, 20)}));
}

TEST(LiveTime, AGateIsDeadByItsOverlapWithDeadTime) {
  DeadTime dead;
  dead.of(DeadReason::kVeto) = set_of({ns(90, 110), ns(140, 145)});
  const LiveTime line = live_time_of({GateKind::kOn, ns(100, 150), ns(50, 250)}, dead, false);
  EXPECT_EQ(line.wall, nanoseconds(50));
  EXPECT_EQ(line.live, nanoseconds(35));
  EXPECT_EQ(dead_of(line, DeadReason::kVeto), nanoseconds(15));
  EXPECT_TRUE(line.balances());
}

TEST(LiveTime, AWholeGateIsDeadWhenItsWindowTouchesDeadTime) {
  DeadTime dead;
  dead.of(DeadReason::kPrescale) = set_of({ns(110, 111)});
  dead.of(DeadReason::kPaused) = set_of({ns(200, 300)});
  const ReadGate gate{GateKind::kOff, ns(100, 150), ns(50, 201)};
  const LiveTime line = live_time_of(gate, dead, true);
  EXPECT_EQ(line.live, nanoseconds(0));
  EXPECT_EQ(dead_of(line, DeadReason::kPaused), nanoseconds(50));
  EXPECT_EQ(dead_of(line, DeadReason::kPrescale), nanoseconds(0));
  dead.of(DeadReason::kPrescale) = {};
  EXPECT_EQ(live_time_of({GateKind::kOff, ns(100, 150), ns(50, 200)}, dead, true).live, nanoseconds(50));
}

TEST(LiveTimeBooks, SumGatesByKindAndTheRunInsideWhatWasEmitted) {
  DeadTime dead;
  dead.of(DeadReason::kInhibit) = set_of({ns(0, 30), ns(120, 140)});
  dead.of(DeadReason::kBusy) = set_of({ns(20, 125)});
  const std::vector<ReadGate> gates = {{GateKind::kOn, ns(10, 40), ns(0, 60)},
                                       {GateKind::kOn, ns(110, 150), ns(100, 160)},
                                       {GateKind::kOff, ns(150, 170), ns(150, 170)}};
  const LiveTimeBooks books = live_time_books(gates, dead, false, ns(0, 200), set_of({ns(0, 60), ns(100, 170)}));
  const LiveTime& on = books.gates[0];
  EXPECT_EQ(on.wall, nanoseconds(70));
  EXPECT_EQ(dead_of(on, DeadReason::kInhibit), nanoseconds(40));
  EXPECT_EQ(dead_of(on, DeadReason::kBusy), nanoseconds(20));
  EXPECT_EQ(on.live, nanoseconds(10));
  EXPECT_EQ(books.gates[1].live, nanoseconds(20));
  EXPECT_EQ(books.gates[2], LiveTime{});
  EXPECT_EQ(books.run.wall, nanoseconds(200));
  EXPECT_EQ(books.run.not_read, nanoseconds(70));
  EXPECT_EQ(dead_of(books.run, DeadReason::kInhibit), nanoseconds(50));
  EXPECT_EQ(dead_of(books.run, DeadReason::kBusy), nanoseconds(50));
  EXPECT_EQ(books.run.live, nanoseconds(30));
  EXPECT_TRUE(books.run.balances());
}

}  // namespace
}  // namespace spillway::model
