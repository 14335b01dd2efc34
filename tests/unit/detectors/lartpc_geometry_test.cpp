#include "detectors/lartpc/geometry.hpp"

#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "detectors/lartpc/chamber.hpp"
#include "detectors/lartpc/response.hpp"

namespace spillway::detectors::lartpc {
namespace {

TEST(LartpcGeometry, GivesEveryWireAChannelOfItsOwn) {
  std::set<std::pair<std::size_t, std::size_t>> seen;
  for (std::size_t volume = 0; volume < kVolumes; ++volume) {
    for (const Plane plane : {Plane::kU, Plane::kV, Plane::kY}) {
      for (std::size_t i = 0; i < kWires[static_cast<std::size_t>(plane)]; ++i) {
        const Wire wire{volume, plane, i};
        const LinkChannel where = channel_of(wire);
        ASSERT_LT(where.link, kLinks);
        ASSERT_LT(where.channel, kChannels);
        ASSERT_EQ(wire_of(where), wire);
        seen.emplace(where.link, where.channel);
      }
    }
  }
  EXPECT_EQ(seen.size(), 11'264U);
}

TEST(LartpcGeometry, GivesEachLinkAnAddressOfItsOwn) {
  std::set<std::uint32_t> addresses;
  for (std::size_t link = 0; link < kLinks; ++link) addresses.insert(address_of(link).link());
  EXPECT_EQ(addresses.size(), kLinks);
}

TEST(LartpcGeometry, CoversTheActiveVolumeWithEachPlane) {
  for (const double y : {-kHalfHeightMm, 0.0, kHalfHeightMm - 0.01}) {
    for (const double z : {0.0, kLengthMm / 2, kLengthMm - 0.01}) {
      for (const Plane plane : {Plane::kU, Plane::kV, Plane::kY}) {
        const double wire = wire_coordinate(plane, {100, y, z});
        EXPECT_GE(wire, 0) << y << ' ' << z;
        EXPECT_LT(wire, static_cast<double>(kWires[static_cast<std::size_t>(plane)])) << y << ' ' << z;
      }
    }
  }
}

TEST(LartpcGeometry, HasInductionWiresThreeMillimetresApartAtSixtyDegrees) {
  // Along a U wire, which stands at 60 degrees to the vertical, nothing changes; across it a pitch is one wire.
  const Point at{0, 10, 2000};
  const double along = std::numbers::pi / 3;
  const Point on{0, at.y + 50 * std::cos(along), at.z - 50 * std::sin(along)};
  const Point next{0, at.y + kPitchMm * std::sin(along), at.z + kPitchMm * std::cos(along)};
  EXPECT_NEAR(wire_coordinate(Plane::kU, on), wire_coordinate(Plane::kU, at), 1e-9);
  EXPECT_NEAR(wire_coordinate(Plane::kU, next), wire_coordinate(Plane::kU, at) + 1, 1e-9);
  EXPECT_NEAR(wire_coordinate(Plane::kV, at) + wire_coordinate(Plane::kU, at), at.z / kPitchMm + (1984 - 832), 1e-9);
}

TEST(LartpcGeometry, HoldsAHundredTonsInsideItsMargin) {
  const double margin = 2 * kFiducialMarginMm;
  const double fiducial_kg =
      kDensity * 1e-6 * (2 * kDriftMm - margin) * (2 * kHalfHeightMm - margin) * (kLengthMm - margin);
  EXPECT_NEAR(fiducial_kg, 100'000, 200);
  EXPECT_NEAR(kActiveKg, 111'000, 500);
}

TEST(LartpcResponse, CollectsWholeChargesAndInducesAsMuchOfEachSign) {
  const PlaneResponse collection(true, 1.6);
  const PlaneResponse induction(false, 1.6);
  double shaper = 0;
  for (int i = 0; i < 1000; ++i) shaper += shaped(i * kSampleUs / 16) / 16;
  for (const double drifted : {0.0, 0.5, 1.0}) {
    for (std::size_t phase = 0; phase < PlaneResponse::kPhases; phase += 5) {
      double collected = 0, induced = 0, least = 0;
      for (std::size_t i = 0; i < PlaneResponse::kLength; ++i) {
        collected += collection.kernel(phase, drifted)[i];
        induced += induction.kernel(phase, drifted)[i];
        least = std::min(least, double{collection.kernel(phase, drifted)[i]});
      }
      // A charge's waveform has the area of the shaper's, however it is spread.
      EXPECT_NEAR(collected, shaper, 0.01 * shaper);
      EXPECT_NEAR(induced, 0, 0.01 * shaper);
      EXPECT_GE(least, -1e-6);
    }
  }
}

TEST(LartpcResponse, RecombinesLikeArgoNeut) {
  // Limits and values of the modified box model at 0.5 kV/cm.
  EXPECT_NEAR(recombination(2.1), 0.705, 0.005);
  EXPECT_GT(recombination(2.1), recombination(10));
  EXPECT_NEAR(recombination(20), std::log(0.93 + 6.074) / 6.074, 0.003);
}

TEST(LartpcResponse, PeaksAfterTwoMicroseconds) {
  EXPECT_DOUBLE_EQ(shaped(kPeakingUs), 1);
  EXPECT_LT(shaped(kPeakingUs - 0.1), 1);
  EXPECT_LT(shaped(kPeakingUs + 0.1), 1);
  EXPECT_EQ(shaped(0), 0);
}

TEST(ChamberChannels, AreNeighboursOnlyWithinAPlane) {
  std::uint32_t last_end = 0;
  for (std::size_t link = 0; link < kLinks; ++link) {
    const std::uint32_t first = first_channel("lartpc/" + std::to_string(link));
    const Wire wire = wire_of({link, 0});
    EXPECT_EQ(first, link == 0 ? 0 : last_end + (wire.index == 0 ? 64 : 0)) << link;
    last_end = first + static_cast<std::uint32_t>(kChannels);
  }
}

}  // namespace
}  // namespace spillway::detectors::lartpc
