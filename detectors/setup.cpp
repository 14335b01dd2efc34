#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "detectors/registry.hpp"
#include "detectors/setup_checks.hpp"
#include "detectors/setup_keys.hpp"

namespace spillway::detectors {

namespace {

model::Compression compression_named(const std::string& word) {
  if (word == "fast") return model::Compression::kFast;
  return word == "dense" ? model::Compression::kDense : model::Compression::kNone;
}

struct SectionName {
  std::string kind;
  std::string name;  ///< empty for [setup] and the like
};

SectionName split(const std::string& section) {
  const std::size_t dot = section.find('.');
  return dot == std::string::npos ? SectionName{section, ""}
                                  : SectionName{section.substr(0, dot), section.substr(dot + 1)};
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= 40 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::string hint(std::string_view word, const std::vector<std::string_view>& known, std::string_view what) {
  const std::string_view close = nearest(word, known);
  return close.empty() ? fmt::format("{}: {}", what, fmt::join(known, ", ")) : fmt::format("did you mean {}?", close);
}

const SectionRow& section_row(const Config& config, const std::string& section, const SectionName& parts) {
  const auto* row = std::find_if(kSections.begin(), kSections.end(),
                                 [&](const SectionRow& candidate) { return candidate.name == parts.kind; });
  if (row == kSections.end()) {
    std::vector<std::string_view> known;
    for (const SectionRow& candidate : kSections) known.push_back(candidate.name);
    throw config.error(section, "", "there is no such section", hint(parts.kind, known, "the sections are"));
  }
  if (row->named && parts.name.empty()) {
    throw config.error(section, "", "the section needs a name", fmt::format("write it like [{}.dt5730]", parts.kind));
  }
  if (!row->named && !parts.name.empty()) {
    throw config.error(section, "", "the section takes no name", fmt::format("write [{}]", parts.kind));
  }
  if (row->named && !is_plain_name(parts.name)) {
    throw config.error(section, "", fmt::format("\"{}\" is not a name", parts.name),
                       "use at most 40 letters, digits, _ and -");
  }
  return *row;
}

template <typename Kinds>
std::string known_kind(const Config& config, const std::string& section, std::string_view key, const Kinds& kinds) {
  std::string kind = Section(config, section, section_keys(split(section).kind)).text(key);
  std::vector<std::string_view> known;
  for (const auto& row : kinds) known.push_back(row.name);
  if (std::find(known.begin(), known.end(), kind) == known.end()) {
    throw config.error(section, key, fmt::format("there is no kind \"{}\"", kind), hint(kind, known, "the kinds are"));
  }
  return kind;
}

/// The kind whose keys a section has besides the common ones.
std::string kind_of_section(const Config& config, const std::string& section, const SectionName& parts) {
  if (parts.kind == "front_end") return known_kind(config, section, "source", source_kinds());
  if (parts.kind == "detector") return known_kind(config, section, "kind", detector_kinds());
  if (parts.kind != "readout" && parts.kind != "trigger" && parts.kind != "online" && parts.kind != "simulation") {
    return "";
  }
  const std::string detector = "detector." + parts.name;
  if (!config.has_section(detector)) {
    const std::vector<std::string> names = config.names("detector");
    throw config.error(section, "", fmt::format("there is no detector \"{}\"", parts.name),
                       hint(parts.name, {names.begin(), names.end()}, "the detectors are"));
  }
  return known_kind(config, detector, "kind", detector_kinds());
}

void check_keys(const Config& config) {
  for (const std::string& section : config.sections()) {
    const SectionName parts = split(section);
    const SectionRow& row = section_row(config, section, parts);
    config.check(section, section_keys(row.name, kind_of_section(config, section, parts)));
  }
}

model::Facility facility_of(const Config& config, const std::string& name) {
  const Section section(config, "facility." + name, section_keys("facility"));
  model::Facility facility;
  facility.name = name;
  facility.on_before = section.duration("on_before_ns");
  facility.on_after = section.duration("on_after_ns");
  for (const std::int64_t offset : section.integers("off_offsets_ns")) facility.off_offsets.push_back({offset});
  facility.random_rate_hz = section.number("random_rate_hz");
  facility.random_length = section.duration("random_length_ns");
  facility.max_pulse_lateness = section.duration("max_pulse_lateness_ns");
  facility.watermark_period = section.duration("watermark_period_ns");
  facility.min_pulse_period = section.duration("min_pulse_period_ns");
  return facility;
}

model::TriggerPolicy policy_of(const Config& config, const std::string& detector) {
  const Section section(config, "trigger." + detector, section_keys("trigger"));
  model::TriggerPolicy policy;
  const std::string readout = section.text("readout");
  if (readout == "coincidence") policy.readout = model::ReadoutRule::kCoincidence;
  if (readout == "activity") policy.readout = model::ReadoutRule::kActivity;
  policy.coincidence_primitives = static_cast<std::uint32_t>(section.integer("coincidence_primitives"));
  policy.coincidence_window = section.duration("coincidence_window_ns");
  policy.coincidence_streams = static_cast<std::uint32_t>(section.integer("coincidence_streams"));
  policy.coincidence_group = static_cast<std::uint32_t>(section.integer("coincidence_group"));
  policy.activity.window = section.duration("activity_window_ns");
  policy.activity.integral = static_cast<std::uint64_t>(section.integer("activity_integral"));
  policy.activity.primitives = static_cast<std::uint64_t>(section.integer("activity_primitives"));
  policy.activity.channels = static_cast<std::uint32_t>(section.integer("activity_channels"));
  policy.activity.channel_gap = static_cast<std::uint32_t>(section.integer("activity_channel_gap"));
  policy.prescale = static_cast<std::uint64_t>(section.integer("prescale"));
  return policy;
}

model::Detector detector_of(const Config& config, const std::string& name,
                            const std::vector<model::Facility>& facilities, Timestamp epoch) {
  const Section section = detector_section(config, name);
  const Section readout = readout_section(config, name);
  model::Detector detector;
  detector.name = name;
  detector.kind = section.text("kind");
  detector.facility = facility_index(section, facilities);
  const DetectorKind& kind = *find_detector_kind(detector.kind);
  detector.streams = kind.streams(name, section);
  for (std::uint32_t i = 0; i < detector.streams.size(); ++i) {
    detector.first_channels.push_back(kind.first_channel != nullptr ? kind.first_channel(detector.streams[i]) : i);
  }
  detector.stream_channels = kind.stream_channels;
  detector.primitives = simulation_section(config, name).text("level") == "primitives";
  detector.clock = detector.primitives ? kPrimitiveClock : kind.clock(section, epoch);
  detector.pre = section.duration("pre_ns");
  detector.post = section.duration("post_ns");
  detector.count_post = section.duration("count_post_ns");
  detector.whole_gate = section.flag("whole_gate");
  detector.gated = section.text("emission") == "gated";
  detector.stream_bytes_per_second = static_cast<std::uint64_t>(section.integer("stream_bytes_per_second"));
  detector.trigger = policy_of(config, name);
  detector.readout_processes = static_cast<std::uint32_t>(readout.integer("processes"));
  detector.ring_bytes = static_cast<std::uint64_t>(readout.integer("ring_bytes"));
  return detector;
}

/// Where the configuration does not say how close pulses come, the front end may know.
void take_pulse_periods(const Config& config, model::Setup& setup) {
  for (const std::string& name : config.names("front_end")) {
    const Section section = front_end_section(config, name);
    model::Facility& facility = setup.facilities[facility_index(section, setup.facilities)];
    const SourceKind& source = *find_source_kind(section.text("source"));
    if (facility.min_pulse_period.ns > 0 || source.min_pulse_period == nullptr) continue;
    facility.min_pulse_period = std::max(Duration{}, source.min_pulse_period(section));
  }
}

}  // namespace

std::uint32_t facility_index(const Section& section, const std::vector<model::Facility>& facilities) {
  const std::string wanted = section.text("facility");
  for (std::uint32_t i = 0; i < facilities.size(); ++i) {
    if (facilities[i].name == wanted) return i;
  }
  std::vector<std::string_view> known;
  for (const model::Facility& facility : facilities) known.push_back(facility.name);
  throw section.error(
      "facility", fmt::format("there is no facility \"{}\"", wanted),
      known.empty() ? "add a section [facility." + wanted + "]" : hint(wanted, known, "the facilities are"));
}

model::Setup load_setup(const Config& config) {
  check_keys(config);
  const Section general = plain_section(config, "setup");
  const Section storage = plain_section(config, "storage");
  model::Setup setup;
  setup.name = general.text("name");
  try {
    setup.epoch = parse_tai(general.text("epoch"));
  } catch (const ConfigError&) {
    throw;
  } catch (const Error& error) {
    throw general.error("epoch", error.what(), "write a time such as \"2026-01-01T00:00:00\"");
  }
  setup.reorder = general.duration("reorder_ns");
  setup.look_ahead = general.duration("look_ahead_ns");
  setup.storage = {static_cast<std::uint64_t>(storage.integer("roll_over_bytes")),
                   static_cast<std::uint64_t>(storage.integer("chunk_bytes")),
                   static_cast<std::uint64_t>(storage.integer("reserve_bytes")),
                   compression_named(storage.text("compression"))};
  setup.shared_bytes = static_cast<std::uint64_t>(plain_section(config, "link").integer("shared_bytes"));
  for (const std::string& name : config.names("facility")) setup.facilities.push_back(facility_of(config, name));
  for (const std::string& name : config.names("detector")) {
    setup.detectors.push_back(detector_of(config, name, setup.facilities, setup.epoch));
  }
  take_pulse_periods(config, setup);
  check_setup(config, setup);
  return setup;
}

}  // namespace spillway::detectors
