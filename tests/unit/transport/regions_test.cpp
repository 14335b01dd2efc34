#include "daq/transport/regions.hpp"

#include <gtest/gtest.h>

namespace spillway::transport {
namespace {

TEST(Regions, LieOneBehindTheOtherOnCacheLines) {
  Regions regions(64, 1024);
  EXPECT_EQ(regions.take(1, 1), 64U);
  EXPECT_EQ(regions.take(65, 2), 128U);
  EXPECT_EQ(regions.take(64, 3), 256U);
}

TEST(Regions, AreTakenToTheLastByteAndNotBeyond) {
  Regions regions(64, 64 + 640);
  EXPECT_EQ(regions.room(), 640U);
  EXPECT_EQ(regions.take(641, 1), std::nullopt);
  EXPECT_EQ(regions.take(640, 1), 64U);
  EXPECT_EQ(regions.take(1, 2), std::nullopt);
}

TEST(Regions, ThatAreNotWholeCacheLinesHaveTheRoomThatTheySay) {
  for (std::size_t end = 0; end < 400; ++end) {
    Regions regions(3, end);
    if (regions.room() > 0) {
      EXPECT_TRUE(regions.take(regions.room(), 1)) << end;
    }
    EXPECT_FALSE(regions.take(1, 2)) << end;
    regions.release_through(2);
  }
}

TEST(Regions, ComeBackUpToANumberAndAreTakenAgainFromTheBegin) {
  Regions regions(0, 640);
  for (std::uint64_t number = 1; number <= 5; ++number) ASSERT_TRUE(regions.take(128, number));
  EXPECT_FALSE(regions.take(128, 6));
  regions.release_through(2);
  EXPECT_EQ(regions.take(200, 6), 0U);
  EXPECT_FALSE(regions.take(1, 7));
  regions.release_through(100);
  EXPECT_EQ(regions.take(640, 101), 0U);
}

TEST(Regions, OfOneThatKeepsUpAreTheSameAgainAndAgain) {
  Regions regions(0, 1 << 20);
  for (std::uint64_t number = 1; number < 100; ++number) {
    const auto offset = regions.take(1000, number);
    ASSERT_TRUE(offset);
    EXPECT_LE(*offset, 1024U);
    regions.release_through(number - 1);
  }
}

TEST(Regions, NeverCoverNothing) {
  Regions regions(0, 640);
  EXPECT_FALSE(regions.take(0, 1));
}

TEST(Regions, EndWhereTheMemoryDoes) {
  Regions regions(0, 1024);
  ASSERT_EQ(regions.take(512, 1), 0U);
  ASSERT_EQ(regions.take(512, 2), 512U);
  regions.limit(512);
  EXPECT_EQ(regions.room(), 512U);
  regions.release_through(2);
  EXPECT_EQ(regions.take(512, 3), 0U);
  EXPECT_FALSE(regions.take(64, 4));
}

}  // namespace
}  // namespace spillway::transport
