#pragma once

#include <cstdint>
#include <span>

#include "daq/base/time.hpp"
#include "daq/model/primitive.hpp"
#include "daq/model/setup.hpp"
#include "trigger/records.hpp"

namespace spillway::trigger {

/// Looks for enough primitives together in the time of a gate.
class Coincidence {
 public:
  struct Found {
    std::uint32_t primitives = 0;  ///< that are on during the time
    bool together = false;         ///< enough of them make a coincidence
    friend bool operator==(const Found&, const Found&) = default;
  };

  /// A coincidence is `coincidence_primitives` that begin within `coincidence_window` of each other (both edges
  /// included), in at least `coincidence_streams` different streams, all of one group: streams [0, n), [n, 2 n), ...
  /// with n = coincidence_group; 0: all streams are one group.
  explicit Coincidence(const model::TriggerPolicy& policy);

  /// `candidates`: primitives of all the detector's streams, in any order. Those that are on during `time` count, also
  /// where they straddle its edge; one without a duration counts as its first nanosecond.
  [[nodiscard]] Found look(Interval time, std::span<const StreamPrimitive> candidates) const;

 private:
  struct Begin;
  [[nodiscard]] bool together(std::span<const Begin> group) const;

  std::size_t primitives_;
  std::size_t streams_;
  std::uint32_t group_;
  Duration window_;
};

/// True where the primitive is on during some nanosecond of `time`.
[[nodiscard]] bool on_during(const model::Primitive& primitive, Interval time);

}  // namespace spillway::trigger
