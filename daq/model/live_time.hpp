#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "daq/model/decision.hpp"
#include "daq/model/gate.hpp"
#include "daq/model/gate_log.hpp"
#include "daq/model/interval_set.hpp"

namespace spillway::model {

/// Dead time by reason: one interval set a reason.
struct DeadTime {
  std::array<IntervalSet, kDeadReasons.size()> by_reason;
  IntervalSet& of(DeadReason reason) { return by_reason[static_cast<std::size_t>(reason)]; }
  [[nodiscard]] const IntervalSet& of(DeadReason reason) const { return by_reason[static_cast<std::size_t>(reason)]; }
  /// Each nanosecond only with the first reason that applies.
  [[nodiscard]] DeadTime disjoint() const;
  [[nodiscard]] IntervalSet united() const;
};

/// One line of the books: wall = live + the sum of dead + not_read, to the nanosecond.
struct LiveTime {
  Duration wall;
  Duration live;
  std::array<Duration, kDeadReasons.size()> dead{};
  Duration not_read;  ///< the run's line alone: time in which the electronics were not asked to emit
  friend bool operator==(const LiveTime&, const LiveTime&) = default;
  [[nodiscard]] bool balances() const;
};

/// A gate and the readout window around it.
struct ReadGate {
  GateKind kind = GateKind::kOn;
  Interval time;
  Interval window;
};

/// Live time of one gate. `dead` must be disjoint. With `whole_gate`, a gate whose window touches (overlaps) dead time
/// is wholly dead, booked to the first reason of kDeadReasons found anywhere in the window; else dead by overlap with
/// the gate itself.
[[nodiscard]] LiveTime live_time_of(const ReadGate& gate, const DeadTime& dead, bool whole_gate);

/// The books of one detector.
struct LiveTimeBooks {
  std::array<LiveTime, kGateKinds.size()> gates;  ///< summed over all gates of a kind
  LiveTime run;
};
/// `emitted`: where the electronics were to deliver (everything, or the readout windows when gated). In the run's line
/// dead time counts only inside `emitted`; outside is not_read.
[[nodiscard]] LiveTimeBooks live_time_books(std::span<const ReadGate> gates, const DeadTime& dead, bool whole_gate,
                                            Interval run, const IntervalSet& emitted);
/// The same over a log, without ever holding its gates. With `gated` the electronics were to deliver their windows,
/// else everything.
[[nodiscard]] LiveTimeBooks live_time_books(const GateLog& gates, const DeadTime& dead, bool whole_gate, Interval run,
                                            bool gated);

}  // namespace spillway::model
