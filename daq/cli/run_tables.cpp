#include "daq/cli/run_tables.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <fmt/format.h>

#include "daq/base/error.hpp"
#include "daq/storage/event_file.hpp"
#include "daq/storage/records.hpp"
#include "daq/storage/trains.hpp"

namespace spillway::cli {
namespace {

using Row = std::vector<std::string>;

/// Rows of a table of text; each takes some hundred bytes of memory.
constexpr std::uint64_t kMostGates = 5'000'000;

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

  void add_decision(const storage::RunInfo& info, const storage::GateRow& g, const storage::DecisionRow& r) {
    gates.rows.push_back(row(named(info.detectors, g.detector), named_in(model::kGateKinds, g.kind), g.index,
                             g.begin_ns, g.end_ns, g.pulse_id, g.protons));
    decisions.rows.push_back(row(named(info.detectors, r.detector), r.id, r.bits, bit_names(r.bits), r.window_begin_ns,
                                 r.window_end_ns, r.primitives, r.fragments));
  }

  /// A train is written out, as a table without the gates in it would be misread.
  void add_decisions(const storage::EventFileReader& file, const std::string& file_name) {
    const storage::RunInfo& info = file.info();
    const auto gate_rows = file.gates();
    const auto decision_rows = file.decisions();
    const auto train_rows = file.decision_trains();
    const storage::StoredTrains trains = storage::decision_trains_of(train_rows, info);
    if (trains.rows != train_rows.size() || !trains.bad_rows.empty()) {
      throw Error(file_name + ": /decision_trains has damaged rows; see spillway verify");
    }
    if (gates.rows.size() + storage::decisions_in(trains.trains) > kMostGates) {
      throw Error(
          fmt::format("{}: the run has more than {} gates, most of them in trains: too many for tables of text. "
                      "Read it with spillway_file.py (docs/event_file.md)",
                      file_name, kMostGates));
    }
    const std::size_t both = std::min(gate_rows.size(), decision_rows.size());
    storage::in_order_of_ids(
        std::span(decision_rows).first(both), trains.trains,
        [&](std::size_t i) { add_decision(info, gate_rows[i], decision_rows[i]); },
        [&](const model::DecisionTrain& train) {
          train.for_each([&](const model::Decision& decision) {
            add_decision(info, storage::gate_row(decision), storage::decision_row(decision, 0));
          });
        });
  }

  void add_pulse(const storage::RunInfo& info, const storage::PulseRow& r) {
    pulses.rows.push_back(row(named(info.facilities, r.facility), r.id, r.revision, r.begin_ns, r.end_ns, r.protons,
                              r.protons_uncertainty, r.flags));
  }

  void add(const storage::EventFileReader& file, const std::string& file_name) {
    const storage::RunInfo& info = file.info();
    add_decisions(file, file_name);
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
    for (const auto& r : file.pulses()) add_pulse(info, r);
    for (const auto& r : file.pulse_trains()) {
      if (!storage::holds(r, info)) throw Error(file_name + ": /pulse_trains has damaged rows; see spillway verify");
      const model::PulseTrain train = storage::pulse_train_of(r);
      for (std::uint64_t k = 0; k < train.count(); ++k) add_pulse(info, storage::pulse_row(train.pulse(k), r.facility));
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
