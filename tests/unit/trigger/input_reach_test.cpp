#include "trigger/input_reach.hpp"

#include <gtest/gtest.h>

#include "tests/unit/trigger/trigger_bench.hpp"

namespace spillway::trigger {
namespace {

using test::at;

PulseBatch told(std::int64_t watermark, std::optional<Timestamp> end = std::nullopt) {
  PulseBatch batch = test::pulses(watermark);
  batch.input_end = end;
  return batch;
}

TEST(InputReach, EndsWhereTheLastInputDoesOnceSomeSourceIsThere) {
  InputReach input(2);
  input.take(0, told(10, at(500)));
  EXPECT_EQ(input.reached(), at(500));
  input.take(1, told(20, at(300)));
  // Known, but an earlier end can still be asked for.
  EXPECT_EQ(input.end(), std::nullopt);
  input.take(1, told(500, at(300)));
  EXPECT_EQ(input.end(), at(500));
}

TEST(InputReach, DoesNotEndWhileASourceHasNoEnd) {
  InputReach input(2);
  input.take(0, told(1000, at(300)));
  input.take(1, told(200));
  EXPECT_EQ(input.reached(), at(300));
  input.take(1, told(700));
  EXPECT_EQ(input.reached(), at(700));
  EXPECT_EQ(input.end(), std::nullopt);
}

TEST(InputReach, TakesNothingBackThatASourceHasToldBefore) {
  InputReach input(1);
  input.take(0, told(400));
  input.take(0, told(450, at(300)));
  EXPECT_EQ(input.reached(), at(400));
  input.take(0, told(460, at(900)));
  EXPECT_EQ(input.end(), at(400));
}

}  // namespace
}  // namespace spillway::trigger
