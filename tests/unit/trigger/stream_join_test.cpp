#include "trigger/stream_join.hpp"

#include <gtest/gtest.h>

#include "tests/unit/trigger/trigger_bench.hpp"

namespace spillway::trigger {
namespace {

using test::at;
using test::primitive;
using test::primitives;

struct StreamJoinTest : testing::Test {
  StreamJoin join{"d/0", at(0)};
  std::vector<Interval> missing;
};

TEST_F(StreamJoinTest, TakesTheWholeRunAsCoveredWhereMessagesFollowEachOther) {
  join.take(primitives(0, 100), missing);
  join.take(primitives(100, 250), missing);
  EXPECT_TRUE(missing.empty());
  EXPECT_EQ(join.watermark(), at(250));
}

TEST_F(StreamJoinTest, SaysWhatLiesBetweenTheLastWatermarkAndTheNextProcess) {
  join.take(primitives(0, 100), missing);
  join.supersede();
  join.take(primitives(180, 300), missing);
  ASSERT_EQ(missing.size(), 1U);
  EXPECT_EQ(missing[0], (Interval{at(100), at(180)}));
}

TEST_F(StreamJoinTest, PassesOnTheGapsOfTheReadout) {
  PrimitiveBatch batch = primitives(0, 100);
  batch.gaps = {{at(10), at(20)}, {at(50), at(50)}};
  join.take(batch, missing);
  ASSERT_EQ(missing.size(), 1U);
  EXPECT_EQ(missing[0], (Interval{at(10), at(20)}));
}

TEST_F(StreamJoinTest, RefusesAPrimitiveOlderThanItsWatermark) {
  join.take(primitives(0, 100), missing);
  join.take(primitives(100, 200, {primitive(99), primitive(100)}), missing);
  EXPECT_EQ(join.refused().at("primitive_too_old"), 1U);
  std::vector<model::Primitive> found;
  join.overlapping({at(0), at(1000)}, found);
  EXPECT_EQ(found.size(), 1U);
}

TEST_F(StreamJoinTest, KeepsALongPrimitiveThatReachesIntoALaterGate) {
  join.take(primitives(0, 1000, {primitive(10, 500), primitive(20, 5)}), missing);
  join.drop_before(at(400));
  std::vector<model::Primitive> found;
  join.overlapping({at(400), at(600)}, found);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].time_start_ns, 10);
}

TEST_F(StreamJoinTest, SortsWhatComesOutOfOrder) {
  join.take(primitives(0, 1000, {primitive(500), primitive(300), primitive(400)}), missing);
  std::vector<model::Primitive> found;
  join.overlapping({at(0), at(1000)}, found);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].time_start_ns, 300);
  EXPECT_EQ(found[2].time_start_ns, 500);
}

TEST_F(StreamJoinTest, SumsTheBooksOfAllProcessesButTakesTheFrontEndsOwnCountOnce) {
  PrimitiveBatch first = primitives(0, 100);
  first.totals.emplace();
  first.totals->sent = 10;
  first.totals->accepted = 9;
  first.totals->rejected["truncated"] = 1;
  join.take(first, missing);
  join.supersede();
  PrimitiveBatch second = primitives(200, 300);
  second.totals.emplace();
  second.totals->sent = 30;
  second.totals->accepted = 15;
  join.take(second, missing);

  const model::StreamLedger totals = join.totals();
  EXPECT_EQ(totals.sent, 30U);
  EXPECT_EQ(totals.accepted, 24U);
  EXPECT_EQ(totals.rejected.at("truncated"), 1U);
}

TEST_F(StreamJoinTest, KnowsWhenTheDataOfATimeLeftTheFrontEnd) {
  PrimitiveBatch batch = primitives(0, 100);
  batch.sent_wall_ns = 7;
  join.take(batch, missing);
  batch = primitives(100, 200);
  batch.sent_wall_ns = 9;
  join.take(batch, missing);
  EXPECT_EQ(join.sent_wall_of(at(100)), 7);
  EXPECT_EQ(join.sent_wall_of(at(101)), 9);
}

}  // namespace
}  // namespace spillway::trigger
