#include "daq/event_builder/books_keeper.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/event_builder/builder_bench.hpp"

namespace spillway::event_builder {
namespace {

using model::DeadReason;
using model::FragmentStatus;
using test::at;
using test::decision;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint32_t kA0 = 0, kA1 = 1, kB0 = 2;

model::StreamLedger frames(const std::string& stream, std::uint64_t sent, std::uint64_t accepted) {
  model::StreamLedger ledger;
  ledger.stream = stream;
  ledger.sent = sent;
  ledger.accepted = accepted;
  return ledger;
}

struct BooksKeeperTest : testing::Test {
  model::Setup setup = test::setup();
  StreamIndex index{setup};
  BooksKeeper books{setup, index};

  void end_run(std::int64_t end, std::vector<std::uint64_t> decisions,
               std::vector<model::StreamLedger> totals = {frames("a/0", 0, 0)}) {
    TriggerBooks trigger;
    trigger.time = {at(0), at(end)};
    trigger.decisions = std::move(decisions);
    trigger.totals = std::move(totals);
    trigger.facilities[0].gates_dropped["off_touches_on"] = 3;
    trigger.facilities[0].late_pulses = 1;
    books.set_trigger_books(std::move(trigger));
  }
  void read_a(std::uint64_t id, FragmentStatus status = FragmentStatus::kOk) {
    books.add_decision(decision(0, id), true);
    EXPECT_FALSE(books.add_reply(kA0, decision(0, id), FragmentStatus::kOk));
    EXPECT_EQ(books.add_reply(kA1, decision(0, id), status), status == FragmentStatus::kExpired);
  }
  const model::LiveTimeBooks& lines(const ClosedBooks& closed, std::size_t detector) {
    for (const auto& line : closed.livetime[detector].books.gates) EXPECT_TRUE(line.balances());
    EXPECT_TRUE(closed.livetime[detector].books.run.balances());
    return closed.livetime[detector].books;
  }
};

TEST_F(BooksKeeperTest, AreCompleteWhereEverythingBalances) {
  read_a(0);
  read_a(1);
  books.add_dead(0, DeadReason::kStreamMissing, {at(1050), at(1150)});
  end_run(2000, {2, 0}, {frames("a/0", 5, 5), frames("a/1", 5, 5), frames("b/0", 1, 1)});
  EXPECT_THAT(books.unexplained(), IsEmpty());
  const ClosedBooks closed = books.close();
  EXPECT_THAT(closed.missing, IsEmpty());
  EXPECT_EQ(closed.decisions_made, 2U);
  EXPECT_EQ(closed.gates.at("bench").on, 2U);
  EXPECT_EQ(closed.gates.at("bench").dropped.at("off_touches_on"), 3U);
  EXPECT_EQ(closed.gates.at("bench").late_pulses, 1U);
  const auto& a = lines(closed, 0);
  EXPECT_EQ(a.gates[0].wall, nanoseconds(200));
  EXPECT_EQ(a.gates[0].live, nanoseconds(150));
  EXPECT_EQ(a.run.wall, nanoseconds(2000));
  EXPECT_EQ(a.run.live, nanoseconds(1900));
  EXPECT_EQ(lines(closed, 1).run.live, nanoseconds(2000));
}

TEST_F(BooksKeeperTest, BookARequestOlderThanTheRingAsDeadAndSaySo) {
  read_a(0);
  read_a(1, FragmentStatus::kExpired);
  end_run(2000, {2, 0});
  const ClosedBooks closed = books.close();
  EXPECT_EQ(closed.streams[kA1].expired, 1U);
  EXPECT_THAT(closed.streams[kA1].complaints(), IsEmpty());
  EXPECT_EQ(lines(closed, 0).gates[0].dead[static_cast<std::size_t>(DeadReason::kFragmentMissing)], nanoseconds(100));
  EXPECT_THAT(closed.missing, Contains(HasSubstr("a/1: 1 requests came too late")));
}

TEST_F(BooksKeeperTest, TakeAPartialReplyAsExplainedByAGapThatWasBooked) {
  read_a(0);
  read_a(1, FragmentStatus::kPartial);
  books.add_dead(0, DeadReason::kStreamMissing, {at(1000), at(1010)});
  end_run(2000, {2, 0});
  EXPECT_THAT(books.unexplained(), IsEmpty());
  EXPECT_THAT(books.close().missing, IsEmpty());
}

TEST_F(BooksKeeperTest, TakeAPartialReplyThatReachesBeyondTheRunAsExplained) {
  read_a(0, FragmentStatus::kPartial);
  end_run(2000, {1, 0});
  EXPECT_THAT(books.unexplained(), IsEmpty()) << "the window begins before T0";
}

TEST_F(BooksKeeperTest, BookAPartialReplyThatNothingExplainsAsDeadAndSaySo) {
  read_a(0);
  read_a(1, FragmentStatus::kPartial);
  end_run(2000, {2, 0});
  const auto found = books.unexplained();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].time, decision(0, 1).window);
  const ClosedBooks closed = books.close();
  EXPECT_EQ(lines(closed, 0).gates[0].live, nanoseconds(100));
  EXPECT_THAT(closed.missing, Contains(HasSubstr("no booked gap explains")));
}

TEST_F(BooksKeeperTest, WantTheWholeWindowBookedForAReplyWithoutData) {
  read_a(0);
  read_a(1, FragmentStatus::kNoData);
  read_a(2, FragmentStatus::kNoData);
  books.add_dead(0, DeadReason::kStreamMissing, {at(900), at(1119)});
  books.add_dead(0, DeadReason::kStreamMissing, {at(1900), at(2500)});
  end_run(3000, {3, 0});
  EXPECT_EQ(books.unexplained().size(), 1U);
}

TEST_F(BooksKeeperTest, BookWhatADeadProcessTookAlongAsLostAndItsFragmentsAsMissing) {
  books.add_decision(decision(0, 0), true);
  EXPECT_FALSE(books.add_reply(kA0, decision(0, 0), FragmentStatus::kOk));
  books.add_missing(kA1, decision(0, 0), "restart");
  books.set_final_totals({frames("a/1", 30, 9)});
  books.add_restart("readout.a.1", {"a/1"});
  books.set_final_totals({frames("a/1", 30, 9)});
  end_run(2000, {1, 0}, {frames("a/0", 30, 30), frames("a/1", 30, 24), frames("b/0", 1, 1)});
  const ClosedBooks closed = books.close();

  EXPECT_EQ(closed.streams[kA1].lost.at("restart"), 6U)
      << "by the sum that the trigger took, not the last process' part";
  EXPECT_TRUE(closed.streams[kA1].frames_balance());
  EXPECT_THAT(closed.streams[kA1].complaints(), IsEmpty());
  EXPECT_TRUE(closed.streams[kA0].lost.empty());
  EXPECT_THAT(closed.missing, Contains("readout.a.1 restarted"));
  EXPECT_THAT(closed.missing, Contains("stream a/1: 1 fragments missing (restart)"));
  EXPECT_EQ(lines(closed, 0).gates[0].live, Duration{});
  EXPECT_EQ(lines(closed, 1).run.live, nanoseconds(2000)) << "the other detector is not touched";
}

TEST_F(BooksKeeperTest, PreferTheReadoutsLastWordWhereItWasOneProcess) {
  model::StreamLedger last = frames("b/0", 10, 8);
  last.lost["ring_overflow"] = 2;
  books.set_final_totals({last});
  end_run(100, {0, 0}, {frames("b/0", 10, 10)});
  EXPECT_EQ(books.close().streams[kB0].lost.at("ring_overflow"), 2U);
}

TEST_F(BooksKeeperTest, SayWhichStreamIsOutOfBalance) {
  end_run(100, {0, 0}, {frames("b/0", 10, 9)});
  EXPECT_THAT(books.close().missing, Contains(HasSubstr("b/0")));
}

TEST_F(BooksKeeperTest, HoldWhenTheTriggerDied) {
  read_a(0);
  read_a(1);
  const ClosedBooks closed = books.close();
  EXPECT_EQ(closed.time, (Interval{at(0), at(1100)}));
  EXPECT_THAT(closed.missing, Contains(HasSubstr("the trigger did not close the run")));
  lines(closed, 0);
}

TEST_F(BooksKeeperTest, SayWhereDecisionsGotLost) {
  read_a(0);
  end_run(2000, {2, 0});
  EXPECT_THAT(books.close().missing, Contains("detector a: the trigger made 2 decisions, 1 came"));
}

TEST_F(BooksKeeperTest, CountAGatedDetectorsTimeInsideItsWindowsAlone) {
  setup.detectors[0].gated = true;
  BooksKeeper gated(setup, index);
  gated.add_decision(decision(0, 1), false);
  TriggerBooks trigger;
  trigger.time = {at(0), at(2000)};
  trigger.decisions = {1, 0};
  gated.set_trigger_books(trigger);
  const ClosedBooks closed = gated.close();
  EXPECT_EQ(lines(closed, 0).run.live, nanoseconds(130));
  EXPECT_EQ(lines(closed, 0).run.not_read, nanoseconds(1870));
}

}  // namespace
}  // namespace spillway::event_builder
