#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daq/base/time.hpp"
#include "trigger/delivery_log.hpp"

namespace spillway::trigger {

struct RunLimits {
  Timestamp begin;          ///< T0
  std::uint64_t gates = 0;  ///< end at the begin of on-gate gates + 1; 0: no limit
  Duration duration;        ///< 0: no limit
};

/// Finds T1. With a limit on gates it is the begin of on-gate N + 1 in the time-ordered merge of all facilities, so
/// that data alone decide. T1 is known when every facility has got past it; that a gate begins before T1 is known
/// earlier, where the on-gates that may still come before it cannot be too many.
class RunEnd {
 public:
  /// `min_periods`: on-gates of each facility begin at least so far apart; 0: there may be any number at any time.
  RunEnd(RunLimits limits, std::span<const Duration> min_periods);

  /// On-gates of one facility in time order, each before its facility's frontier.
  void add_on_gate(std::size_t facility, Timestamp begin);
  /// No gate of the facility that begins before this is still to come. `sent_wall_ns`: when what says so left the front
  /// end.
  void set_frontier(std::size_t facility, Timestamp frontier, std::int64_t sent_wall_ns);
  /// T1 is not before `t` for want of input.
  void set_reached(Timestamp t) { reached_ = t; }
  /// No source has anything at or after `end`.
  void exhausted(Timestamp end) { bound(end, "input exhausted"); }
  /// Somebody asked for the end. `at`: no gate that begins at or after it was decided.
  void end_run(Timestamp at);
  /// Run control said so.
  void stop(Timestamp end) { fix(end, "stopped"); }

  [[nodiscard]] std::optional<Timestamp> end() const { return end_; }
  [[nodiscard]] const std::string& why() const { return why_; }
  /// Gates that begin before this belong to the run.
  [[nodiscard]] Timestamp decidable_before() const { return end_ ? *end_ : std::min(certain_before_, reached_); }
  /// When the data left the front end that let a gate that begins at `t` be decided; 0 where it waits for none.
  [[nodiscard]] std::int64_t sent_wall_of(Timestamp t) const { return deliveries_.sent_wall_of(t + nanoseconds(1)); }
  /// All gates that begin before this are decided.
  void drop_before(Timestamp t) { deliveries_.drop_before(t); }

 private:
  void bound(Timestamp end, const char* why);
  void fix(Timestamp end, const char* why);
  void settle();
  struct Facility {
    Duration min_period;
    Timestamp frontier;
    Timestamp next_from;             ///< no on-gate that is not known begins before this
    std::deque<Timestamp> on_gates;  ///< begins, not yet placed

    /// On-gates, known or possible, that are not placed and begin before `t`.
    [[nodiscard]] std::uint64_t most_before(Timestamp t) const;
  };
  [[nodiscard]] Timestamp frontier() const;
  /// The latest time that any facility has got past and before which at most `gates` on-gates, known or possible,
  /// begin.
  [[nodiscard]] Timestamp reached_by(std::uint64_t gates) const;

  RunLimits limits_;
  std::vector<Facility> facilities_;
  std::uint64_t placed_ = 0;
  Timestamp certain_before_;              ///< T1 is not before this for the limit on gates
  Timestamp reached_ = Timestamp::max();  ///< nor for want of input
  DeliveryLog deliveries_;                ///< of what moved it, with a limit on gates
  std::optional<Timestamp> bound_;        ///< T1 is not after this
  const char* bound_why_ = "";
  std::optional<Timestamp> end_;
  std::string why_;
};

}  // namespace spillway::trigger
