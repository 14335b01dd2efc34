#include "daq/cli/run_tables.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <fmt/format.h>

#include "daq/storage/event_file.hpp"

namespace spillway::cli {
namespace {

using Row = std::vector<std::string>;

template <typename... Values>
Row row(const Values&... values) {
  return {fmt::format("{}", values)...};
}

/// The name that an index stands for; a damaged file may hold any index.
std::string named(const std::vector<std::string>& names, std::uint32_t index) {
  return index < names.size() ? names[index] : fmt::format("#{}", index);
}

template <typename Values>
std::string named_in(const Values& values, std::uint32_t index) {
  return index < values.size() ? std::string(model::name(values[index])) : fmt::format("#{}", index);
}

std::string status_name(std::uint32_t status) {
  constexpr std::array kStatuses = {model::FragmentStatus::kOk, model::FragmentStatus::kPartial,
                                    model::FragmentStatus::kExpired, model::FragmentStatus::kNoData};
  return named_in(kStatuses, status);
}

std::string bit_names(std::uint32_t bits) {
  constexpr std::array<std::pair<std::uint32_t, std::string_view>, 6> kNames = {
      {{model::kZeroBias, "zero_bias"},
       {model::kCoincidence, "coincidence"},
       {model::kActivity, "activity"},
       {model::kPrescaledAway, "prescaled_away"},
       {model::kInhibited, "inhibited"},
       {model::kReadOut, "read_out"}}};
  std::string text;
  for (const auto& [bit, name] : kNames) {
    if ((bits & bit) != 0) text += fmt::format("{}{}", text.empty() ? "" : "|", name);
  }
  return text;
}

std::string text_of(const char (&field)[32]) {
  return {field, strnlen(field, sizeof(field))};
}

struct Tables {
  CsvTable gates{"gates", {"detector", "kind", "index", "begin_ns", "end_ns", "pulse_id", "protons"}, {}};
  CsvTable decisions{
      "decisions",
      {"detector", "decision", "bits", "bit_names", "window_begin_ns", "window_end_ns", "primitives", "fragments"},
      {}};
  CsvTable fragments{"fragments",
                     {"detector", "decision", "stream", "status", "window_begin_ns", "window_end_ns", "frames", "bytes",
                      "crc32c", "file", "offset"},
                     {}};
  CsvTable missing{"missing", {"detector", "decision", "stream", "reason"}, {}};
  CsvTable dead{"dead", {"detector", "reason", "begin_ns", "end_ns"}, {}};
  CsvTable pulses{"pulses",
                  {"facility", "pulse_id", "revision", "begin_ns", "end_ns", "protons", "protons_uncertainty", "flags"},
                  {}};
  CsvTable truth{"truth",
                 {"detector", "kind", "signal", "above_threshold", "time_ns", "pulse_id", "neutrino_mev", "energy_kev",
                  "x_mm", "y_mm", "z_mm"},
                 {}};

  void add(const storage::EventFileReader& file, const std::string& file_name) {
    const storage::RunInfo& info = file.info();
    for (const auto& r : file.gates()) {
      gates.rows.push_back(row(named(info.detectors, r.detector), named_in(model::kGateKinds, r.kind), r.index,
                               r.begin_ns, r.end_ns, r.pulse_id, r.protons));
    }
    for (const auto& r : file.decisions()) {
      decisions.rows.push_back(row(named(info.detectors, r.detector), r.id, r.bits, bit_names(r.bits),
                                   r.window_begin_ns, r.window_end_ns, r.primitives, r.fragments));
    }
    for (const auto& r : file.fragments()) {
      fragments.rows.push_back(row(named(info.detectors, r.detector), r.decision, named(info.streams, r.stream),
                                   status_name(r.status), r.window_begin_ns, r.window_end_ns, r.frames, r.length,
                                   fmt::format("{:08x}", r.crc32c), file_name, r.offset));
    }
    for (const auto& r : file.missing()) {
      missing.rows.push_back(
          row(named(info.detectors, r.detector), r.decision, named(info.streams, r.stream), text_of(r.reason)));
    }
    for (const auto& r : file.dead()) {
      dead.rows.push_back(
          row(named(info.detectors, r.detector), named_in(model::kDeadReasons, r.reason), r.begin_ns, r.end_ns));
    }
    for (const auto& r : file.pulses()) {
      pulses.rows.push_back(row(named(info.facilities, r.facility), r.id, r.revision, r.begin_ns, r.end_ns, r.protons,
                                r.protons_uncertainty, r.flags));
    }
    for (const auto& r : file.truth()) {
      truth.rows.push_back(row(named(info.detectors, r.detector), r.kind, r.signal, r.above_threshold, r.time_ns,
                               r.pulse_id, r.neutrino_mev, r.energy_kev, r.x_mm, r.y_mm, r.z_mm));
    }
  }
};

std::string number(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : "";
}

Row live_time_row(const std::string& detector, std::string_view gate, const model::LiveTime& line) {
  Row cells = row(detector, gate, line.wall.ns, line.live.ns);
  for (const model::DeadReason reason : model::kDeadReasons) {
    cells.push_back(fmt::format("{}", line.dead[static_cast<std::size_t>(reason)].ns));
  }
  cells.push_back(fmt::format("{}", line.not_read.ns));
  return cells;
}

}  // namespace

std::vector<CsvTable> file_tables(const std::vector<std::filesystem::path>& files) {
  Tables tables;
  for (const auto& file : files) tables.add(storage::EventFileReader(file), file.filename().string());
  return {tables.gates, tables.decisions, tables.fragments, tables.missing, tables.dead, tables.pulses, tables.truth};
}

std::vector<CsvTable> summary_tables(const model::RunSummary& summary) {
  CsvTable livetime{"livetime", {"detector", "gate", "wall_ns", "live_ns"}, {}};
  for (const model::DeadReason reason : model::kDeadReasons) {
    livetime.header.push_back(fmt::format("dead_{}_ns", model::name(reason)));
  }
  livetime.header.emplace_back("not_read_ns");
  for (const model::DetectorBooks& detector : summary.livetime) {
    for (const model::GateKind kind : model::kGateKinds) {
      livetime.rows.push_back(
          live_time_row(detector.detector, model::name(kind), detector.books.gates[static_cast<std::size_t>(kind)]));
    }
    livetime.rows.push_back(live_time_row(detector.detector, "run", detector.books.run));
  }
  CsvTable counts{
      "counts",
      {"detector", "on", "off", "alpha", "excess", "excess_low", "excess_high", "pot", "truth_signal_on", "efficiency"},
      {}};
  for (const model::DetectorCounts& line : summary.counts) {
    counts.rows.push_back(row(line.detector, line.on, line.off, number(line.alpha), number(line.excess),
                              number(line.excess_low), number(line.excess_high), line.pot, number(line.truth_signal_on),
                              number(line.efficiency)));
  }
  return {livetime, counts};
}

}  // namespace spillway::cli
