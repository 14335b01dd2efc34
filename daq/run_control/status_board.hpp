#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "daq/proto/control.pb.h"
#include "daq/run_control/backoff.hpp"

namespace spillway::run_control {

/// What the services last said of themselves, put together to one picture of the run.
///
/// Known names in heartbeats (docs/protocol.md): the trigger's counters "gates.<facility>.<kind>",
/// "gates_dropped.<facility>.<rule>", "late_pulses.<facility>" and gauge "horizon_s"; the front ends' gauge "lag_s";
/// StreamTotals of front ends (sent) and readouts (the rest).
class StatusBoard {
 public:
  void take(const v1::Report& report, Instant now);
  /// The process ended: what it had counted stays counted, its line goes.
  void lost(const std::string& process);
  void add_alarm(const std::string& text);
  /// What became remarkable since the last call: services gone silent or back, a run that lags.
  [[nodiscard]] std::vector<std::string> remarks(Instant now);

  /// Fills what the board knows; run, setup, state, condition, begin and speed are there already.
  void fill(v1::RunStatus& status, Instant now) const;
  [[nodiscard]] double lag_s() const;

 private:
  struct Line {
    v1::Heartbeat heartbeat;
    Instant at{};
    bool silent = false;
  };
  std::map<std::string, Line> lines_;
  std::map<std::string, v1::StreamTotals> past_;  ///< of processes that ended, by stream
  std::deque<std::string> alarms_;
  std::vector<v1::Counts> counts_;
  bool lag_said_ = false;
};

/// Adds the totals of a stream as another process counted them.
void add_totals(v1::StreamTotals& to, const v1::StreamTotals& from);

}  // namespace spillway::run_control
