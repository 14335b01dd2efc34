#include "monitoring/online/lartpc_clusters.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace spillway::online {

namespace {

/// Between two hits: wires side by side and hits that overlap in time touch.
double distance_mm(const WireHit& a, const WireHit& b, double pitch_mm) {
  const double z = std::max(0.0, std::abs(a.z_mm - b.z_mm) - pitch_mm);
  const double x = std::max({0.0, a.x_begin_mm - b.x_end_mm, b.x_begin_mm - a.x_end_mm});
  return std::hypot(z, x);
}

class Groups {
 public:
  explicit Groups(std::size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }
  std::size_t of(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) { parent_[of(a)] = of(b); }

 private:
  std::vector<std::size_t> parent_;
};

Track track_of(std::vector<std::size_t> members, std::span<const WireHit> hits) {
  Track track;
  const WireHit& first = hits[members.front()];
  track.z_low_mm = track.z_high_mm = first.z_mm;
  track.x_low_mm = first.x_begin_mm;
  track.x_high_mm = first.x_end_mm;
  double weighted_ns = 0;
  for (const std::size_t i : members) {
    const WireHit& hit = hits[i];
    track.mev += hit.mev;
    weighted_ns += hit.mev * static_cast<double>((hit.peak - first.peak).ns);
    track.z_low_mm = std::min(track.z_low_mm, hit.z_mm);
    track.z_high_mm = std::max(track.z_high_mm, hit.z_mm);
    track.x_low_mm = std::min(track.x_low_mm, hit.x_begin_mm);
    track.x_high_mm = std::max(track.x_high_mm, hit.x_end_mm);
  }
  track.time = first.peak + Duration{track.mev > 0 ? std::llround(weighted_ns / track.mev) : 0};
  track.hits = std::move(members);
  return track;
}

bool is_near(const Track& track, const Track& blip, std::span<const WireHit> hits, const ChamberCuts& cuts) {
  constexpr double kMostOfArgon39Mev = 0.6;
  const bool photon = blip.mev > kMostOfArgon39Mev && blip.mev < track.mev / 2;
  const double r = photon ? cuts.photon_radius_mm : cuts.blip_radius_mm;
  if (blip.z_low_mm > track.z_high_mm + r + cuts.pitch_mm || blip.z_high_mm < track.z_low_mm - r - cuts.pitch_mm ||
      blip.x_low_mm > track.x_high_mm + r || blip.x_high_mm < track.x_low_mm - r) {
    return false;
  }
  for (const std::size_t a : track.hits) {
    for (const std::size_t b : blip.hits) {
      if (hits[a].volume == hits[b].volume && distance_mm(hits[a], hits[b], cuts.pitch_mm) <= r) return true;
    }
  }
  return false;
}

}  // namespace

std::vector<Track> join(std::span<const WireHit> hits, const ChamberCuts& cuts) {
  std::vector<std::size_t> by_wire(hits.size());
  std::iota(by_wire.begin(), by_wire.end(), std::size_t{0});
  std::ranges::stable_sort(by_wire, {}, [&](std::size_t i) { return hits[i].z_mm; });
  Groups groups(hits.size());
  for (std::size_t i = 0; i < by_wire.size(); ++i) {
    const WireHit& hit = hits[by_wire[i]];
    for (std::size_t k = i + 1; k < by_wire.size(); ++k) {
      const WireHit& other = hits[by_wire[k]];
      if (other.z_mm - hit.z_mm - cuts.pitch_mm > cuts.link_mm) break;
      if (distance_mm(hit, other, cuts.pitch_mm) <= cuts.link_mm) groups.join(by_wire[i], by_wire[k]);
    }
  }
  std::map<std::size_t, std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < hits.size(); ++i) members[groups.of(i)].push_back(i);
  std::vector<Track> tracks;
  tracks.reserve(members.size());
  for (auto& [group, indices] : members) tracks.push_back(track_of(std::move(indices), hits));
  std::ranges::stable_sort(tracks, std::greater(), &Track::mev);
  return tracks;
}

bool is_muon(const Track& track, const ChamberCuts& cuts) {
  const double length = std::hypot(track.z_high_mm - track.z_low_mm, track.x_high_mm - track.x_low_mm);
  const bool at_end = track.z_low_mm < cuts.edge_mm || track.z_high_mm > cuts.length_mm - cuts.edge_mm;
  return length > cuts.muon_length_mm || track.mev > cuts.muon_mev || (at_end && track.mev >= cuts.seed_mev);
}

std::vector<Candidate> find_showers(std::span<const WireHit> hits, const ChamberCuts& cuts) {
  std::vector<Track> tracks = join(hits, cuts);
  std::erase_if(tracks, [&](const Track& track) { return is_muon(track, cuts); });
  std::vector<Candidate> found;
  std::vector<bool> taken(tracks.size(), false);
  for (std::size_t seed = 0; seed < tracks.size() && tracks[seed].mev >= cuts.seed_mev; ++seed) {
    if (taken[seed]) continue;
    double mev = tracks[seed].mev;
    for (std::size_t blip = seed + 1; blip < tracks.size(); ++blip) {
      if (taken[blip] || !is_near(tracks[seed], tracks[blip], hits, cuts)) continue;
      taken[blip] = true;
      mev += tracks[blip].mev;
    }
    if (mev >= cuts.least_mev) found.push_back({tracks[seed].time, 1000 * mev});
  }
  return found;
}

}  // namespace spillway::online
