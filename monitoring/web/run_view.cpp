#include "monitoring/web/run_view.hpp"

#include <algorithm>
#include <array>
#include <ctime>

#include "daq/proto/convert.hpp"

namespace spillway::web {

std::string_view name(Connection connection) {
  constexpr std::array<std::string_view, 4> kNames = {"waiting", "live", "stale", "finished"};
  return kNames[static_cast<std::size_t>(connection)];
}

std::string utc_text(std::int64_t wall_ns) {
  if (wall_ns <= 0) return "";
  const std::time_t seconds = wall_ns / 1'000'000'000;
  std::tm parts{};
  if (gmtime_r(&seconds, &parts) == nullptr) return "";
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

void RunBoard::follow(const storage::RunLine& line) {
  if (line.run != line_.run) *this = RunBoard();
  line_ = line;
}

bool RunBoard::take(const v1::RunStatus& status, Steady now) {
  if (line_.run == 0 || status.run() != line_.run) return false;
  status_ = status;
  heard_ = now;
  return true;
}

void RunBoard::finish(const std::optional<model::RunSummary>& summary, std::vector<std::string> alarms) {
  finished_ = true;
  summary_ = summary;
  alarms_ = std::move(alarms);
}

RunView RunBoard::view(Steady now) const {
  RunView view;
  view.run = line_.run;
  view.setup = line_.setup;
  view.condition = line_.condition;
  view.digest = line_.digest;
  view.started_utc = line_.started_utc;
  view.ended_utc = line_.ended_utc;
  if (status_) show_status(view);
  if (finished_) {
    view.connection = Connection::kFinished;
    view.state = "finished";
    view.condition = line_.condition;
    view.services.clear();
    view.lag_s = 0;
    view.alarms = alarms_;
    if (summary_) show_summary(view);
  } else if (status_) {
    view.status_age_s = std::chrono::duration<double>(now - heard_).count();
    view.connection = now - heard_ > kStaleAfter ? Connection::kStale : Connection::kLive;
  }
  return view;
}

void RunBoard::show_status(RunView& view) const {
  const v1::RunStatus& status = *status_;
  view.last_heard_utc = utc_text(status.sent_wall_ns());
  if (!status.setup().empty()) view.setup = status.setup();
  view.state = status.state();
  if (!status.condition().empty()) view.condition = status.condition();
  if (status.begin_ns() != 0) view.begin = Timestamp{status.begin_ns()};
  if (status.data_time_ns() != 0) view.data_time = Timestamp{status.data_time_ns()};
  for (const v1::Counts& counts : status.counts()) {
    view.counts.push_back({proto::to_model(counts), {counts.live_on_ns()}, {counts.live_off_ns()}});
  }
  for (const v1::GateCounts& gates : status.gates()) view.gates[gates.facility()] = proto::to_model(gates);
  for (const v1::StreamTotals& totals : status.streams()) {
    model::StreamLedger& ledger = view.streams.emplace_back();
    proto::totals_to_model(totals, ledger);
    ledger.stream = totals.stream();
  }
  view.alarms.assign(status.alarms().begin(), status.alarms().end());
  for (const v1::ServiceLine& line : status.services()) {
    ServiceView& service = view.services.emplace_back();
    service.process = line.process();
    service.state = line.state();
    service.cpu_s = line.cpu_s();
    service.rss_bytes = line.rss_bytes();
    service.heartbeat_age_s = line.heartbeat_age_s();
    for (const v1::Wait& wait : line.waits()) service.waits.push_back({wait.link(), wait.bytes(), wait.seconds()});
  }
  view.speed = status.speed();
  view.lag_s = status.lag_s();
}

void RunBoard::show_summary(RunView& view) const {
  const model::RunSummary& summary = *summary_;
  view.reasons = summary.reasons;
  view.digest = summary.digest;
  view.begin = summary.time.begin;
  view.data_time = summary.time.end;
  view.gates = summary.gates;
  view.streams = summary.streams;
  view.livetime = summary.livetime;
  view.counts.clear();
  for (const model::DetectorCounts& counts : summary.counts) {
    CountsView& shown = view.counts.emplace_back();
    shown.counts = counts;
    const auto books = std::ranges::find(summary.livetime, counts.detector, &model::DetectorBooks::detector);
    if (books == summary.livetime.end()) continue;
    shown.live_on = books->books.gates[static_cast<std::size_t>(model::GateKind::kOn)].live;
    shown.live_off = books->books.gates[static_cast<std::size_t>(model::GateKind::kOff)].live;
  }
}

}  // namespace spillway::web
