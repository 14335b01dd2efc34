#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daq/event_builder/stream_index.hpp"
#include "daq/model/decision_train.hpp"
#include "daq/model/fragment.hpp"
#include "daq/model/run_summary.hpp"
#include "daq/model/setup.hpp"

namespace spillway::event_builder {

/// What the trigger says at its end.
struct TriggerBooks {
  Interval time;                            ///< [T0, T1)
  std::vector<std::uint64_t> decisions;     ///< made, for each detector
  std::vector<model::StreamLedger> totals;  ///< frames, over all processes
  struct Facility {
    Counters gates_dropped;
    std::uint64_t late_pulses = 0;
  };
  std::map<std::uint32_t, Facility> facilities;  ///< by index
};

struct DeadTimeFound {
  std::uint32_t detector = 0;
  Interval time;
};

/// A run's books, closed.
struct ClosedBooks {
  Interval time;
  std::map<std::string, model::GateCounts> gates;
  std::vector<model::StreamLedger> streams;
  std::vector<model::DetectorBooks> livetime;
  std::uint64_t decisions_made = 0;
  std::vector<std::string> missing;  ///< why the run is not complete; empty: it is
};

/// Collects what the run's books are closed from: gates, dead time, replies to requests and everybody's totals.
class BooksKeeper {
 public:
  BooksKeeper(const model::Setup& setup, const StreamIndex& index);

  /// `asked`: data were requested of all streams of the detector.
  void add_decision(const model::Decision& decision, bool asked);
  /// Decisions of which no data were requested.
  void add_train(const model::DecisionTrain& train);
  void add_dead(std::uint32_t detector, model::DeadReason reason, Interval time);
  /// A reply to a request. True where its whole window is dead thereby (kFragmentMissing).
  [[nodiscard]] bool add_reply(std::uint32_t stream, const model::Decision& decision, model::FragmentStatus status);
  /// A request whose reply never came; its window is dead.
  void add_missing(std::uint32_t stream, const model::Decision& decision, const std::string& reason);

  void set_trigger_books(TriggerBooks books) { trigger_ = std::move(books); }
  /// A readout's last word on its streams.
  void set_final_totals(const std::vector<model::StreamLedger>& totals);
  /// A process that served these streams died and was replaced.
  void add_restart(const std::string& process, const std::vector<std::string>& streams);
  void add_problem(std::string what) { problems_.push_back(std::move(what)); }

  /// Windows of PARTIAL and NO_DATA replies that no booked gap explains: dead, to be called and stored once before
  /// close().
  [[nodiscard]] std::vector<DeadTimeFound> unexplained();
  /// Without the trigger's word T1 is the end of the last gate decided.
  [[nodiscard]] ClosedBooks close() const;

 private:
  struct DetectorState {
    model::GateLog gates;
    Timestamp last_end = Timestamp::min();
    model::DeadTime dead;
    model::GateCounts counts;
    std::uint64_t decisions = 0;
  };
  struct Doubtful {
    std::uint32_t stream = 0;
    model::FragmentStatus status = model::FragmentStatus::kPartial;
    Interval window;
  };

  void add_gate(const model::Decision& decision);
  [[nodiscard]] Interval run_time() const;
  [[nodiscard]] bool explained(const Doubtful& reply) const;
  [[nodiscard]] model::StreamLedger ledger_of(std::uint32_t stream) const;
  void complain(const std::vector<model::StreamLedger>& streams, std::vector<std::string>& missing) const;

  model::Setup setup_;
  const StreamIndex* index_;
  std::vector<DetectorState> detectors_;
  std::vector<model::StreamLedger> requests_;  ///< the part of the ledgers that is kept here, by stream
  std::vector<Doubtful> doubtful_;
  std::map<std::string, std::uint64_t> unexplained_;  ///< replies, by stream
  std::optional<TriggerBooks> trigger_;
  std::map<std::string, model::StreamLedger> final_totals_;
  std::set<std::string> restarted_;  ///< streams
  std::vector<std::string> problems_;
};

}  // namespace spillway::event_builder
