#include "daq/base/random.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include <gtest/gtest.h>

namespace spillway {
namespace {

TEST(Draw, FollowsSplitMix64) {
  // First numbers of the reference implementation (prng.di.unimi.it/splitmix64.c) from state 1234567.
  Draw draw(1234567);
  EXPECT_EQ(draw(), 6457827717110365317U);
  EXPECT_EQ(draw(), 3203168211198807973U);
  EXPECT_EQ(draw(), 9817491932198370423U);
}

TEST(HashKey, DiffersBySeedOwnerAndIndex) {
  std::set<std::uint64_t> keys;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    for (const char* owner : {"", "a", "b", "ab", "ba"}) {
      for (std::uint64_t index = 0; index < 10; ++index) keys.insert(hash_key(seed, owner, index));
    }
  }
  EXPECT_EQ(keys.size(), 500U);
}

TEST(HashKey, NeverChanges) {
  EXPECT_EQ(hash_key(1, "csi", 2), hash_key(1, "csi", 2));
}

TEST(Draw, UniformStaysBelowOneAndHasItsMean) {
  Draw draw(1);
  double sum = 0;
  constexpr int kDraws = 100'000;
  for (int i = 0; i < kDraws; ++i) {
    const double u = draw.uniform();
    ASSERT_GE(u, 0);
    ASSERT_LT(u, 1);
    sum += u;
  }
  // Standard error 1 / sqrt(12 N); five of them.
  EXPECT_NEAR(sum / kDraws, 0.5, 5 / std::sqrt(12.0 * kDraws));
}

TEST(Draw, PoissonHasItsMeanAndVariance) {
  for (const double mean : {0.05, 1.0, 9.9, 10.0, 35.0, 1000.0, 1e6}) {
    Draw draw(hash_key(7, "poisson", static_cast<std::uint64_t>(mean * 100)));
    constexpr int kDraws = 40'000;
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < kDraws; ++i) {
      const double d = static_cast<double>(draw.poisson(mean)) - mean;
      sum += d;
      squares += d * d;
    }
    // The variance of (k - mean)^2 is mean + 2 mean^2.
    EXPECT_NEAR(sum / kDraws, 0, 5 * std::sqrt(mean / kDraws)) << mean;
    EXPECT_NEAR(squares / kDraws, mean, 5 * std::sqrt((mean + 2 * mean * mean) / kDraws)) << mean;
  }
}

TEST(Draw, PoissonHasItsProbabilitiesOnBothSidesOfTheChangeOfMethod) {
  for (const double mean : {9.0, 11.0}) {
    Draw draw(hash_key(8, "poisson", static_cast<std::uint64_t>(mean)));
    constexpr int kDraws = 200'000;
    std::array<int, 40> seen{};
    for (int i = 0; i < kDraws; ++i) ++seen[std::min<std::size_t>(draw.poisson(mean), seen.size() - 1)];
    double probability = std::exp(-mean);
    for (std::size_t k = 0; k < 30; ++k) {
      if (k > 0) probability *= mean / static_cast<double>(k);
      const double expected = probability * kDraws;
      EXPECT_NEAR(seen[k], expected, 5 * std::sqrt(expected) + 1) << mean << " " << k;
    }
  }
}

TEST(Draw, PoissonOfNothingIsNothing) {
  EXPECT_EQ(Draw(3).poisson(0), 0U);
}

}  // namespace
}  // namespace spillway
