#include "daq/storage/records.hpp"

#include <algorithm>
#include <cstring>

#include "daq/base/error.hpp"

namespace spillway::storage {

using nlohmann::ordered_json;

GateRow gate_row(const model::Decision& decision) {
  const model::Gate& gate = decision.gate;
  return {decision.detector, static_cast<std::uint32_t>(gate.kind),
          gate.index,        gate.time.begin.ns,
          gate.time.end.ns,  gate.pulse_id,
          gate.protons};
}

DecisionRow decision_row(const model::Decision& decision, std::uint32_t fragments) {
  return {decision.id,         decision.detector, decision.bits, decision.window.begin.ns, decision.window.end.ns,
          decision.primitives, fragments};
}

PulseRow pulse_row(const model::Pulse& pulse, std::uint32_t facility) {
  return {facility,
          pulse.revision,
          pulse.id,
          pulse.time.begin.ns,
          pulse.time.end.ns,
          pulse.protons,
          pulse.protons_uncertainty,
          pulse.flags,
          0};
}

TruthRow truth_row(const model::TruthEvent& event) {
  return {event.detector,         static_cast<std::uint32_t>(event.kind),
          event.signal ? 1U : 0U, event.above_threshold ? 1U : 0U,
          event.time.ns,          event.pulse_id,
          event.neutrino_mev,     event.energy_kev,
          event.position_mm[0],   event.position_mm[1],
          event.position_mm[2]};
}

model::TruthEvent truth_of(const TruthRow& row) {
  model::TruthEvent event;
  event.detector = row.detector;
  event.kind = static_cast<model::TruthKind>(row.kind);
  event.signal = row.signal != 0;
  event.above_threshold = row.above_threshold != 0;
  event.time = {row.time_ns};
  event.pulse_id = row.pulse_id;
  event.neutrino_mev = row.neutrino_mev;
  event.energy_kev = row.energy_kev;
  event.position_mm = {static_cast<float>(row.x_mm), static_cast<float>(row.y_mm), static_cast<float>(row.z_mm)};
  return event;
}

model::Decision decision_of(const GateRow& gate, const DecisionRow& row) {
  model::Decision decision;
  decision.id = row.id;
  decision.detector = row.detector;
  decision.gate.kind = static_cast<model::GateKind>(gate.kind);
  decision.gate.time = {{gate.begin_ns}, {gate.end_ns}};
  decision.gate.index = gate.index;
  decision.gate.pulse_id = gate.pulse_id;
  decision.gate.protons = gate.protons;
  decision.window = {{row.window_begin_ns}, {row.window_end_ns}};
  decision.bits = row.bits;
  decision.primitives = row.primitives;
  return decision;
}

bool sane(const GateRow& gate, const DecisionRow& decision, const RunInfo& info) {
  return decision.detector == gate.detector && decision.detector < info.detectors.size() &&
         gate.kind < model::kGateKinds.size() && gate.begin_ns < gate.end_ns &&
         decision.window_begin_ns <= gate.begin_ns && gate.end_ns <= decision.window_end_ns;
}

model::Pulse pulse_of(const PulseRow& row) {
  model::Pulse pulse;
  pulse.id = row.id;
  pulse.revision = row.revision;
  pulse.time = {{row.begin_ns}, {row.end_ns}};
  pulse.protons = row.protons;
  pulse.protons_uncertainty = row.protons_uncertainty;
  pulse.flags = row.flags;
  return pulse;
}

Interval window_of(const FragmentRow& row) {
  return {{row.window_begin_ns}, {row.window_end_ns}};
}

std::string missing_reason(const MissingRow& row) {
  return {row.reason, strnlen(row.reason, sizeof(row.reason))};
}

std::string cut_reason(const std::string& reason) {
  return reason.substr(0, sizeof(MissingRow::reason) - 1);
}

std::uint32_t detector_of(const RunInfo& info, std::uint32_t stream) {
  if (stream < info.stream_detectors.size()) return info.stream_detectors[stream];
  std::size_t best = info.detectors.size();
  for (std::size_t i = 0; stream < info.streams.size() && i < info.detectors.size(); ++i) {
    const bool fits = info.streams[stream].starts_with(info.detectors[i] + "/");
    if (fits && (best == info.detectors.size() || info.detectors[i].size() > info.detectors[best].size())) best = i;
  }
  return static_cast<std::uint32_t>(best);
}

DetectorInfo detector_info(const RunInfo& info, std::uint32_t detector) {
  return detector < info.detector_info.size() ? info.detector_info[detector] : DetectorInfo{};
}

std::uint32_t header_crc(const FragmentHeader& header) {
  return crc32c(std::as_bytes(std::span(&header, 1)).first(offsetof(FragmentHeader, header_crc32c)));
}

bool header_holds(const FragmentHeader& header) {
  return std::memcmp(header.magic, kFragmentMagic, sizeof(header.magic)) == 0 &&
         header.header_bytes == sizeof(FragmentHeader) && header.header_crc32c == header_crc(header);
}

RunInfo describe(const model::Setup& setup) {
  RunInfo info;
  info.begin = setup.epoch;
  for (const model::Facility& facility : setup.facilities) info.facilities.push_back(facility.name);
  for (const model::Detector& detector : setup.detectors) {
    const auto index = static_cast<std::uint32_t>(info.detectors.size());
    info.detectors.push_back(detector.name);
    info.detector_info.push_back({detector.facility, detector.whole_gate, detector.gated});
    info.trains = info.trains || detector.primitives;
    for (const std::string& stream : detector.streams) {
      info.streams.push_back(stream);
      info.stream_detectors.push_back(index);
    }
  }
  return info;
}

std::string framed_info(const RunInfo& info, std::uint64_t chunk_bytes) {
  ordered_json detectors = ordered_json::array();
  for (std::uint32_t i = 0; i < info.detectors.size(); ++i) {
    const DetectorInfo more = detector_info(info, i);
    detectors.push_back({{"name", info.detectors[i]},
                         {"facility", more.facility},
                         {"whole_gate", more.whole_gate},
                         {"gated", more.gated}});
  }
  ordered_json streams = ordered_json::array();
  for (std::uint32_t i = 0; i < info.streams.size(); ++i) {
    streams.push_back({{"name", info.streams[i]}, {"detector", detector_of(info, i)}});
  }
  ordered_json json = {{"run", info.run},
                       {"part", info.part},
                       {"config_text", info.config_text},
                       {"config_name", info.config_name},
                       {"overrides", info.overrides},
                       {"version", info.version},
                       {"seed", info.seed},
                       {"begin_ns", info.begin.ns},
                       {"facilities", info.facilities},
                       {"detectors", detectors},
                       {"streams", streams},
                       {"chunk_bytes", chunk_bytes},
                       {"recovered", info.recovered}};
  if (info.trains) json["trains"] = true;
  const std::string text = json.dump(1, ' ', false, ordered_json::error_handler_t::replace);
  const auto length = static_cast<std::uint32_t>(text.size());
  Bytes frame;
  append(frame, as_byte_view(std::string_view(kInfoMagic, 8)));
  append(frame, length);
  append(frame, crc32c(as_byte_view(text)));
  append(frame, as_byte_view(text));
  return std::string(as_text(frame));
}

std::optional<FramedInfo> parse_framed_info(ByteView bytes) {
  if (bytes.size() < 16 || std::memcmp(bytes.data(), kInfoMagic, 8) != 0) return std::nullopt;
  const auto length = load<std::uint32_t>(bytes, 8);
  if (length > bytes.size() - 16) return std::nullopt;
  const ByteView text = bytes.subspan(16, length);
  if (crc32c(text) != load<std::uint32_t>(bytes, 12)) return std::nullopt;
  try {
    const auto json = nlohmann::json::parse(as_text(text));
    FramedInfo framed;
    RunInfo& info = framed.info;
    json.at("run").get_to(info.run);
    json.at("part").get_to(info.part);
    json.at("config_text").get_to(info.config_text);
    json.at("config_name").get_to(info.config_name);
    json.at("overrides").get_to(info.overrides);
    json.at("version").get_to(info.version);
    json.at("seed").get_to(info.seed);
    json.at("begin_ns").get_to(info.begin.ns);
    json.at("facilities").get_to(info.facilities);
    for (const auto& detector : json.at("detectors")) {
      info.detectors.push_back(detector.at("name"));
      info.detector_info.push_back({detector.at("facility"), detector.at("whole_gate"), detector.at("gated")});
    }
    for (const auto& stream : json.at("streams")) {
      info.streams.push_back(stream.at("name"));
      info.stream_detectors.push_back(stream.at("detector"));
    }
    json.at("chunk_bytes").get_to(framed.chunk_bytes);
    json.at("recovered").get_to(info.recovered);
    info.trains = json.value("trains", false);
    return framed;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

}  // namespace spillway::storage
