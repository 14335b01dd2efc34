#include "detectors/registry.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "detectors/beam/simulated_beam.hpp"
#include "detectors/caen/caen_digitizer.hpp"
#include "detectors/caen/compass.hpp"
#include "detectors/csi_laapd/csi_laapd.hpp"
#include "detectors/lartpc/chamber.hpp"
#include "detectors/lartpc/wibeth.hpp"
#include "detectors/setup_keys.hpp"

namespace spillway::detectors {

namespace {

constexpr std::array kDetectorKinds = {
    DetectorKind{"caen_digitizer",
                 "Self-triggered CAEN digitiser channels, as CoMPASS records them",
                 caen::kDigitizerKeys,
                 caen::kFinderKeys,
                 caen::kSelectionKeys,
                 {},
                 caen::digitizer_streams,
                 [](const Section&, Timestamp epoch) { return caen::compass_clock(epoch); }},
    DetectorKind{"csi_laapd", "Undoped CsI crystals, each seen by two avalanche photodiodes, read by CAEN DPP-DAW",
                 csi_laapd::kDetectorKeys, csi_laapd::kReadoutKeys, csi_laapd::kOnlineKeys, csi_laapd::kSimulationKeys,
                 csi_laapd::streams, csi_laapd::clock, [](const Section&, const Section&) {}},
    DetectorKind{"lartpc", "A liquid-argon time projection chamber of 100 t, read out by DUNE's interface boards",
                 lartpc::kDetectorKeys, lartpc::kFinderKeys, lartpc::kSelectionKeys, lartpc::kSimulationKeys,
                 lartpc::chamber_streams, [](const Section&, Timestamp epoch) { return lartpc::wib_eth_clock(epoch); },
                 lartpc::check_primitives, lartpc::kChannels, lartpc::first_channel},
};

constexpr std::array kSourceKinds = {
    SourceKind{"compass", "A recorded CoMPASS list file with the beam gate on one channel", caen::kCompassSourceKeys,
               caen::compass_longest_pulse, nullptr, caen::check_compass_source},
    SourceKind{"simulated", "A simulated beam and the simulated detectors beside it", beam::kSimulatedBeamKeys,
               beam::simulated_longest_pulse, beam::simulated_min_pulse_period, beam::check_simulated_source},
};

template <typename Rows>
auto find_row(const Rows& rows, std::string_view name) -> const typename Rows::value_type* {
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.name == name; });
  return row == rows.end() ? nullptr : &*row;
}

struct KindOfKeys {
  std::string_view kind;
  std::span<const KeySpec> keys;
};

/// All kinds that add keys to a section.
std::vector<KindOfKeys> kinds_of(std::string_view section) {
  std::vector<KindOfKeys> kinds;
  if (section == "front_end") {
    for (const SourceKind& kind : kSourceKinds) kinds.push_back({kind.name, kind.keys});
  }
  for (const DetectorKind& kind : kDetectorKinds) {
    if (section == "detector") kinds.push_back({kind.name, kind.detector_keys});
    if (section == "readout") kinds.push_back({kind.name, kind.readout_keys});
    if (section == "online") kinds.push_back({kind.name, kind.online_keys});
    if (section == "simulation") kinds.push_back({kind.name, kind.simulation_keys});
  }
  return kinds;
}

using KeyTables = std::map<std::pair<std::string_view, std::string_view>, std::vector<KeySpec>>;

KeyTables joined_tables() {
  KeyTables tables;
  for (const SectionRow& section : kSections) {
    const std::vector<KeySpec> common(section.common.begin(), section.common.end());
    tables[{section.name, ""}] = common;
    for (const KindOfKeys& kind : kinds_of(section.name)) {
      auto& table = tables[{section.name, kind.kind}];
      table = common;
      table.insert(table.end(), kind.keys.begin(), kind.keys.end());
    }
  }
  return tables;
}

std::string kind_of(const Config& config, std::string_view section, std::string_view key, const std::string& name) {
  const Section common(config, fmt::format("{}.{}", section, name), section_keys(section));
  return common.text(key);
}

Section section_of_detector(const Config& config, std::string_view section, const std::string& detector) {
  return {config, fmt::format("{}.{}", section, detector),
          section_keys(section, kind_of(config, "detector", "kind", detector))};
}

}  // namespace

std::span<const DetectorKind> detector_kinds() {
  return kDetectorKinds;
}
std::span<const SourceKind> source_kinds() {
  return kSourceKinds;
}
const DetectorKind* find_detector_kind(std::string_view name) {
  return find_row(kDetectorKinds, name);
}
const SourceKind* find_source_kind(std::string_view name) {
  return find_row(kSourceKinds, name);
}

std::span<const KeySpec> section_keys(std::string_view section, std::string_view kind) {
  static const KeyTables kTables = joined_tables();
  if (const auto own = kTables.find({section, kind}); own != kTables.end()) return own->second;
  const auto common = kTables.find({section, std::string_view()});
  return common == kTables.end() ? std::span<const KeySpec>() : common->second;
}

std::vector<ExplainedKey> all_keys() {
  std::vector<ExplainedKey> keys;
  for (const SectionRow& section : kSections) {
    const std::string printed = fmt::format("{}{}", section.name, section.named ? ".<name>" : "");
    for (const KeySpec& spec : section.common) keys.push_back({printed, spec});
    for (const KindOfKeys& kind : kinds_of(section.name)) {
      for (const KeySpec& spec : kind.keys) keys.push_back({fmt::format("{} ({})", printed, kind.kind), spec});
    }
  }
  return keys;
}

Section detector_section(const Config& config, const std::string& detector) {
  return section_of_detector(config, "detector", detector);
}
Section readout_section(const Config& config, const std::string& detector) {
  return section_of_detector(config, "readout", detector);
}
Section online_section(const Config& config, const std::string& detector) {
  return section_of_detector(config, "online", detector);
}
Section simulation_section(const Config& config, const std::string& detector) {
  return section_of_detector(config, "simulation", detector);
}
Section front_end_section(const Config& config, const std::string& front_end) {
  return {config, fmt::format("front_end.{}", front_end),
          section_keys("front_end", kind_of(config, "front_end", "source", front_end))};
}
Section plain_section(const Config& config, std::string_view section) {
  return {config, std::string(section), section_keys(section)};
}

}  // namespace spillway::detectors
