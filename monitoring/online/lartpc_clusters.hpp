#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "monitoring/online/selection.hpp"

namespace spillway::online {

/// A hit of a collection wire in the plane of wires and drift.
struct WireHit {
  std::uint32_t volume = 0;
  double z_mm = 0;        ///< middle of the wire
  double x_begin_mm = 0;  ///< drift distance that its begin would have had from the gate's begin; may be negative
  double x_end_mm = 0;
  double mev = 0;
  Timestamp peak;
};

/// How tracks are told from muons, and what belongs to a neutrino event.
struct ChamberCuts {
  double pitch_mm = 3;
  double length_mm = 4992;  ///< of the chamber, along z
  double link_mm = 15;
  double seed_mev = 3;
  double blip_radius_mm = 300;
  double photon_radius_mm = 600;
  double muon_length_mm = 800;
  double muon_mev = 250;
  double edge_mm = 30;
  double least_mev = 10;
};

struct Track {
  std::vector<std::size_t> hits;  ///< indices
  double mev = 0;
  double z_low_mm = 0, z_high_mm = 0;
  double x_low_mm = 0, x_high_mm = 0;
  Timestamp time;  ///< mean of its hits' peaks, weighted with energy
};

/// Joins hits nearer to each other than link_mm, also across the cathode, where both volumes' drift times are equal.
/// The largest first.
[[nodiscard]] std::vector<Track> join(std::span<const WireHit> hits, const ChamberCuts& cuts);

/// Whether a track is a muon's: too long, too much energy, or in at one end of the chamber.
[[nodiscard]] bool is_muon(const Track& track, const ChamberCuts& cuts);

/// Candidates: each track of at least seed_mev that is no muon's, the largest first, with the energy around it that
/// belongs to no muon and to no candidate before: all within blip_radius_mm, and within photon_radius_mm what is too
/// much for 39Ar and less than half of the track. Energies in keV.
[[nodiscard]] std::vector<Candidate> find_showers(std::span<const WireHit> hits, const ChamberCuts& cuts);

}  // namespace spillway::online
