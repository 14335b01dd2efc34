#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "daq/base/counters.hpp"
#include "daq/base/time.hpp"
#include "daq/model/decision_train.hpp"
#include "daq/model/live_time.hpp"
#include "daq/model/setup.hpp"
#include "daq/storage/rows.hpp"
#include "detectors/simulation.hpp"
#include "monitoring/online/selection.hpp"

namespace spillway::online {

/// Counts and exposures of one detector.
struct CountsLine {
  std::string detector;
  std::uint64_t on = 0, off = 0;  ///< candidates inside live gates
  Duration live_on, live_off;
  double pot = 0;                                         ///< protons of on-gates, each weighted by its live fraction
  std::optional<double> alpha;                            ///< live_on / live_off; none where off has none
  std::optional<double> excess, excess_low, excess_high;  ///< none unless both kinds of gate were live
  std::optional<detectors::Simulation> simulation;        ///< none: real data
  std::uint64_t truth_signal_on = 0;                      ///< signal made in live on-gates, above nominal threshold
  Timestamp data_time = Timestamp::min();                 ///< every gate that ends before this is counted
};

/// Counts candidates in on- and off-gates from the rows of event files, fed in any order and as they become known.
///
/// A gate counts once all its fragments were read or are booked missing. What comes out depends on the rows alone, to
/// the last bit: exposures are sums over gates in the order of their ids, however the rows came. A dead interval that
/// becomes known late takes back what it covers.
class OnlineCounts {
 public:
  /// `simulations`: of each detector; empty: all are real.
  explicit OnlineCounts(std::vector<model::Detector> detectors,
                        std::vector<std::optional<detectors::Simulation>> simulations = {});

  /// A gate and its decision. What a damaged file and the one after it both hold is taken once ("repeated_row").
  void add(const storage::GateRow& gate, const storage::DecisionRow& decision);
  /// Gates without fragments.
  void add(const model::DecisionTrain& train);
  /// The fragment of one stream of a decision was read, with these candidates.
  void add_fragment(std::uint32_t detector, std::uint64_t decision, std::uint32_t stream,
                    std::span<const Candidate> candidates);
  /// It will never come: the decision's window is dead.
  void add_missing(std::uint32_t detector, std::uint64_t decision, std::uint32_t stream);
  void add(const storage::DeadRow& dead);
  /// Signal that a simulation made above nominal threshold; nothing else is counted.
  void add(const storage::TruthRow& truth);
  /// No row follows; the run ended at `end`.
  void close(Timestamp end) { end_ = end; }

  /// One line a detector, in the set-up's order.
  [[nodiscard]] std::vector<CountsLine> counts();
  /// Gates known but not yet counted, because fragments are outstanding.
  [[nodiscard]] std::uint64_t outstanding() const;
  /// Whether the decision's row was taken.
  [[nodiscard]] bool knows(std::uint32_t detector, std::uint64_t decision) const;
  /// Whether the stream's reply to it was.
  [[nodiscard]] bool has_reply(std::uint32_t detector, std::uint64_t decision, std::uint32_t stream) const;
  /// Rows that name no detector, kind or reason ("bad_row"), and "repeated_row".
  [[nodiscard]] const Counters& problems() const { return problems_; }

 private:
  struct GateState {
    model::ReadGate gate;
    double protons = 0;
    std::uint32_t asked = 0;
    std::uint32_t replied = 0;  ///< fragments read or booked missing
    bool missing = false;       ///< at least one
    bool known = false;
    [[nodiscard]] bool complete() const { return known && replied >= asked; }
  };
  struct Hit {
    std::uint64_t decision;
    Timestamp time;
  };
  /// Gates are summed in blocks of ids, so that a late dead interval costs only the blocks it touches.
  struct Block {
    std::vector<GateState> gates;
    /// Once all its gates are complete they are kept as trains: most of them are alike.
    std::vector<model::GateLog::Stretch> folded;
    std::uint64_t complete = 0;
    Timestamp last_begin = Timestamp::min();  ///< of the last gate, once folded
    std::vector<Hit> hits;
    Interval span{Timestamp::max(), Timestamp::min()};  ///< of the windows
    bool dirty = false;
    std::array<std::uint64_t, model::kGateKinds.size()> counts{};
    std::array<Duration, model::kGateKinds.size()> live{};
    double pot = 0;
    std::uint64_t truth = 0;
  };
  struct DetectorState {
    model::Detector detector;
    std::optional<detectors::Simulation> simulation;
    std::map<std::uint64_t, Block> blocks;
    model::DeadTime dead;
    model::IntervalSet changed;             ///< where something became known: dead time, truth
    std::multiset<Timestamp> truth;         ///< times of signal
    std::uint64_t next = 0;                 ///< all decisions below are complete
    Timestamp frontier = Timestamp::min();  ///< begin of the gate of decision next - 1
    std::uint64_t known = 0, complete = 0;
    std::set<std::pair<std::uint64_t, std::uint32_t>> replied;  ///< (decision, stream) of decisions not complete
  };

  void add_gate(DetectorState& state, std::uint64_t id, const model::ReadGate& gate, double protons,
                std::uint32_t asked);
  [[nodiscard]] static bool is_folded(const DetectorState& state, std::uint64_t decision);
  static void fold(Block& block);
  static void sum_gate(const DetectorState& state, Block& block, const model::ReadGate& gate, double protons,
                       std::span<const Hit> hits);
  GateState& gate_of(DetectorState& state, std::uint64_t decision);
  void note_dead(DetectorState& state, model::DeadReason reason, Interval time);
  /// Counts a reply; nullptr where the stream had already replied.
  GateState* take_reply(std::uint32_t detector, std::uint64_t decision, std::uint32_t stream);
  void after_change(DetectorState& state, std::uint64_t decision);
  static void settle(DetectorState& state);
  static void sum(const DetectorState& state, Block& block);

  std::vector<DetectorState> states_;
  std::optional<Timestamp> end_;
  Counters problems_;
};

}  // namespace spillway::online
