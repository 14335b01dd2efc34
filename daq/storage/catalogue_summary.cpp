#include "daq/base/error.hpp"
#include "daq/storage/catalogue_database.hpp"
#include "daq/storage/manifest.hpp"
#include "daq/storage/records.hpp"

namespace spillway::storage {
namespace {

using State = Catalogue::State;

void store_counters(const State& state, std::uint64_t run, const std::string& owner, const char* kind,
                    const Counters& counters) {
  CatalogueStatement add = state.statement("INSERT INTO counters VALUES (?, ?, ?, ?, ?)");
  for (const auto& [name, count] : counters) add.bind(run, owner, kind, name, count).run();
}

Counters load_counters(const State& state, std::uint64_t run, const std::string& owner, const char* kind) {
  CatalogueStatement row = state.statement("SELECT name, count FROM counters WHERE run = ? AND owner = ? AND kind = ?");
  row.bind(run, owner, kind);
  Counters counters;
  while (row.step()) counters[row.text(0)] = row.count(1);
  return counters;
}

void store_reasons(const State& state, const model::RunSummary& summary) {
  CatalogueStatement add = state.statement("INSERT INTO reasons VALUES (?, ?, ?)");
  for (std::uint64_t i = 0; i < summary.reasons.size(); ++i) add.bind(summary.run, i, summary.reasons[i]).run();
}

void store_files(const State& state, const model::RunSummary& summary) {
  CatalogueStatement add = state.statement("INSERT INTO files VALUES (?, ?, ?, ?)");
  for (std::uint64_t i = 0; i < summary.files.size(); ++i) {
    std::string digest;
    try {
      digest = manifest_digest(summary.files[i]);
    } catch (const Error&) {
      // A run that was cut short may leave a file without manifest; the list has it all the same.
    }
    add.bind(summary.run, i, summary.files[i], digest).run();
  }
}

void store_streams(const State& state, const model::RunSummary& summary) {
  CatalogueStatement add = state.statement("INSERT INTO streams VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (std::uint64_t i = 0; i < summary.streams.size(); ++i) {
    const model::StreamLedger& stream = summary.streams[i];
    add.bind(summary.run, i, stream.stream, stream.sent, stream.duplicated, stream.accepted, stream.outside_run,
             stream.asked, stream.ok, stream.partial, stream.expired, stream.no_data, stream.built)
        .run();
    store_counters(state, summary.run, stream.stream, "rejected", stream.rejected);
    store_counters(state, summary.run, stream.stream, "lost", stream.lost);
    store_counters(state, summary.run, stream.stream, "missing", stream.missing);
  }
}

std::vector<model::StreamLedger> load_streams(const State& state, std::uint64_t run) {
  CatalogueStatement row = state.statement(
      "SELECT stream, sent, duplicated, accepted, outside_run, asked, ok, partial, expired, no_data, built FROM "
      "streams WHERE run = ? ORDER BY position");
  row.bind(run);
  std::vector<model::StreamLedger> streams;
  while (row.step()) {
    model::StreamLedger& stream = streams.emplace_back();
    stream.stream = row.text(0);
    stream.sent = row.count(1);
    stream.duplicated = row.count(2);
    stream.accepted = row.count(3);
    stream.outside_run = row.count(4);
    stream.asked = row.count(5);
    stream.ok = row.count(6);
    stream.partial = row.count(7);
    stream.expired = row.count(8);
    stream.no_data = row.count(9);
    stream.built = row.count(10);
    stream.rejected = load_counters(state, run, stream.stream, "rejected");
    stream.lost = load_counters(state, run, stream.stream, "lost");
    stream.missing = load_counters(state, run, stream.stream, "missing");
  }
  return streams;
}

void store_line(const State& state, std::uint64_t run, std::uint64_t position, const std::string& detector,
                const std::string& gate, const model::LiveTime& line) {
  state.statement("INSERT INTO livetime VALUES (?, ?, ?, ?, ?, ?, ?)")
      .bind(run, position, detector, gate, line.wall.ns, line.live.ns, line.not_read.ns)
      .run();
  CatalogueStatement add = state.statement("INSERT INTO livetime_dead VALUES (?, ?, ?, ?, ?)");
  for (const model::DeadReason reason : model::kDeadReasons) {
    const std::int64_t ns = line.dead[static_cast<std::size_t>(reason)].ns;
    if (ns != 0) add.bind(run, position, gate, std::string(name(reason)), ns).run();
  }
}

model::LiveTime load_line(const State& state, std::uint64_t run, std::uint64_t position, const std::string& gate) {
  model::LiveTime line;
  CatalogueStatement row =
      state.statement("SELECT wall_ns, live_ns, not_read_ns FROM livetime WHERE run = ? AND position = ? AND gate = ?");
  if (row.bind(run, position, gate).step()) {
    line.wall.ns = row.integer(0);
    line.live.ns = row.integer(1);
    line.not_read.ns = row.integer(2);
  }
  for (const model::DeadReason reason : model::kDeadReasons) {
    CatalogueStatement dead =
        state.statement("SELECT ns FROM livetime_dead WHERE run = ? AND position = ? AND gate = ? AND reason = ?");
    if (dead.bind(run, position, gate, std::string(name(reason))).step()) {
      line.dead[static_cast<std::size_t>(reason)].ns = dead.integer(0);
    }
  }
  return line;
}

void store_livetime(const State& state, const model::RunSummary& summary) {
  for (std::uint64_t i = 0; i < summary.livetime.size(); ++i) {
    const model::DetectorBooks& detector = summary.livetime[i];
    for (const model::GateKind kind : model::kGateKinds) {
      store_line(state, summary.run, i, detector.detector, std::string(name(kind)),
                 detector.books.gates[static_cast<std::size_t>(kind)]);
    }
    store_line(state, summary.run, i, detector.detector, "run", detector.books.run);
  }
}

std::vector<model::DetectorBooks> load_livetime(const State& state, std::uint64_t run) {
  CatalogueStatement row =
      state.statement("SELECT position, detector FROM livetime WHERE run = ? AND gate = 'run' ORDER BY position");
  row.bind(run);
  std::vector<model::DetectorBooks> livetime;
  while (row.step()) {
    const std::uint64_t position = row.count(0);
    model::DetectorBooks& detector = livetime.emplace_back();
    detector.detector = row.text(1);
    for (const model::GateKind kind : model::kGateKinds) {
      detector.books.gates[static_cast<std::size_t>(kind)] = load_line(state, run, position, std::string(name(kind)));
    }
    detector.books.run = load_line(state, run, position, "run");
  }
  return livetime;
}

void store_counts(const State& state, const model::RunSummary& summary) {
  CatalogueStatement add = state.statement("INSERT INTO counts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (std::uint64_t i = 0; i < summary.counts.size(); ++i) {
    const model::DetectorCounts& counts = summary.counts[i];
    add.bind(summary.run, i, counts.detector, counts.on, counts.off, counts.alpha, counts.excess, counts.excess_low,
             counts.excess_high, counts.pot, counts.truth_signal_on, counts.efficiency, counts.signal_rate_scale,
             counts.background_rate_scale)
        .run();
  }
}

std::vector<model::DetectorCounts> load_counts(const State& state, std::uint64_t run) {
  CatalogueStatement row = state.statement(
      "SELECT detector, on_count, off_count, alpha, excess, excess_low, excess_high, pot, truth_signal_on, efficiency, "
      "signal_rate_scale, background_rate_scale FROM counts WHERE run = ? ORDER BY position");
  row.bind(run);
  std::vector<model::DetectorCounts> list;
  while (row.step()) {
    model::DetectorCounts& counts = list.emplace_back();
    counts.detector = row.text(0);
    counts.on = row.count(1);
    counts.off = row.count(2);
    counts.alpha = row.optional_number(3);
    counts.excess = row.optional_number(4);
    counts.excess_low = row.optional_number(5);
    counts.excess_high = row.optional_number(6);
    counts.pot = row.number(7);
    counts.truth_signal_on = row.optional_number(8);
    counts.efficiency = row.optional_number(9);
    counts.signal_rate_scale = row.optional_number(10);
    counts.background_rate_scale = row.optional_number(11);
  }
  return list;
}

void store_gates(const State& state, const model::RunSummary& summary) {
  CatalogueStatement add = state.statement("INSERT INTO gates VALUES (?, ?, ?, ?, ?, ?)");
  for (const auto& [facility, counts] : summary.gates) {
    add.bind(summary.run, facility, counts.on, counts.off, counts.random, counts.late_pulses).run();
    store_counters(state, summary.run, facility, "gates_dropped", counts.dropped);
  }
}

std::map<std::string, model::GateCounts> load_gates(const State& state, std::uint64_t run) {
  CatalogueStatement row =
      state.statement("SELECT facility, on_gates, off_gates, random_gates, late_pulses FROM gates WHERE run = ?");
  row.bind(run);
  std::map<std::string, model::GateCounts> gates;
  while (row.step()) {
    const std::string facility = row.text(0);
    gates[facility] = {row.count(1), row.count(2), row.count(3), load_counters(state, run, facility, "gates_dropped"),
                       row.count(4)};
  }
  return gates;
}

std::string performance_text(const model::RunSummary& summary) {
  return to_json(summary).at("performance").dump();
}

void load_performance(const std::string& text, model::RunSummary& summary) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || json.empty()) return;  // of a run that has not ended
  json.at("wall_s").get_to(summary.wall_s);
  json.at("latency_p50_ms").get_to(summary.latency.p50_ms);
  json.at("latency_p99_ms").get_to(summary.latency.p99_ms);
  const auto by_detector = json.value("latency_by_detector", nlohmann::json::object());
  for (const auto& [detector, latency] : by_detector.items()) {
    summary.latency_by_detector[detector] = {latency.at("p50_ms"), latency.at("p99_ms")};
  }
  json.at("cpu_s").get_to(summary.cpu_s);
  summary.messages = json.value("messages", Counters{});
}

}  // namespace

void store_summary(const State& state, const model::RunSummary& summary) {
  for (const char* table :
       {"reasons", "files", "gates", "streams", "counters", "livetime", "livetime_dead", "counts"}) {
    state.statement(std::string("DELETE FROM ") + table + " WHERE run = ?").bind(summary.run).run();
  }
  state
      .statement(
          "UPDATE runs SET setup = ?, condition = ?, digest = ?, t0_ns = ?, t1_ns = ?, decisions_made = ?, "
          "decisions_acknowledged = ?, performance = ? WHERE run = ?")
      .bind(summary.setup, std::string(name(summary.condition)), summary.digest, summary.time.begin.ns,
            summary.time.end.ns, summary.decisions_made, summary.decisions_acknowledged, performance_text(summary),
            summary.run)
      .run();
  store_reasons(state, summary);
  store_files(state, summary);
  store_gates(state, summary);
  store_streams(state, summary);
  store_livetime(state, summary);
  store_counts(state, summary);
  store_counters(state, summary.run, "", "input_skipped", summary.input_skipped);
}

std::optional<model::RunSummary> load_summary(const State& state, std::uint64_t run) {
  CatalogueStatement row = state.statement(
      "SELECT setup, condition, digest, t0_ns, t1_ns, decisions_made, decisions_acknowledged, performance FROM runs "
      "WHERE run = ?");
  if (!row.bind(run).step()) return std::nullopt;
  model::RunSummary summary;
  summary.run = run;
  summary.setup = row.text(0);
  summary.condition = parse_condition(row.text(1));
  summary.digest = row.text(2);
  summary.time = {{row.integer(3)}, {row.integer(4)}};
  summary.decisions_made = row.count(5);
  summary.decisions_acknowledged = row.count(6);
  load_performance(row.text(7), summary);
  CatalogueStatement reason = state.statement("SELECT text FROM reasons WHERE run = ? ORDER BY position");
  reason.bind(run);
  while (reason.step()) summary.reasons.push_back(reason.text(0));
  CatalogueStatement file = state.statement("SELECT path FROM files WHERE run = ? ORDER BY position");
  file.bind(run);
  while (file.step()) summary.files.push_back(state.present_path(run, file.text(0)));
  summary.gates = load_gates(state, run);
  summary.streams = load_streams(state, run);
  summary.livetime = load_livetime(state, run);
  summary.counts = load_counts(state, run);
  summary.input_skipped = load_counters(state, run, "", "input_skipped");
  return summary;
}

}  // namespace spillway::storage
