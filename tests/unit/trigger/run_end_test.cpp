#include "trigger/run_end.hpp"

#include <array>

#include <gtest/gtest.h>

#include "tests/unit/trigger/trigger_bench.hpp"

namespace spillway::trigger {
namespace {

using test::at;

constexpr std::array kOne = {Duration{}};
constexpr std::array kTwo = {Duration{}, Duration{}};

TEST(RunEnd, IsTheBeginOfOnGateNPlusOneInTheMergeOfAllFacilities) {
  RunEnd run_end({at(0), 3, {}}, kTwo);
  for (const int begin : {100, 200, 300, 400}) run_end.add_on_gate(0, at(begin));
  run_end.set_frontier(0, at(1000), 0);
  EXPECT_FALSE(run_end.end());
  run_end.add_on_gate(1, at(150));
  run_end.add_on_gate(1, at(250));
  run_end.set_frontier(1, at(260), 0);
  ASSERT_TRUE(run_end.end());
  EXPECT_EQ(*run_end.end(), at(250));
}

TEST(RunEnd, LetsNoGateBeDecidedBeforeItsPlaceIsKnown) {
  RunEnd run_end({at(0), 3, {}}, kTwo);
  run_end.add_on_gate(0, at(100));
  run_end.set_frontier(0, at(1000), 0);
  EXPECT_EQ(run_end.decidable_before(), at(0));
  run_end.set_frontier(1, at(120), 0);
  EXPECT_EQ(run_end.decidable_before(), at(120));
}

TEST(RunEnd, LetsAGateBeDecidedThatHasItsPlaceWhateverTheOtherFacilityStillSays) {
  RunEnd run_end({at(0), 5, {}}, std::array{Duration{}, nanoseconds(200)});
  for (const int begin : {100, 200, 300}) run_end.add_on_gate(0, at(begin));
  run_end.set_frontier(0, at(350), 7);
  EXPECT_EQ(run_end.decidable_before(), at(350)) << "the other could have two by then, at 0 and at 200";
  run_end.add_on_gate(0, at(400));
  run_end.set_frontier(0, at(600), 8);
  EXPECT_EQ(run_end.decidable_before(), at(400)) << "with these two the one at 400 could be the sixth";
  run_end.set_frontier(1, at(260), 9);
  EXPECT_EQ(run_end.decidable_before(), at(460)) << "the other could have its second then";
  EXPECT_EQ(run_end.sent_wall_of(at(349)), 7);
  EXPECT_EQ(run_end.sent_wall_of(at(399)), 8);
  EXPECT_EQ(run_end.sent_wall_of(at(400)), 9);
  EXPECT_FALSE(run_end.end());
}

TEST(RunEnd, KnowsWhenTheDataLeftThatAGateWaitedFor) {
  RunEnd run_end({at(0), 3, {}}, kTwo);
  run_end.set_frontier(0, at(1000), 7);
  run_end.set_frontier(1, at(120), 11);
  run_end.set_frontier(1, at(1200), 13);
  EXPECT_EQ(run_end.sent_wall_of(at(119)), 11);
  EXPECT_EQ(run_end.sent_wall_of(at(120)), 13);
  RunEnd unlimited({at(0), 0, {}}, kTwo);
  unlimited.set_frontier(0, at(1000), 7);
  EXPECT_EQ(unlimited.sent_wall_of(at(10)), 0) << "it waits for nobody else";
}

TEST(RunEnd, WithoutALimitFacilitiesDoNotWaitForEachOther) {
  RunEnd run_end({at(0), 0, {}}, kTwo);
  run_end.set_frontier(0, at(1000), 0);
  EXPECT_EQ(run_end.decidable_before(), Timestamp::max());
}

TEST(RunEnd, IsTheDurationWhereThatIsAskedFor) {
  RunEnd run_end({at(10), 0, nanoseconds(500)}, kOne);
  ASSERT_TRUE(run_end.end());
  EXPECT_EQ(*run_end.end(), at(510));
}

TEST(RunEnd, IsTheEarliestOfSeveralLimits) {
  RunEnd gates_first({at(0), 1, nanoseconds(500)}, kOne);
  gates_first.add_on_gate(0, at(100));
  gates_first.add_on_gate(0, at(200));
  gates_first.set_frontier(0, at(300), 0);
  EXPECT_EQ(gates_first.end(), at(200));

  RunEnd duration_first({at(0), 1, nanoseconds(150)}, kOne);
  duration_first.add_on_gate(0, at(100));
  duration_first.set_frontier(0, at(120), 0);
  EXPECT_FALSE(duration_first.end());
  duration_first.add_on_gate(0, at(200));
  duration_first.set_frontier(0, at(300), 0);
  EXPECT_EQ(duration_first.end(), at(150));
}

TEST(RunEnd, AnExhaustedInputEndsARunThatHasFewerGatesThanAskedFor) {
  RunEnd run_end({at(0), 10, {}}, kOne);
  run_end.add_on_gate(0, at(100));
  run_end.exhausted(at(400));
  EXPECT_FALSE(run_end.end());
  run_end.set_frontier(0, at(400), 0);
  EXPECT_EQ(run_end.end(), at(400));
}

TEST(RunEnd, NeverMovesOnceItIsFixed) {
  RunEnd run_end({at(0), 0, {}}, kOne);
  run_end.end_run(at(300));
  run_end.exhausted(at(100));
  run_end.stop(at(50));
  EXPECT_EQ(run_end.end(), at(300));
}

}  // namespace
}  // namespace spillway::trigger
