#pragma once

#include <cstdint>
#include <span>

#include "daq/base/time.hpp"
#include "daq/model/primitive.hpp"

namespace spillway::trigger {

/// Looks for enough primitives together inside a gate.
class Coincidence {
 public:
  struct Found {
    std::uint32_t primitives = 0;  ///< that overlap the gate
    bool together = false;         ///< enough of them begin within the window
    friend bool operator==(const Found&, const Found&) = default;
  };

  /// So many primitives must begin within `window` of each other, both edges included.
  Coincidence(std::uint32_t primitives, Duration window) : primitives_(primitives), window_(window) {}

  /// `candidates`: primitives of all the detector's streams, in any order. Those that overlap the gate count, also
  /// where they straddle its edge; one without a duration counts as its first nanosecond.
  [[nodiscard]] Found look(Interval gate, std::span<const model::Primitive> candidates) const;

 private:
  std::uint32_t primitives_;
  Duration window_;
};

/// True where the primitive is on during some nanosecond of the gate.
[[nodiscard]] bool on_during(const model::Primitive& primitive, Interval gate);

}  // namespace spillway::trigger
