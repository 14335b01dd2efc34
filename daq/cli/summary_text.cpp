#include "daq/cli/summary_text.hpp"

#include <ostream>

#include <fmt/format.h>

#include "daq/cli/text.hpp"

namespace spillway::cli {
namespace {

std::string number(const std::optional<double>& value) {
  return value ? fmt::format("{:.6g}", *value) : "-";
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

}  // namespace

void print_summary(const model::RunSummary& summary, std::ostream& out) {
  out << fmt::format("run {} of {}: {}\n", summary.run, summary.setup, model::name(summary.condition));
  for (const std::string& reason : summary.reasons) out << "  because: " << reason << '\n';
  out << fmt::format("data time  {} to {} TAI ({})\n", format_tai(summary.time.begin), format_tai(summary.time.end),
                     human(summary.time.length()));
  out << fmt::format("digest     {}\n", summary.digest.empty() ? "-" : summary.digest);
  for (const std::string& file : summary.files) out << fmt::format("file       {}\n", file);

  Table gates({"facility", "on", "off", "random", "dropped", "late pulses"});
  for (const auto& [facility, counts] : summary.gates) {
    gates.add({facility, std::to_string(counts.on), std::to_string(counts.off), std::to_string(counts.random),
               human(counts.dropped), std::to_string(counts.late_pulses)});
  }
  Table streams({"stream", "frames sent", "accepted", "rejected", "lost", "fragments asked", "built", "missing"});
  for (const model::StreamLedger& stream : summary.streams) {
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
  Table counts({"detector", "on", "off", "alpha", "excess", "68 % interval", "protons"});
  for (const model::DetectorCounts& detector : summary.counts) {
    counts.add({detector.detector, std::to_string(detector.on), std::to_string(detector.off), number(detector.alpha),
                number(detector.excess),
                detector.excess_low ? number(detector.excess_low) + " to " + number(detector.excess_high) : "-",
                fmt::format("{:.6g}", detector.pot)});
  }
  for (const Table* table : {&gates, &streams, &livetime, &counts}) {
    if (table->empty()) continue;
    out << '\n';
    table->print(out);
  }
  if (total(summary.input_skipped) > 0) out << "\ninput records skipped: " << human(summary.input_skipped) << '\n';
}

}  // namespace spillway::cli
