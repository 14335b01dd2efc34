#include "trigger/coincidence.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/trigger/trigger_bench.hpp"

namespace spillway::trigger {
namespace {

using test::at;
using test::primitive;

constexpr Interval kGate{at(1000), at(2000)};

Coincidence::Found look(const model::TriggerPolicy& policy, const std::vector<StreamPrimitive>& candidates) {
  return Coincidence(policy).look(kGate, candidates);
}

Coincidence::Found look(std::uint32_t primitives, std::int64_t window,
                        const std::vector<model::Primitive>& candidates) {
  model::TriggerPolicy policy;
  policy.coincidence_primitives = primitives;
  policy.coincidence_window = nanoseconds(window);
  std::vector<StreamPrimitive> of_one_stream;
  for (const model::Primitive& candidate : candidates) of_one_stream.push_back({0, candidate});
  return look(policy, of_one_stream);
}

/// Two primitives within 20 ns, in two streams of a pair.
model::TriggerPolicy both_of_a_pair() {
  model::TriggerPolicy policy;
  policy.coincidence_primitives = 2;
  policy.coincidence_window = nanoseconds(20);
  policy.coincidence_streams = 2;
  policy.coincidence_group = 2;
  return policy;
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

TEST(Coincidence, WantsBothStreamsOfOnePair) {
  EXPECT_TRUE(look(both_of_a_pair(), {{2, primitive(1500)}, {3, primitive(1520)}}).together);
  EXPECT_FALSE(look(both_of_a_pair(), {{2, primitive(1500)}, {3, primitive(1521)}}).together) << "too far apart";
  EXPECT_FALSE(look(both_of_a_pair(), {{1, primitive(1500)}, {2, primitive(1510)}}).together) << "of two pairs";
  EXPECT_FALSE(look(both_of_a_pair(), {{2, primitive(1500)}, {2, primitive(1510)}}).together) << "twice the same";
}

TEST(Coincidence, SeesAPairAmongPrimitivesOfOtherStreams) {
  EXPECT_TRUE(look(both_of_a_pair(), {{0, primitive(1490)},
                                      {2, primitive(1495)},
                                      {2, primitive(1500)},
                                      {5, primitive(1501)},
                                      {3, primitive(1519)}})
                  .together);
  EXPECT_EQ(look(both_of_a_pair(), {{0, primitive(1490)}, {5, primitive(1501)}}).primitives, 2U);
}

TEST(Coincidence, ForgetsAStreamThatLeftTheWindow) {
  EXPECT_FALSE(look(both_of_a_pair(), {{2, primitive(1400)}, {3, primitive(1450)}, {3, primitive(1460)}}).together);
}

TEST(Coincidence, WithoutGroupsTakesAnyTwoStreams) {
  model::TriggerPolicy policy = both_of_a_pair();
  policy.coincidence_group = 0;
  EXPECT_TRUE(look(policy, {{1, primitive(1500)}, {2, primitive(1510)}}).together);
  EXPECT_FALSE(look(policy, {{1, primitive(1500)}, {1, primitive(1510)}}).together);
}

}  // namespace
}  // namespace spillway::trigger
