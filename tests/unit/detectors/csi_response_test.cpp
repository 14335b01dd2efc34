#include "detectors/csi_laapd/response.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace spillway::detectors::csi_laapd {
namespace {

struct Moments {
  double mean = 0;
  double variance = 0;
};

/// Charge of both sensors together.
Moments charge(const Response& response, double kevee, double along, int events) {
  Draw random(hash_key(3, "charge", static_cast<std::uint64_t>(kevee * 1000)));
  double sum = 0, squares = 0;
  for (int i = 0; i < events; ++i) {
    double eh = 0;
    for (const auto& sensor : light_of(response, 1000, kevee, along, random)) {
      for (const Impulse& impulse : sensor) eh += impulse.eh;
    }
    sum += eh;
    squares += eh * eh;
  }
  const double mean = sum / events;
  return {mean, squares / events - mean * mean};
}

TEST(CsiResponse, ARecoilOfOneKevMakesThePapersFourPointSevenPairs) {
  const Response response;
  const Moments seen = charge(response, response.quenching * 1.0, 0, 100'000);
  EXPECT_NEAR(seen.mean, 4.7, 4 * std::sqrt(4.7 * 2 / 1e5));  // Baxter et al., Fig. 6
}

TEST(CsiResponse, GammasOfAmericiumMakeTheChargeThatGoesWithIt) {
  // 4.7 pairs at 0.1 keV of electron-equivalent energy are 47 a keV: 59.5 keV make 2797.
  const Moments seen = charge(Response{}, 59.5, 0.3, 500);
  EXPECT_NEAR(seen.mean, 2797, 4 * std::sqrt(2797.0 * 2 / 500));
  // So the 80 to 125 photons a keV and more than 80 % quantum efficiency are not exceeded.
  EXPECT_LT(seen.mean / 59.5, 80 * 0.8);
}

TEST(CsiResponse, FluctuatesAsPairsTimesTheExcessNoise) {
  for (const double excess : {1.0, 1.5, 2.0, 3.0}) {
    Response response;
    response.excess_noise = excess;
    constexpr int kEvents = 60'000;
    const Moments seen = charge(response, 1.0, 0, kEvents);
    EXPECT_NEAR(seen.mean, 47, 5 * std::sqrt(47 * excess / kEvents)) << excess;
    EXPECT_NEAR(seen.variance / (47 * excess), 1, 0.04) << excess;
  }
}

TEST(CsiResponse, SharesTheLightByPositionAndKeepsItsSum) {
  Response response;
  response.asymmetry = 0.2;
  response.excess_noise = 1;
  Draw random(5);
  for (const double along : {-1.0, -0.5, 0.0, 1.0}) {
    double first = 0, second = 0;
    constexpr int kEvents = 4000;
    for (int i = 0; i < kEvents; ++i) {
      const SensorLight light = light_of(response, 1000, 1.0, along, random);
      first += static_cast<double>(light[0].size());
      second += static_cast<double>(light[1].size());
    }
    const double sigma = 1 / std::sqrt(47.0 * kEvents);
    EXPECT_NEAR((second - first) / (first + second), 0.2 * along, 5 * sigma) << along;
    EXPECT_NEAR((first + second) / kEvents, 47, 5 * 47 * sigma) << along;
  }
}

TEST(CsiResponse, SharesBinomially) {
  // A fixed share of a Poisson number: both sensors are Poisson and know nothing of each other.
  Response response;
  response.excess_noise = 1;
  Draw random(6);
  double first = 0, second = 0, both = 0, squares = 0;
  constexpr int kEvents = 40'000;
  for (int i = 0; i < kEvents; ++i) {
    const SensorLight light = light_of(response, 1000, 0.2, 0, random);
    const auto a = static_cast<double>(light[0].size());
    const auto b = static_cast<double>(light[1].size());
    first += a;
    second += b;
    both += a * b;
    squares += a * a;
  }
  const double mean = first / kEvents;
  EXPECT_NEAR((squares / kEvents - mean * mean) / mean, 1, 0.04);
  EXPECT_NEAR((both / kEvents - mean * second / kEvents) / mean, 0, 0.03);
}

TEST(CsiResponse, LightComesWithTheDecayTimeOfTheScintillation) {
  Draw random(7);
  double sum = 0, count = 0;
  for (int i = 0; i < 300; ++i) {
    for (const auto& sensor : light_of(Response{}, 800, 10, 0, random)) {
      for (const Impulse& impulse : sensor) {
        sum += impulse.at_ns;
        ++count;
      }
    }
  }
  EXPECT_NEAR(sum / count, 800, 5 * 800 / std::sqrt(count));
}

}  // namespace
}  // namespace spillway::detectors::csi_laapd
