#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daq/model/run_summary.hpp"
#include "daq/proto/control.pb.h"
#include "daq/storage/catalogue.hpp"

namespace spillway::web {

/// How true to the moment what is shown is.
enum class Connection {
  kWaiting,  ///< no run, or its run control has not spoken yet
  kLive,
  kStale,     ///< run control has been silent for kStaleAfter
  kFinished,  ///< the run is over; the catalogue has its summary
};
[[nodiscard]] std::string_view name(Connection connection);

inline constexpr std::chrono::seconds kStaleAfter{3};

struct WaitView {
  std::string link;
  std::uint64_t bytes = 0;
  double seconds = 0;
};
struct ServiceView {
  std::string process, state;
  double cpu_s = 0;
  std::uint64_t rss_bytes = 0;
  double heartbeat_age_s = 0;
  std::vector<WaitView> waits;
};
struct CountsView {
  model::DetectorCounts counts;
  Duration live_on, live_off;
};

/// Everything that can be seen of a run.
struct RunView {
  Connection connection = Connection::kWaiting;
  std::string last_heard_utc;  ///< wall clock of the last status; "" before the first
  double status_age_s = 0;     ///< since then, while the run is on
  std::uint64_t run = 0;       ///< 0: none
  std::string setup, state, condition, digest, started_utc, ended_utc;
  std::vector<std::string> reasons;
  std::optional<Timestamp> begin, data_time;
  std::vector<CountsView> counts;
  std::map<std::string, model::GateCounts> gates;
  std::vector<model::StreamLedger> streams;
  std::vector<model::DetectorBooks> livetime;  ///< known when the run is over
  std::vector<std::string> alarms;             ///< newest last
  std::vector<ServiceView> services;
  double speed = 0, lag_s = 0;
};

/// Puts together what run control says of a running run and what the catalogue says of a finished one. Pure: told the
/// time, it never asks for it.
class RunBoard {
 public:
  using Steady = std::chrono::steady_clock::time_point;

  /// The run to show; forgets everything of another one.
  void follow(const storage::RunLine& line);
  /// A status message of run control. False: it is about another run and was ignored.
  bool take(const v1::RunStatus& status, Steady now);
  /// The catalogue's last word. `summary` is missing where run control died before it could write one.
  void finish(const std::optional<model::RunSummary>& summary, std::vector<std::string> alarms);

  [[nodiscard]] std::uint64_t run() const { return line_.run; }
  [[nodiscard]] bool finished() const { return finished_; }
  [[nodiscard]] RunView view(Steady now) const;

 private:
  void show_status(RunView& view) const;
  void show_summary(RunView& view) const;

  storage::RunLine line_;
  std::optional<v1::RunStatus> status_;
  Steady heard_{};
  bool finished_ = false;
  std::optional<model::RunSummary> summary_;
  std::vector<std::string> alarms_;
};

/// "2026-01-01T00:00:00Z" of CLOCK_REALTIME nanoseconds.
[[nodiscard]] std::string utc_text(std::int64_t wall_ns);

}  // namespace spillway::web
