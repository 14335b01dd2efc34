#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "daq/base/counters.hpp"
#include "daq/model/gate.hpp"
#include "trigger/records.hpp"

namespace spillway::trigger {

/// A gate, and when the data that made it final left the front end.
struct KnownGate {
  model::Gate gate;
  std::int64_t sent_wall_ns = 0;
};

/// The gates of one facility from the pulses of its sources, each with a watermark of its own.
class FacilityGates {
 public:
  /// `longest_pulse`: longer ones are no pulses of this facility; counted ("pulse_too_long") and skipped, for their
  /// gates would hold every window open.
  FacilityGates(const model::Facility& facility, std::uint64_t seed, Timestamp run_begin, std::size_t sources,
                Duration longest_pulse);

  /// Appends to `record` every pulse to be stored. One that begins before what its source had announced is flagged late
  /// and never gated; an amendment is recorded only.
  void take(std::size_t source, const PulseBatch& batch, std::vector<model::Pulse>& record);
  /// Nothing that begins at or after `end` will come from anyone: who got that far is complete.
  void exhausted(Timestamp end);
  /// T1 is known.
  void set_run_end(Timestamp end);
  /// T1 is not before `t`.
  void settle(Timestamp t) { maker_.settle(t); }

  /// Appends the gates that have become final, in order of (begin, kind).
  void advance(std::vector<KnownGate>& out);
  /// No gate that begins before this is still to come.
  [[nodiscard]] Timestamp frontier() const { return maker_.frontier(); }
  /// All gates of the run were given out.
  [[nodiscard]] bool complete() const { return run_end_ && frontier() >= *run_end_; }
  [[nodiscard]] bool ended() const;
  /// All pulses that begin before this were taken.
  [[nodiscard]] Timestamp watermark() const;

  /// When the newest pulses left the front ends.
  [[nodiscard]] std::int64_t sent_wall_ns() const;
  /// Of those that would have begun inside the run, by rule.
  [[nodiscard]] Counters gates_dropped() const;
  [[nodiscard]] std::uint64_t late_pulses() const { return late_; }
  [[nodiscard]] std::uint64_t pulses() const { return pulses_; }
  [[nodiscard]] const Counters& refused() const { return refused_; }

 private:
  struct Source {
    Timestamp watermark = Timestamp::min();
    std::int64_t sent_wall_ns = 0;
    bool ended = false;
  };

  model::GateMaker maker_;
  Duration longest_pulse_;
  std::vector<Source> sources_;
  Timestamp advanced_ = Timestamp::min();
  bool end_moved_ = false;  ///< gates may be final that were not under the same watermark
  std::optional<Timestamp> exhausted_;
  std::optional<Timestamp> run_end_;
  std::uint64_t late_ = 0;
  std::uint64_t pulses_ = 0;
  Counters refused_;
};

}  // namespace spillway::trigger
