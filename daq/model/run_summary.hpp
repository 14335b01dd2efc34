#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daq/base/counters.hpp"
#include "daq/base/time.hpp"
#include "daq/model/gate.hpp"
#include "daq/model/ledger.hpp"
#include "daq/model/live_time.hpp"

namespace spillway::model {

enum class Condition { kRunning, kComplete, kIncomplete, kAborted };
/// "RUNNING", "COMPLETE", "INCOMPLETE", "ABORTED".
[[nodiscard]] std::string_view name(Condition condition);

struct GateCounts {
  std::uint64_t on = 0, off = 0, random = 0;
  Counters dropped;  ///< gates not made, by rule
  std::uint64_t late_pulses = 0;

  void count(GateKind kind);
  /// Detectors of a facility see the same gates; one that was cut short saw fewer.
  void raise_to(const GateCounts& other);
};

/// On and off counts of one detector and what is left after the subtraction.
struct DetectorCounts {
  std::string detector;
  std::uint64_t on = 0, off = 0;
  std::optional<double> alpha;                            ///< live time on / live time off; none where off has none
  std::optional<double> excess, excess_low, excess_high;  ///< 68.27 % profile-likelihood interval
  double pot = 0;  ///< protons of the live on-gates, weighted by their live fraction
  // Of simulated detectors alone:
  std::optional<double> truth_signal_on;  ///< signal events made in live on-gates, above nominal threshold
  std::optional<double> efficiency;       ///< candidates for each of them, measured beforehand
  /// Of the simulated rates to the true ones.
  std::optional<double> signal_rate_scale = std::nullopt, background_rate_scale = std::nullopt;
};

struct DetectorBooks {
  std::string detector;
  LiveTimeBooks books;
};

/// From a gate's last data leaving the front end to all of it on disk.
struct Latency {
  double p50_ms = 0, p99_ms = 0;
};

/// Everything a finished run says of itself; `spillway run --json` prints it.
struct RunSummary {
  std::uint64_t run = 0;
  std::string setup;
  Condition condition = Condition::kRunning;
  std::vector<std::string> reasons;
  std::string digest;
  std::vector<std::string> files;           ///< absolute paths
  Interval time;                            ///< [T0, T1)
  std::map<std::string, GateCounts> gates;  ///< by facility
  std::vector<StreamLedger> streams;
  std::vector<DetectorBooks> livetime;
  std::vector<DetectorCounts> counts;
  std::uint64_t decisions_made = 0, decisions_acknowledged = 0;
  Counters input_skipped;               ///< records of the input that could not be sent, by reason
  Counters messages;                    ///< on the links into each process, and back; credit apart
  std::map<std::string, double> cpu_s;  ///< user + system time of each process
  double wall_s = 0;                    ///< from the start of the front ends to the last durable decision
  Latency latency;
  std::map<std::string, Latency> latency_by_detector;
};

}  // namespace spillway::model
