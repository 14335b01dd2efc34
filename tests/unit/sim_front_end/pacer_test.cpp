#include "sim_front_end/pacer.hpp"

#include <gtest/gtest.h>

namespace spillway::sim_front_end {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Timestamp kBegin{1'000'000'000'000};
const Pacer::WallTime kNow{std::chrono::hours(5)};

TEST(Pacer, LetsDataGoAsTimePassesTimesTheSpeed) {
  Pacer pacer(kBegin, 2, spillway::seconds(100));
  pacer.start(kNow);
  EXPECT_EQ(pacer.may_go(kNow), kBegin);
  EXPECT_EQ(pacer.may_go(kNow + milliseconds(500)), kBegin + spillway::seconds(1));
  EXPECT_FALSE(pacer.held_by_horizon(kNow + milliseconds(500)));
}

TEST(Pacer, NeverLetsDataGoBeyondTheHorizonAndTheLookAhead) {
  for (const double speed : {0.0, 1.0}) {
    Pacer pacer(kBegin, speed, spillway::seconds(1));
    pacer.start(kNow);
    const auto later = kNow + seconds(10);
    EXPECT_EQ(pacer.may_go(later), kBegin + spillway::seconds(1));
    EXPECT_TRUE(pacer.held_by_horizon(later));
    pacer.set_horizon(kBegin + spillway::seconds(4));
    EXPECT_EQ(pacer.may_go(later), kBegin + spillway::seconds(5));
    pacer.set_horizon(kBegin + spillway::seconds(2));
    EXPECT_EQ(pacer.may_go(later), kBegin + spillway::seconds(5)) << "a horizon never goes back";
  }
}

TEST(Pacer, SaysByHowMuchWallTimeItLags) {
  Pacer pacer(kBegin, 2, spillway::seconds(100));
  pacer.start(kNow);
  EXPECT_DOUBLE_EQ(pacer.lag_s(kBegin + spillway::seconds(4), kNow + seconds(5)), 3);
  EXPECT_DOUBLE_EQ(pacer.lag_s(kBegin + spillway::seconds(40), kNow + seconds(5)), 0);
  EXPECT_DOUBLE_EQ(Pacer(kBegin, 0, {}).lag_s(kBegin, kNow), 0);
}

TEST(Pacer, SurvivesEndlessWaiting) {
  Pacer pacer(kBegin, 1e12, Duration{std::numeric_limits<std::int64_t>::max()});
  pacer.start(kNow);
  EXPECT_GT(pacer.may_go(kNow + std::chrono::hours(1'000'000)), kBegin);
}

}  // namespace
}  // namespace spillway::sim_front_end
