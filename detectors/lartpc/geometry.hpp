#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "detectors/lartpc/wibeth.hpp"

/// A chamber of the size and the wire planes of SBND's (R. Acciarri et al., JINST 15 (2020) P06033): two drift volumes
/// share a cathode at x = 0 and drift 2 m to their anodes at x = -2 m and +2 m. y is up, z runs along the chamber.
namespace spillway::detectors::lartpc {

enum class Plane : std::uint8_t { kU, kV, kY };  ///< first and second induction, collection
inline constexpr std::size_t kPlaneCount = 3;
inline constexpr std::size_t kVolumes = 2;

inline constexpr double kPitchMm = 3;  ///< between the wires of a plane
inline constexpr double kDriftMm = 2000;
inline constexpr double kHalfHeightMm = 1995;
inline constexpr double kLengthMm = 4992;

inline constexpr std::array<std::size_t, kPlaneCount> kWires = {1984, 1984, 1664};  ///< of each plane of a volume
inline constexpr std::array<std::size_t, kPlaneCount> kPlaneLinks = {31, 31, 26};
inline constexpr std::size_t kVolumeLinks = 88;
inline constexpr std::size_t kLinks = kVolumes * kVolumeLinks;
inline constexpr std::size_t kAllWires = kLinks * kChannels;
static_assert(kLinks == 176 && kAllWires == 11'264);
static_assert(kPlaneLinks[0] + kPlaneLinks[1] + kPlaneLinks[2] == kVolumeLinks);
static_assert(kWires[0] == kPlaneLinks[0] * kChannels && kWires[2] == kPlaneLinks[2] * kChannels);
static_assert(static_cast<double>(kWires[2]) * kPitchMm == kLengthMm);

inline constexpr double kDensity = 1.396;  ///< of liquid argon at 87.3 K, g/cm3
/// 111 t.
inline constexpr double kActiveKg = kDensity * 1e-6 * (2 * kDriftMm) * (2 * kHalfHeightMm) * kLengthMm;
/// Neutrino events are counted for the 100 t that are at least this far from the anodes, walls and ends.
inline constexpr double kFiducialMarginMm = 75;

struct Point {
  double x = 0, y = 0, z = 0;  ///< mm; x = 0 at the cathode, y = 0 at half height, z = 0 at one end
};
[[nodiscard]] constexpr bool inside(const Point& p, double margin_mm = 0) {
  const auto between = [&](double v, double low, double high) { return v >= low + margin_mm && v < high - margin_mm; };
  return between(p.x, -kDriftMm, kDriftMm) && between(p.y, -kHalfHeightMm, kHalfHeightMm) && between(p.z, 0, kLengthMm);
}
[[nodiscard]] constexpr std::size_t volume_of(const Point& p) {
  return p.x < 0 ? 0 : 1;
}
/// From the point to its anode, mm.
[[nodiscard]] constexpr double drift_mm(const Point& p) {
  return kDriftMm - (p.x < 0 ? -p.x : p.x);
}

/// Where a point lies across the wires of a plane, in pitches: wire w covers [w, w + 1). Wires of U and V stand at +60
/// and -60 degrees to the vertical ones of Y; all three planes are taken to lie in one.
[[nodiscard]] constexpr double wire_coordinate(Plane plane, const Point& p) {
  if (plane == Plane::kY) return p.z / kPitchMm;
  constexpr double kCos = 0.5;
  constexpr double kSin = 0.866025403784438647;
  const double across = kCos * p.z + kSin * (plane == Plane::kU ? p.y : -p.y);
  // The wires cover the plane evenly: what they are more than wide enough for is shared by both edges.
  constexpr double kMiddle = kCos * kLengthMm / 2;
  return (across - kMiddle) / kPitchMm + static_cast<double>(kWires[0]) / 2;
}

struct Wire {
  std::size_t volume = 0;
  Plane plane = Plane::kU;
  std::size_t index = 0;  ///< below kWires[plane]
  friend constexpr bool operator==(const Wire&, const Wire&) = default;
};

/// Links 0 to 87 read volume 0, 88 to 175 volume 1; in each 31 read U, 31 V and 26 Y, 64 neighbours each.
struct LinkChannel {
  std::size_t link = 0;     ///< below kLinks
  std::size_t channel = 0;  ///< below kChannels
  friend constexpr bool operator==(const LinkChannel&, const LinkChannel&) = default;
};
[[nodiscard]] constexpr std::size_t first_link(std::size_t volume, Plane plane) {
  std::size_t link = volume * kVolumeLinks;
  for (std::size_t p = 0; p < static_cast<std::size_t>(plane); ++p) link += kPlaneLinks[p];
  return link;
}
[[nodiscard]] constexpr Plane plane_of(std::size_t link) {
  const std::size_t in_volume = link % kVolumeLinks;
  if (in_volume < kPlaneLinks[0]) return Plane::kU;
  return in_volume < kPlaneLinks[0] + kPlaneLinks[1] ? Plane::kV : Plane::kY;
}
[[nodiscard]] constexpr LinkChannel channel_of(const Wire& wire) {
  return {first_link(wire.volume, wire.plane) + wire.index / kChannels, wire.index % kChannels};
}
[[nodiscard]] constexpr Wire wire_of(const LinkChannel& where) {
  const std::size_t volume = where.link / kVolumeLinks;
  const Plane plane = plane_of(where.link);
  return {volume, plane, (where.link - first_link(volume, plane)) * kChannels + where.channel};
}

/// Where a link's frames say they come from: a crate for each volume, in each 11 interface boards (slots) of 8 links.
/// The boards number their links 0 to 3 and 64 to 67, as DUNE's do: four on each of two cables.
[[nodiscard]] constexpr DaqEthHeader address_of(std::size_t link) {
  const std::size_t in_volume = link % kVolumeLinks;
  const std::size_t on_board = in_volume % 8;
  DaqEthHeader header;
  header.crate = static_cast<std::uint16_t>(link / kVolumeLinks + 1);
  header.slot = static_cast<std::uint8_t>(in_volume / 8);
  header.stream = static_cast<std::uint8_t>(on_board % 4 + 64 * (on_board / 4));
  return header;
}

}  // namespace spillway::detectors::lartpc
