#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "daq/run_control/summary.hpp"

namespace spillway::run_control {

namespace {

using Row = std::vector<std::string>;

/// Columns as wide as their widest cell; the first is flush left, the others flush right.
std::string table(const Row& heads, const std::vector<Row>& rows) {
  if (rows.empty()) return "";
  std::vector<std::size_t> widths;
  for (std::size_t column = 0; column < heads.size(); ++column) {
    std::size_t width = heads[column].size();
    for (const Row& row : rows) width = std::max(width, row[column].size());
    widths.push_back(width);
  }
  std::string text = "\n";
  const auto add = [&](const Row& row) {
    text += "  ";
    for (std::size_t column = 0; column < row.size(); ++column) {
      text += column == 0 ? fmt::format("{:<{}}", row[column], widths[column])
                          : fmt::format("  {:>{}}", row[column], widths[column]);
    }
    text += '\n';
  };
  add(heads);
  for (const Row& row : rows) add(row);
  return text;
}

std::string by_reason(const Counters& counters) {
  std::string text;
  for (const auto& [reason, count] : counters) {
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, reason);
  }
  return text.empty() ? "0" : text;
}

std::string time_text(Duration duration) {
  if (duration < milliseconds(1)) return fmt::format("{:.3f} us", 1e6 * duration.seconds());
  if (duration < seconds(1)) return fmt::format("{:.6f} ms", 1e3 * duration.seconds());
  return fmt::format("{:.9f} s", duration.seconds());
}

std::string dead_text(const model::LiveTime& line) {
  std::string text;
  for (const auto reason : model::kDeadReasons) {
    const Duration dead = line.dead[static_cast<std::size_t>(reason)];
    if (dead.ns > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", time_text(dead), model::name(reason));
  }
  return text.empty() ? "0" : text;
}

std::string value_text(std::optional<double> value) {
  return value ? fmt::format("{:.4g}", *value) : "-";
}

std::string gates_text(const model::RunSummary& summary) {
  std::vector<Row> rows;
  for (const auto& [facility, gates] : summary.gates) {
    rows.push_back({facility, std::to_string(gates.on), std::to_string(gates.off), std::to_string(gates.random),
                    by_reason(gates.dropped), std::to_string(gates.late_pulses)});
  }
  return table({"facility", "on", "off", "random", "dropped", "late pulses"}, rows);
}

std::string streams_text(const model::RunSummary& summary) {
  std::vector<Row> rows;
  for (const auto& stream : summary.streams) {
    rows.push_back({stream.stream, std::to_string(stream.sent), std::to_string(stream.accepted),
                    by_reason(stream.rejected), by_reason(stream.lost), std::to_string(stream.asked),
                    std::to_string(stream.built), by_reason(stream.missing)});
  }
  return table({"stream", "frames sent", "accepted", "rejected", "lost", "fragments asked", "built", "missing"}, rows);
}

std::string livetime_text(const model::RunSummary& summary) {
  std::vector<Row> rows;
  for (const auto& detector : summary.livetime) {
    const auto add = [&](std::string_view gate, const model::LiveTime& line) {
      rows.push_back(
          {detector.detector, std::string(gate), time_text(line.wall), time_text(line.live), dead_text(line)});
    };
    for (const auto kind : model::kGateKinds) {
      const auto& line = detector.books.gates[static_cast<std::size_t>(kind)];
      if (kind != model::GateKind::kRandom || line.wall.ns > 0) add(model::name(kind), line);
    }
    add("run", detector.books.run);
  }
  return table({"detector", "gate", "wall", "live", "dead"}, rows);
}

std::string counts_text(const model::RunSummary& summary) {
  std::vector<Row> rows;
  for (const auto& counts : summary.counts) {
    const std::string interval =
        counts.excess_low ? fmt::format("{} .. {}", value_text(counts.excess_low), value_text(counts.excess_high))
                          : "-";
    rows.push_back({counts.detector, std::to_string(counts.on), std::to_string(counts.off), value_text(counts.alpha),
                    value_text(counts.excess), interval, fmt::format("{:.4g}", counts.pot)});
  }
  return table({"detector", "counts on", "off", "alpha", "excess", "68 % interval", "protons"}, rows);
}

}  // namespace

std::string summary_text(const model::RunSummary& summary) {
  std::string text = fmt::format("run {} of {}: {}\n", summary.run, summary.setup, model::name(summary.condition));
  for (const std::string& reason : summary.reasons) text += fmt::format("  {}\n", reason);
  text += fmt::format("data time {} to {} ({})\n", format_tai(summary.time.begin), format_tai(summary.time.end),
                      time_text(summary.time.length()));
  if (!summary.digest.empty()) text += fmt::format("digest {}\n", summary.digest);
  for (const std::string& file : summary.files) text += fmt::format("file {}\n", file);
  text += gates_text(summary) + streams_text(summary) + livetime_text(summary) + counts_text(summary);
  if (total(summary.input_skipped) > 0) {
    text += fmt::format("\ninput records skipped: {}\n", by_reason(summary.input_skipped));
  }
  return text;
}

}  // namespace spillway::run_control
