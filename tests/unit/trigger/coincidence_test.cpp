#include "trigger/coincidence.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/trigger/trigger_bench.hpp"

namespace spillway::trigger {
namespace {

using test::at;
using test::primitive;

constexpr Interval kGate{at(1000), at(2000)};

Coincidence::Found look(std::uint32_t primitives, std::int64_t window,
                        const std::vector<model::Primitive>& candidates) {
  return Coincidence(primitives, nanoseconds(window)).look(kGate, candidates);
}

TEST(Coincidence, KeepsAPrimitiveThatStraddlesTheGateEdge) {
  EXPECT_EQ(look(1, 0, {primitive(990, 11)}).primitives, 1U);
  EXPECT_EQ(look(1, 0, {primitive(1999, 500)}).primitives, 1U);
  EXPECT_EQ(look(1, 0, {primitive(10, 1'000'000)}).primitives, 1U);
}

TEST(Coincidence, LeavesOutWhatEndsAtTheBeginOrBeginsAtTheEnd) {
  EXPECT_EQ(look(1, 0, {primitive(990, 10), primitive(2000, 10)}).primitives, 0U);
}

TEST(Coincidence, TakesAPrimitiveWithoutDurationAsItsFirstNanosecond) {
  EXPECT_EQ(look(1, 0, {primitive(1000, 0)}).primitives, 1U);
  EXPECT_EQ(look(1, 0, {primitive(999, 0)}).primitives, 0U);
}

TEST(Coincidence, WantsEnoughBeginsWithinTheWindow) {
  EXPECT_TRUE(look(3, 20, {primitive(1100), primitive(1300), primitive(1310), primitive(1320)}).together);
  EXPECT_FALSE(look(3, 19, {primitive(1100), primitive(1300), primitive(1310), primitive(1320)}).together);
}

TEST(Coincidence, DoesNotCareForTheOrderOfItsCandidates) {
  EXPECT_TRUE(look(3, 20, {primitive(1320), primitive(1100), primitive(1310), primitive(1300)}).together);
}

TEST(Coincidence, OnePrimitiveIsEnoughWhereOneIsAskedFor) {
  EXPECT_TRUE(look(1, 0, {primitive(1500)}).together);
  EXPECT_FALSE(look(1, 0, {}).together);
}

}  // namespace
}  // namespace spillway::trigger
