#include "daq/storage/summary_text.hpp"

#include <map>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "daq/storage/text.hpp"

namespace spillway::storage {
namespace {

std::string number(const std::optional<double>& value) {
  return value ? fmt::format("{:.4g}", *value) : "-";
}

std::string dead(const model::LiveTime& line) {
  std::string text;
  for (const model::DeadReason reason : model::kDeadReasons) {
    const Duration time = line.dead[static_cast<std::size_t>(reason)];
    if (time.ns != 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", model::name(reason), human(time));
  }
  return text.empty() ? "-" : text;
}

void add_line(Table& table, const std::string& detector, std::string_view gate, const model::LiveTime& line) {
  table.add({detector, std::string(gate), human(line.wall), human(line.live), dead(line), human(line.not_read)});
}

/// A detector of very many streams takes one line.
std::vector<model::StreamLedger> by_detector_where_many(const std::vector<model::StreamLedger>& streams) {
  constexpr std::size_t kMany = 16;
  const auto detector_of = [](const model::StreamLedger& stream) {
    return stream.stream.substr(0, stream.stream.rfind('/'));
  };
  std::map<std::string, std::size_t> count;
  for (const model::StreamLedger& stream : streams) ++count[detector_of(stream)];
  std::vector<model::StreamLedger> lines;
  std::map<std::string, std::size_t> line_of;
  for (const model::StreamLedger& stream : streams) {
    const std::string detector = detector_of(stream);
    const auto [line, is_new] = line_of.try_emplace(detector, lines.size());
    if (!is_new && count[detector] > kMany) {
      lines[line->second] += stream;
      continue;
    }
    lines.push_back(stream);
    if (count[detector] > kMany) lines.back().stream = fmt::format("{} ({} streams)", detector, count[detector]);
  }
  return lines;
}

/// "" for a run that never ran.
std::string performance(const model::RunSummary& summary) {
  if (summary.wall_s <= 0) return "";
  std::string text = fmt::format("took       {:.1f} s", summary.wall_s);
  const char* before = "; gate to disk ";
  for (const auto& [detector, latency] : summary.latency_by_detector) {
    text += fmt::format("{}{} {:.1f} ms (median), {:.1f} ms (99 %)", std::exchange(before, ", "), detector,
                        latency.p50_ms, latency.p99_ms);
  }
  before = "; CPU ";
  for (const auto& [process, seconds] : summary.cpu_s) {
    text += fmt::format("{}{} {:.1f} s", std::exchange(before, ", "), process, seconds);
  }
  return text + '\n';
}

}  // namespace

std::string summary_text(const model::RunSummary& summary) {
  std::ostringstream out;
  out << fmt::format("run {} of {}: {}\n", summary.run, summary.setup, model::name(summary.condition));
  for (const std::string& reason : summary.reasons) out << "  " << reason << '\n';
  out << fmt::format("data time  {} to {} TAI ({})\n", format_tai(summary.time.begin), format_tai(summary.time.end),
                     human(summary.time.length()));
  out << performance(summary);
  if (!summary.digest.empty()) out << fmt::format("digest     {}\n", summary.digest);
  for (const std::string& file : summary.files) out << fmt::format("file       {}\n", file);

  Table gates({"facility", "on", "off", "random", "dropped", "late pulses"});
  for (const auto& [facility, counts] : summary.gates) {
    gates.add({facility, std::to_string(counts.on), std::to_string(counts.off), std::to_string(counts.random),
               human(counts.dropped), std::to_string(counts.late_pulses)});
  }
  Table streams({"stream", "frames sent", "accepted", "rejected", "lost", "fragments asked", "built", "missing"});
  for (const model::StreamLedger& stream : by_detector_where_many(summary.streams)) {
    streams.add({stream.stream, std::to_string(stream.sent), std::to_string(stream.accepted), human(stream.rejected),
                 human(stream.lost), std::to_string(stream.asked), std::to_string(stream.built),
                 human(stream.missing)});
  }
  Table livetime({"detector", "gate", "wall", "live", "dead", "not read"});
  for (const model::DetectorBooks& detector : summary.livetime) {
    for (const model::GateKind kind : model::kGateKinds) {
      const model::LiveTime& line = detector.books.gates[static_cast<std::size_t>(kind)];
      if (kind != model::GateKind::kRandom || line.wall.ns != 0) {
        add_line(livetime, detector.detector, model::name(kind), line);
      }
    }
    add_line(livetime, detector.detector, "run", detector.books.run);
  }
  Table counts({"detector", "counts on", "off", "alpha", "excess", "68 % interval", "protons"});
  for (const model::DetectorCounts& detector : summary.counts) {
    counts.add({detector.detector, std::to_string(detector.on), std::to_string(detector.off), number(detector.alpha),
                number(detector.excess),
                detector.excess_low ? number(detector.excess_low) + " to " + number(detector.excess_high) : "-",
                number(detector.pot)});
  }
  Table simulated({"simulated", "signal rate x", "background rate x", "signal made in on-gates", "efficiency"});
  for (const model::DetectorCounts& detector : summary.counts) {
    if (!detector.truth_signal_on) continue;
    simulated.add({detector.detector, number(detector.signal_rate_scale), number(detector.background_rate_scale),
                   number(detector.truth_signal_on), number(detector.efficiency)});
  }
  for (const Table* table : {&gates, &streams, &livetime, &counts, &simulated}) {
    if (table->empty()) continue;
    out << '\n';
    table->print(out, 2);
  }
  if (total(summary.input_skipped) > 0) out << "\ninput records skipped: " << human(summary.input_skipped) << '\n';
  return out.str();
}

}  // namespace spillway::storage
