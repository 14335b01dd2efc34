#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "daq/base/counters.hpp"
#include "daq/base/time.hpp"
#include "daq/model/interval_set.hpp"
#include "daq/model/pulse.hpp"
#include "daq/model/setup.hpp"

namespace spillway::model {

enum class GateKind : std::uint8_t { kOn = 0, kOff = 1, kRandom = 2 };
inline constexpr std::array kGateKinds = {GateKind::kOn, GateKind::kOff, GateKind::kRandom};
[[nodiscard]] std::string_view name(GateKind kind);

/// A window of exposure of one facility. Every detector of the facility gets it; each adds its own readout window.
struct Gate {
  GateKind kind = GateKind::kOn;
  Interval time;
  std::uint64_t index = 0;     ///< counts the gates of this facility and kind in the run from 0, in time order
  std::uint64_t pulse_id = 0;  ///< pulse it was derived from; 0 for random gates
  double protons = 0;          ///< of that pulse for on-gates, else 0
  friend bool operator==(const Gate&, const Gate&) = default;
};

/// Derives gates from pulses as they become known: pulses are facts, gates are policy.
///
/// What comes out depends on pulses, policy, seed and [run_begin, run_end) alone, never on how the pulses were cut
/// into calls (tested by property). Gates come out in order of (begin, kind). Rules: on-gate [pulse begin -
/// on_before, pulse end + on_after); an on-gate that overlaps an earlier one is dropped and counted
/// ("on_overlaps_on"), as is one that begins within min_pulse_period of it ("on_too_soon"); an off-gate is the on-gate
/// moved by an offset, dropped when it touches any on-gate
/// ("off_touches_on") or overlaps an earlier off-gate ("off_overlaps_off"); random gates are drawn per second of
/// data time from hash(seed, facility, second) and dropped when they overlap an earlier random gate
/// ("random_overlaps_random"). A gate belongs to the run by its begin; others are not made and not counted. An on-gate
/// dropped for either makes no off-gate; as beam was there, no off-gate may touch it either, nor an on-gate from
/// before the run. Pulses whose begin lies before an announced watermark are late: recorded by the caller, never gated.
/// The same pulse reported twice is one.
class GateMaker {
 public:
  GateMaker(const Facility& facility, std::uint64_t seed, Timestamp run_begin);

  /// A pulse in any order. Returns false, and makes no gate of it, where the watermark had already passed it.
  /// Amendments (revision > 0) are ignored here.
  bool add(const Pulse& pulse);

  /// All pulses that begin before `watermark` have been added. Appends the gates that are thereby final. With
  /// Timestamp::max() nothing more comes; random gates then go on to the last gate known, and to the run's end once it
  /// is known.
  void advance(Timestamp watermark, std::vector<Gate>& out);

  /// The run's end is now known: nothing that begins there or later is made or counted any more. Of several ends the
  /// earliest holds.
  void end_at(Timestamp run_end);

  /// No gate that begins before this is still to come.
  [[nodiscard]] Timestamp frontier() const { return frontier_; }
  /// Gates not made, by rule, of those that would have begun before the frontier.
  [[nodiscard]] Counters dropped() const { return dropped_before(frontier_); }
  /// The same before `end`, which must not lie before the last settle().
  [[nodiscard]] Counters dropped_before(Timestamp end) const;
  /// Promises that the run will not end before `t`, so that single drops up to there need not be remembered.
  void settle(Timestamp t);

 private:
  enum class Drop : std::uint8_t {
    kEmpty,
    kOnOverlapsOn,
    kOnTooSoon,
    kOffTouchesOn,
    kOffOverlapsOff,
    kRandomOverlapsRandom
  };
  static std::string_view name(Drop rule);
  struct ByBegin {
    bool operator()(const Pulse& a, const Pulse& b) const;
  };
  /// An off-gate that waits for the pulses that may forbid it.
  struct OffCandidate {
    Gate gate;
    Timestamp on_begin;
    bool operator<(const OffCandidate& other) const;
  };
  struct Dropped {
    Timestamp begin;
    Drop rule;
  };

  void make_on(const Pulse& pulse);
  void decide_off();
  void make_random_until(Timestamp t);
  void emit(std::vector<Gate>& out);
  void make(Gate gate);
  void drop(Timestamp begin, Drop rule);
  [[nodiscard]] bool in_run(Timestamp begin) const;
  [[nodiscard]] Timestamp earliest_unknown_on() const;
  [[nodiscard]] Timestamp earliest_unknown_off() const;

  Facility facility_;
  std::uint64_t seed_;
  Timestamp run_begin_;
  std::optional<Timestamp> run_end_;
  Timestamp watermark_ = Timestamp::min();
  Timestamp frontier_;
  std::optional<Duration> earliest_offset_;
  std::set<Pulse, ByBegin> pulses_;  ///< not yet passed by the watermark
  std::set<OffCandidate> off_candidates_;
  IntervalSet beam_;                                      ///< on-gates, made or not, that an off-gate may still touch
  std::array<Timestamp, kGateKinds.size()> taken_until_;  ///< end of the last accepted gate, by kind
  Timestamp next_on_from_ = Timestamp::min();             ///< no on-gate is expected before this
  std::array<std::deque<Gate>, kGateKinds.size()> made_;  ///< final, not yet given out, by kind in time order
  std::array<std::uint64_t, kGateKinds.size()> next_index_{};
  std::uint64_t next_random_second_ = 0;
  std::vector<Dropped> unsettled_;
  Counters settled_;
};

/// The pure function: all gates of a whole run [run.begin, run.end).
[[nodiscard]] std::vector<Gate> gates_from_pulses(std::span<const Pulse> pulses, const Facility& facility,
                                                  std::uint64_t seed, Interval run);

/// The longest time by which anything that a pulse causes (its gates with the readout windows of the facility's
/// detectors) ends after the pulse's end: what a source must still send after its last pulse.
[[nodiscard]] Duration reach(const Setup& setup, const Facility& facility);

}  // namespace spillway::model
