#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daq/model/interval_set.hpp"
#include "daq/model/setup.hpp"
#include "trigger/activity_search.hpp"
#include "trigger/decision_maker.hpp"
#include "trigger/facility_gates.hpp"
#include "trigger/horizon_tracker.hpp"
#include "trigger/input_reach.hpp"
#include "trigger/run_end.hpp"
#include "trigger/stream_join.hpp"

namespace spillway::trigger {

/// Decisions of one detector that may wait for the disk; the trigger then waits too, so that memory stays bounded.
inline constexpr std::size_t kMostOutstanding = 4096;

/// What became known since the last take_output().
struct TriggerOutput {
  std::vector<MadeDecision> decisions;
  std::vector<DeadInterval> dead;
  std::vector<Request> requests;
  std::vector<StoredPulse> pulses;
};

/// One readout process as the trigger sees it.
struct ReadoutProcess {
  std::uint32_t detector = 0;
  std::uint32_t index = 0;  ///< within the detector
  std::vector<std::string> streams;
};

/// Gates x primitives -> decisions, for all facilities and detectors of a set-up. Knows neither sockets nor clocks:
/// what comes out depends on the data alone, never on how they were cut into batches or in which order sources took
/// turns.
class TriggerCore {
 public:
  /// `source_facilities`: the facility of each pulse source.
  TriggerCore(model::Setup setup, std::uint64_t seed, RunLimits limits,
              std::span<const std::uint32_t> source_facilities);

  /// All readout processes of the set-up: detector by detector, in the order of their indices.
  [[nodiscard]] const std::vector<ReadoutProcess>& processes() const { return processes_; }

  void add_pulses(std::size_t source, const PulseBatch& batch);
  /// False where the process does not serve such a stream; nothing is taken then.
  bool add_primitives(std::size_t process, std::string_view stream, const PrimitiveBatch& batch);
  /// Whom requests to this process reach now.
  void set_boot(std::size_t process, std::uint64_t boot);
  void peer_superseded(std::size_t process);

  /// Durable decisions of each detector, cumulative.
  void acknowledge(std::span<const std::uint64_t> durable);
  void set_inhibit(bool inhibited) { inhibited_ = inhibited; }
  void pause() { paused_ = true; }
  void resume() { paused_ = false; }
  /// T1 becomes the begin of the first on-gate that is not decided, where one is known, else how far the pulses have
  /// got.
  void end_run();
  /// Run control's word on T1; also says that sources are coming to their end.
  void stop(Timestamp end);

  /// Decides at most `budget` gates; true where more could be decided at once.
  bool decide(std::size_t budget);
  [[nodiscard]] TriggerOutput take_output();

  [[nodiscard]] std::optional<Timestamp> run_end() const { return run_end_.end(); }
  [[nodiscard]] const std::string& run_end_why() const { return run_end_.why(); }
  /// Everything of the facility before this is decided and on disk.
  [[nodiscard]] Timestamp horizon(std::uint32_t facility) const { return horizons_.at(facility); }
  /// Frames of the detector before this will not be asked for any more.
  [[nodiscard]] Timestamp done_before(std::uint32_t detector) const { return tracker_.of_detector(detector); }

  /// After stop(): every source has ended and every gate of the run is decided.
  [[nodiscard]] bool drained() const;
  /// And all of them are on disk.
  [[nodiscard]] bool all_durable() const;

  [[nodiscard]] Timestamp run_begin() const { return setup_.epoch; }
  [[nodiscard]] std::uint64_t made(std::uint32_t detector) const { return detectors_.at(detector).maker.made(); }
  [[nodiscard]] std::size_t outstanding(std::uint32_t detector) const { return tracker_.outstanding(detector); }
  [[nodiscard]] const FacilityGates& facility(std::uint32_t index) const { return facilities_.at(index); }
  /// Books of every stream, in the order of detectors and their streams.
  [[nodiscard]] std::vector<model::StreamLedger> totals() const;
  [[nodiscard]] Counters counters() const;

 private:
  struct DetectorState {
    DecisionMaker maker;
    std::vector<StreamJoin> streams;
    std::vector<std::size_t> process_of;  ///< of each stream
    model::IntervalSet missing;           ///< uncovered time that is not yet known to lie inside the run
    std::optional<ActivitySearch> activities = {};
  };

  void advance_gates();
  void advance_gates_of(std::uint32_t facility);
  void take_input_end();
  /// True where T1 is news.
  bool note_run_end();
  [[nodiscard]] bool may_decide(std::uint32_t detector) const;
  void search_activities();
  void decide_one(std::uint32_t detector);
  /// Gates from `t` on are all that will be asked for.
  void drop_primitives_before(DetectorState& detector, Timestamp t);
  void ask(std::uint32_t detector, MadeDecision& made);
  void count(const model::Decision& decision);
  void tell_missing();
  void move_horizons();
  [[nodiscard]] Timestamp watermark(std::uint32_t detector) const;
  /// No gate of the facility that begins before this is still to come.
  [[nodiscard]] Timestamp frontier_of(std::uint32_t facility) const;

  model::Setup setup_;
  InputReach input_;
  RunEnd run_end_;
  bool input_ended_ = false;
  bool run_end_noted_ = false;
  bool stopping_ = false;
  std::vector<FacilityGates> facilities_;
  std::vector<std::uint32_t> source_facility_;
  std::vector<std::size_t> source_index_;  ///< of each source within its facility
  std::vector<DetectorState> detectors_;
  std::vector<ReadoutProcess> processes_;
  std::vector<std::uint64_t> boots_;  ///< of each process; 0: nobody there
  HorizonTracker tracker_;
  std::vector<Timestamp> horizons_;
  std::vector<std::set<Timestamp>> open_on_gates_;  ///< of each facility: on-gates that no detector has decided
  Timestamp latest_decided_ = Timestamp::min();     ///< begin of the latest gate decided anywhere
  bool inhibited_ = false;
  bool paused_ = false;
  TriggerOutput output_;
  std::vector<std::array<std::uint64_t, model::kGateKinds.size()>> gates_;  ///< decided, of each facility
  Counters counters_;
};

}  // namespace spillway::trigger
