#include "trigger/activity.hpp"

#include <gtest/gtest.h>

#include "daq/base/error.hpp"
#include "tests/support/plain_trigger.hpp"

namespace spillway::trigger {
namespace {

std::vector<Activity> find(const ActivitySettings& settings, const std::vector<ActivityPrimitive>& primitives,
                           std::size_t channels = 1000) {
  ActivityFinder finder(settings, channels);
  std::vector<Activity> found;
  for (const ActivityPrimitive& primitive : primitives) finder.add(primitive, found);
  finder.finish(found);
  return found;
}

ActivityPrimitive at(std::int64_t ns, std::uint32_t channel, std::uint32_t integral = 1) {
  return {{ns}, channel, integral};
}

TEST(Activity, IsFoundWhereTheWindowsSumIsReached) {
  const auto found = find({.window = nanoseconds(100), .integral = 30},
                          {at(0, 1, 10), at(50, 2, 10), at(99, 3, 10), at(300, 4, 29), at(400, 5, 29)});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0], (Activity{{0}, {99}, {99}, 3, 30, 30, 0}));
}

TEST(Activity, LeavesOutWhatBeganAWindowBefore) {
  EXPECT_EQ(find({.window = nanoseconds(100), .integral = 20}, {at(0, 1, 10), at(99, 1, 10)}).size(), 1U);
  EXPECT_TRUE(find({.window = nanoseconds(100), .integral = 20}, {at(0, 1, 10), at(100, 1, 10)}).empty());
}

TEST(Activity, GoesOnWhileActivePrimitivesAreLessThanAWindowApart) {
  const ActivitySettings any{.window = nanoseconds(10)};
  EXPECT_EQ(find(any, {at(0, 1), at(9, 1), at(18, 1)}).size(), 1U);
  EXPECT_EQ(find(any, {at(0, 1), at(10, 1), at(20, 1)}).size(), 3U);
}

TEST(Activity, WantsARunOfChannels) {
  const ActivitySettings track{.window = nanoseconds(100), .channels = 4};
  EXPECT_EQ(find(track, {at(0, 7), at(1, 9), at(2, 10), at(3, 8)}).at(0).channels, 4U);
  EXPECT_TRUE(find(track, {at(0, 7), at(1, 9), at(2, 10), at(3, 11)}).empty()) << "8 is missing";
  EXPECT_TRUE(find(track, {at(0, 7), at(1, 8), at(2, 9), at(100, 10)}).empty()) << "7 is too old";
}

TEST(Activity, PassesOverAsManyChannelsAtOnceAsItIsTold) {
  const ActivitySettings track{.window = nanoseconds(100), .channels = 5, .channel_gap = 1};
  EXPECT_EQ(find(track, {at(0, 10), at(1, 14), at(2, 12)}).at(0).channels, 5U);
  EXPECT_TRUE(find(track, {at(0, 10), at(1, 15), at(2, 12)}).empty());
}

TEST(Activity, KeepsAChannelWhileOneOfItsPrimitivesIsInTheWindow) {
  const ActivitySettings pair{.window = nanoseconds(100), .channels = 2};
  EXPECT_EQ(find(pair, {at(0, 3), at(60, 3), at(130, 4)}).size(), 1U);
}

TEST(Activity, HasNoRunOfChannelsThatTheDetectorHasNot) {
  EXPECT_TRUE(find({.window = nanoseconds(100), .channels = 1}, {at(0, 5)}, 5).empty());
  EXPECT_EQ(find({.window = nanoseconds(100), .integral = 1}, {at(0, 5)}, 5).size(), 1U);
}

TEST(Activity, OfMoreThanAThousandPrimitivesLosesNone) {
  const auto found = find({.window = nanoseconds(1'000'000), .primitives = 5000, .channels = 900}, [] {
    std::vector<ActivityPrimitive> dense;
    for (int i = 0; i < 6000; ++i) dense.push_back(at(i, static_cast<std::uint32_t>(i * 37 % 1000), 2));
    return dense;
  }());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].first, (Timestamp{4999}));
  EXPECT_EQ(found[0].primitives, 6000U);
  EXPECT_EQ(found[0].window_integral, 12'000U);
  EXPECT_EQ(found[0].channels, 1000U);
}

TEST(Activity, WantsAWindowAndAGapWithinItsReach) {
  EXPECT_THROW(ActivityFinder({.window = {}}, 1), Error);
  EXPECT_THROW(ActivityFinder({.window = nanoseconds(1), .channel_gap = 63}, 1), Error);
}

TEST(PrimitiveMerge, TakesEqualTimesInTheOrderOfStreams) {
  std::vector<model::Primitive> first(2);
  std::vector<model::Primitive> second(1);
  first[1].channel = 1;
  const plain::Streams streams = {second, first};
  std::vector<StreamPrimitive> out(4);
  EXPECT_EQ(PrimitiveMerge(streams).take(out), 3U);
  EXPECT_EQ(out[0].stream, 0U);
  EXPECT_EQ(out[1].stream, 1U);
  EXPECT_EQ(out[2].primitive.channel, 1U);
}

TEST(PrimitiveMerge, OfNoStreamsGivesNothing) {
  std::vector<StreamPrimitive> out(4);
  EXPECT_EQ(PrimitiveMerge({}).take(out), 0U);
}

}  // namespace
}  // namespace spillway::trigger
