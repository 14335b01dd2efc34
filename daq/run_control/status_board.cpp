#include "daq/run_control/status_board.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace spillway::run_control {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMostAlarms = 50;
constexpr milliseconds kLatenessBeforeAlarm{3000};
constexpr double kLagWorthSaying_s = 1;

double seconds_between(Instant from, Instant to) {
  return std::chrono::duration<double>(to - from).count();
}

/// What follows the prefix, split at its last dot: "gates.bench.on" -> bench, on. Facilities have no dots.
std::optional<std::pair<std::string, std::string>> split(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos) return std::pair{std::string(name), std::string()};
  return std::pair{std::string(name.substr(0, dot)), std::string(name.substr(dot + 1))};
}

using Gates = std::map<std::string, v1::GateCounts>;

void add_gate_counter(Gates& gates, const std::string& name, std::uint64_t count) {
  if (const auto made = split(name, "gates.")) {
    auto& counts = gates[made->first];
    if (made->second == "on") counts.set_on(count);
    if (made->second == "off") counts.set_off(count);
    if (made->second == "random") counts.set_random(count);
  } else if (const auto dropped = split(name, "gates_dropped.")) {
    (*gates[dropped->first].mutable_dropped())[dropped->second] = count;
  } else if (const auto late = split(name, "late_pulses.")) {
    gates[late->first].set_late_pulses(count);
  }
}

/// Data time up to which everything is decided and on disk, from the gauge of seconds since the begin.
std::int64_t data_time(std::int64_t begin_ns, double horizon_s) {
  constexpr double kMost_s = 9e9;
  if (!(horizon_s > 0) || horizon_s > kMost_s) return begin_ns;
  return begin_ns + static_cast<std::int64_t>(horizon_s * 1e9);
}

}  // namespace

void add_totals(v1::StreamTotals& to, const v1::StreamTotals& from) {
  to.set_stream(from.stream());
  // The front end counts what it sent, and each readout repeats what it was told.
  to.set_sent(std::max(to.sent(), from.sent()));
  to.set_duplicated(to.duplicated() + from.duplicated());
  to.set_accepted(to.accepted() + from.accepted());
  to.set_outside_run(to.outside_run() + from.outside_run());
  for (const auto& [reason, count] : from.rejected()) (*to.mutable_rejected())[reason] += count;
  for (const auto& [reason, count] : from.lost()) (*to.mutable_lost())[reason] += count;
}

void StatusBoard::take(const v1::Report& report, Instant now) {
  Line& line = lines_[report.process()];
  if (report.has_heartbeat()) {
    line.heartbeat = report.heartbeat();
    line.at = now;
    if (!report.heartbeat().counts().empty()) {
      counts_.assign(report.heartbeat().counts().begin(), report.heartbeat().counts().end());
    }
  } else if (report.has_hello()) {
    line.at = now;
  } else if (report.has_finished() && !report.finished().counts().empty()) {
    counts_.assign(report.finished().counts().begin(), report.finished().counts().end());
  }
}

void StatusBoard::lost(const std::string& process) {
  const auto found = lines_.find(process);
  if (found == lines_.end()) return;
  for (const auto& totals : found->second.heartbeat.streams()) add_totals(past_[totals.stream()], totals);
  lines_.erase(found);
}

void StatusBoard::add_alarm(const std::string& text) {
  alarms_.push_back(text);
  if (alarms_.size() > kMostAlarms) alarms_.pop_front();
}

double StatusBoard::lag_s() const {
  double lag = 0;
  for (const auto& [process, line] : lines_) {
    const auto found = line.heartbeat.gauges().find("lag_s");
    if (found != line.heartbeat.gauges().end()) lag = std::max(lag, found->second);
  }
  return lag;
}

std::vector<std::string> StatusBoard::remarks(Instant now) {
  std::vector<std::string> remarks;
  for (auto& [process, line] : lines_) {
    if (line.at == Instant{}) continue;
    const auto due = line.at + milliseconds(line.heartbeat.next_in_ms());
    const bool silent = now > due + kLatenessBeforeAlarm;
    if (silent && !line.silent) {
      remarks.push_back(fmt::format("{} has been silent for {:.0f} s", process, seconds_between(line.at, now)));
    } else if (!silent && line.silent) {
      remarks.push_back(fmt::format("{} is back", process));
    }
    line.silent = silent;
  }
  if (!lag_said_ && lag_s() > kLagWorthSaying_s) {
    lag_said_ = true;
    remarks.push_back(fmt::format("the run does not keep the asked pace: it lags {:.1f} s behind", lag_s()));
  }
  return remarks;
}

void StatusBoard::fill(v1::RunStatus& status, Instant now) const {
  Gates gates;
  std::map<std::string, v1::StreamTotals> streams = past_;
  for (const auto& [process, line] : lines_) {
    for (const auto& [name, count] : line.heartbeat.counters()) add_gate_counter(gates, name, count);
    for (const auto& totals : line.heartbeat.streams()) add_totals(streams[totals.stream()], totals);
    const auto& counters = line.heartbeat.counters();
    if (const auto acknowledged = counters.find("decisions_acknowledged"); acknowledged != counters.end()) {
      status.set_decisions_acknowledged(acknowledged->second);
      if (const auto made = counters.find("decisions"); made != counters.end()) status.set_decisions_made(made->second);
    }
    const auto horizon = line.heartbeat.gauges().find("horizon_s");
    if (horizon != line.heartbeat.gauges().end()) {
      status.set_data_time_ns(data_time(status.begin_ns(), horizon->second));
    }
    auto& service = *status.add_services();
    service.set_process(process);
    service.set_state(line.heartbeat.state());
    service.set_cpu_s(line.heartbeat.cpu_s());
    service.set_rss_bytes(line.heartbeat.max_rss_bytes());
    service.set_heartbeat_age_s(line.at == Instant{} ? 0 : seconds_between(line.at, now));
    *service.mutable_waits() = line.heartbeat.waits();
  }
  for (auto& [facility, counts] : gates) {
    counts.set_facility(facility);
    *status.add_gates() = counts;
  }
  for (const auto& [stream, totals] : streams) *status.add_streams() = totals;
  for (const auto& counts : counts_) *status.add_counts() = counts;
  for (const auto& text : alarms_) status.add_alarms(text);
  status.set_lag_s(lag_s());
}

}  // namespace spillway::run_control
