#include "daq/storage/catalogue.hpp"
#include "daq/storage/records.hpp"

namespace spillway::storage {
namespace {

using nlohmann::ordered_json;

ordered_json number(const std::optional<double>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

ordered_json counters_json(const Counters& counters) {
  ordered_json json = ordered_json::object();
  for (const auto& [name, count] : counters) {
    if (count != 0) json[name] = count;
  }
  return json;
}

ordered_json stream_json(const model::StreamLedger& stream) {
  return {{"stream", stream.stream},
          {"frames_sent", stream.sent},
          {"frames_received", stream.accepted},
          {"frames_lost", counters_json(stream.lost)},
          {"fragments_requested", stream.asked},
          {"fragments_built", stream.built},
          {"fragments_missing", counters_json(stream.missing)},
          {"frames_rejected", counters_json(stream.rejected)},
          {"frames_duplicated", stream.duplicated},
          {"frames_outside_run", stream.outside_run},
          {"fragments_ok", stream.ok},
          {"fragments_partial", stream.partial},
          {"fragments_expired", stream.expired},
          {"fragments_no_data", stream.no_data}};
}

ordered_json row_json(const std::string& detector, std::string_view gate, const model::LiveTime& line) {
  ordered_json row = {{"detector", detector}, {"gate", gate}};
  row.update(line_json(line));
  return row;
}

}  // namespace

ordered_json to_json(const std::vector<model::DetectorBooks>& livetime) {
  ordered_json list = ordered_json::array();
  for (const model::DetectorBooks& detector : livetime) {
    for (const model::GateKind kind : model::kGateKinds) {
      const model::LiveTime& line = detector.books.gates[static_cast<std::size_t>(kind)];
      if (kind == model::GateKind::kRandom && line.wall.ns == 0) continue;
      list.push_back(row_json(detector.detector, name(kind), line));
      list.back().erase("not_read_ns");
    }
    list.push_back(row_json(detector.detector, "run", detector.books.run));
  }
  return list;
}

ordered_json to_json(const model::DetectorCounts& counts) {
  return {{"detector", counts.detector},
          {"on", counts.on},
          {"off", counts.off},
          {"alpha", number(counts.alpha)},
          {"excess", number(counts.excess)},
          {"excess_low", number(counts.excess_low)},
          {"excess_high", number(counts.excess_high)},
          {"pot", counts.pot},
          {"truth_signal_on", number(counts.truth_signal_on)},
          {"efficiency", number(counts.efficiency)},
          {"signal_rate_scale", number(counts.signal_rate_scale)},
          {"background_rate_scale", number(counts.background_rate_scale)}};
}

ordered_json to_json(const model::RunSummary& summary) {
  ordered_json latency = ordered_json::object();
  for (const auto& [detector, found] : summary.latency_by_detector) {
    latency[detector] = {{"p50_ms", found.p50_ms}, {"p99_ms", found.p99_ms}};
  }
  ordered_json gates = ordered_json::object();
  ordered_json dropped = ordered_json::object();
  ordered_json late = ordered_json::object();
  for (const auto& [facility, counts] : summary.gates) {
    gates[facility] = {{"on", counts.on}, {"off", counts.off}};
    if (counts.random != 0) gates[facility]["random"] = counts.random;
    dropped[facility] = counters_json(counts.dropped);
    late[facility] = counts.late_pulses;
  }
  ordered_json streams = ordered_json::array();
  for (const model::StreamLedger& stream : summary.streams) streams.push_back(stream_json(stream));
  ordered_json counts = ordered_json::array();
  for (const model::DetectorCounts& detector : summary.counts) counts.push_back(to_json(detector));
  return {{"run", summary.run},
          {"condition", name(summary.condition)},
          {"reasons", summary.reasons},
          {"digest", summary.digest},
          {"files", summary.files},
          {"gates", gates},
          {"streams", streams},
          {"livetime", to_json(summary.livetime)},
          {"counts", counts},
          {"setup", summary.setup},
          {"t0_ns", summary.time.begin.ns},
          {"t1_ns", summary.time.end.ns},
          {"decisions", {{"made", summary.decisions_made}, {"acknowledged", summary.decisions_acknowledged}}},
          {"gates_dropped", dropped},
          {"late_pulses", late},
          {"input_skipped", counters_json(summary.input_skipped)},
          {"performance",
           {{"wall_s", summary.wall_s},
            {"latency_p50_ms", summary.latency.p50_ms},
            {"latency_p99_ms", summary.latency.p99_ms},
            {"latency_by_detector", latency},
            {"messages", summary.messages},
            {"cpu_s", summary.cpu_s}}}};
}

}  // namespace spillway::storage
