#include "monitoring/online/lartpc_clusters.hpp"

#include <gtest/gtest.h>

namespace spillway::online {
namespace {

WireHit hit(double z_mm, double x_mm, double mev, std::uint32_t volume = 0) {
  return {volume, z_mm, x_mm, x_mm + 2, mev, Timestamp{static_cast<std::int64_t>(1000 * x_mm)}};
}

/// A track along z of `wires` wires.
void add_track(std::vector<WireHit>& hits, double z_mm, double x_mm, int wires, double mev, std::uint32_t volume = 0) {
  for (int i = 0; i < wires; ++i) hits.push_back(hit(z_mm + 3 * i, x_mm, mev / wires, volume));
}

TEST(LartpcClusters, JoinHitsAcrossSmallGapsAlone) {
  std::vector<WireHit> hits = {hit(1000, 0, 1), hit(1018, 0, 2), hit(1040, 0, 4), hit(1043, 20, 8)};
  const auto tracks = join(hits, {});
  ASSERT_EQ(tracks.size(), 3U);
  EXPECT_EQ(tracks[0].mev, 8);
  EXPECT_EQ(tracks[1].mev, 4);
  EXPECT_EQ(tracks[2].mev, 3);
}

TEST(LartpcClusters, JoinATrackThatCrossesTheCathode) {
  std::vector<WireHit> hits = {hit(1000, 1990, 5, 0), hit(1003, 1992, 5, 1)};
  EXPECT_EQ(join(hits, {}).size(), 1U);
}

TEST(LartpcClusters, AddBlipsAndPhotonsNearATrack) {
  std::vector<WireHit> hits;
  add_track(hits, 2000, 500, 40, 20);
  hits.push_back(hit(2300, 500, 0.4));   // 180 mm behind its end
  hits.push_back(hit(2600, 500, 0.4));   // 480 mm: too far for what may be 39Ar
  add_track(hits, 2600, 700, 4, 2);      // not for a photon
  hits.push_back(hit(2050, 500, 1, 1));  // the other volume's; its time is that of the track, so it is the track's
  const auto found = find_showers(hits, {});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NEAR(found[0].energy, 23'400, 1);
}

TEST(LartpcClusters, LeaveMuonsOutByLengthEnergyAndEnds) {
  std::vector<WireHit> hits;
  add_track(hits, 500, 100, 300, 90);   // 0.9 m
  add_track(hits, 2500, 900, 10, 300);  // steep: much energy on few wires
  add_track(hits, 6, 1500, 40, 25);     // in at the end
  EXPECT_TRUE(find_showers(hits, {}).empty());
}

TEST(LartpcClusters, CountFromTenMevOn) {
  std::vector<WireHit> hits;
  add_track(hits, 1000, 100, 20, 9.9);
  add_track(hits, 3000, 100, 20, 10.1);
  const auto found = find_showers(hits, {});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NEAR(found[0].energy, 10'100, 1);
  EXPECT_EQ(found[0].time, Timestamp{100'000});
}

}  // namespace
}  // namespace spillway::online
