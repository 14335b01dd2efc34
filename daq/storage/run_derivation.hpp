#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daq/model/gate_log.hpp"
#include "daq/model/interval_set.hpp"
#include "daq/model/live_time.hpp"
#include "daq/model/run_digest.hpp"
#include "daq/storage/event_file.hpp"

namespace spillway::storage {

/// What the rows of a run's files say of it, derived by the functions that the services use. Fed with the rows in the
/// order of the files.
class RunDerivation {
 public:
  /// Of the first file; those of the others must agree in their names.
  void start(const RunInfo& info);
  [[nodiscard]] bool started() const { return !info_.detectors.empty(); }

  void add(const model::Decision& decision);
  void add(const model::DecisionTrain& train);
  void add_fragment(const FragmentRow& row, ByteView payload);
  /// The gate of a decision with a missing fragment is dead.
  void add_missing(const MissingRow& row, Interval window);
  void add_dead(const DeadRow& row);
  void add_pulse(const PulseRow& row);
  /// A row that holds.
  void add_pulses(const PulseTrainRow& row);

  [[nodiscard]] const RunInfo& info() const { return info_; }
  [[nodiscard]] std::uint64_t decisions() const { return decisions_; }
  /// Begin of the first gate and end of the last; of an empty run, for ever.
  [[nodiscard]] Timestamp first() const { return first_; }
  [[nodiscard]] Timestamp last() const { return last_; }
  [[nodiscard]] Timestamp last_begin() const { return last_begin_; }
  [[nodiscard]] std::map<std::string, model::GateCounts> gates() const;
  /// Requests and replies of each stream; nothing is known of its frames.
  [[nodiscard]] const std::vector<model::StreamLedger>& streams() const { return streams_; }
  [[nodiscard]] std::vector<model::DetectorBooks> livetime(Interval run) const;
  /// Protons of the live on-gates by detector, weighted by their live fraction, as the pulses were first reported.
  [[nodiscard]] std::vector<double> protons() const;
  /// On-gates whose protons are not those of their pulse, in words.
  [[nodiscard]] std::vector<std::string> pulse_complaints() const;
  /// Once only.
  [[nodiscard]] std::string digest() { return digest_.finish(); }

 private:
  struct Detector {
    model::GateLog gates;
    std::array<std::vector<Interval>, model::kDeadReasons.size()> dead;
    model::GateCounts counts;
  };
  [[nodiscard]] static model::DeadTime dead_time(const Detector& detector);
  void add_gate(const model::Decision& decision);
  [[nodiscard]] std::optional<double> protons_of(std::uint32_t facility, std::uint64_t pulse) const;

  RunInfo info_;
  std::vector<Detector> detectors_;
  std::vector<model::StreamLedger> streams_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, double> pulses_;               ///< protons as first reported
  std::map<std::pair<std::uint32_t, std::uint64_t>, PulseTrainRow> pulse_trains_;  ///< by facility and last id
  model::RunDigest digest_;
  std::uint64_t decisions_ = 0;
  Timestamp first_ = Timestamp::max();
  Timestamp last_ = Timestamp::min();
  Timestamp last_begin_ = Timestamp::min();
};

}  // namespace spillway::storage
