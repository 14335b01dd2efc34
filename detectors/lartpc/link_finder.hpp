#pragma once

#include <vector>

#include "daq/base/config.hpp"
#include "daq/base/time.hpp"
#include "detectors/lartpc/hit_finder.hpp"

namespace spillway::detectors::lartpc {

/// Of a link of the chamber, from [readout.<detector>].
[[nodiscard]] FinderSettings finder_settings(const Section& readout, std::size_t link);

/// No hit lasts longer: by then its integral is full.
[[nodiscard]] Duration longest_hit(const FinderSettings& settings);

/// Pedestals outlive a gap of so much (1 ms), which lost frames leave, and no longer one: with gated emission each
/// window is searched by itself, so that its hits do not depend on what was read before.
inline constexpr std::uint64_t kRememberedTicks = 1'000'000 / kTickNs;

/// The hits of a link as primitives, found with the fastest instructions that the processor has: what readout sends to
/// the trigger, and a simulation at the level of primitives to the readout.
class LinkFinder {
 public:
  LinkFinder(const FinderSettings& settings, const ClockSegment& clock);

  /// Appends the hits that end in this frame or in a gap before it.
  void find(const WibEthView& frame, std::vector<model::Primitive>& out);
  /// Ends all open hits: the next frame will not continue this one.
  void close(std::vector<model::Primitive>& out);
  /// Begin of the earliest open hit; for ever where none is open.
  [[nodiscard]] Timestamp open_since() const;

 private:
  void keep(std::size_t count, std::vector<model::Primitive>& out) const;

  HitFinder finder_;
  ClockSegment clock_;
  std::vector<Hit> buffer_;
  std::uint64_t next_tick_ = 0;
};

}  // namespace spillway::detectors::lartpc
