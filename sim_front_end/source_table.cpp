#include "sim_front_end/source_table.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "detectors/beam/simulated_beam.hpp"
#include "detectors/registry.hpp"
#include "sim_front_end/compass_source.hpp"
#include "sim_front_end/recorded_source.hpp"
#include "sim_front_end/simulated_source.hpp"

namespace spillway::sim_front_end {

namespace {

struct Request {
  const Config& config;
  const model::Setup& setup;
  const Section& section;  ///< of the front end
  std::uint32_t facility;
  const std::string& replay;
  std::uint64_t seed;
};

std::unique_ptr<Source> make_compass(const Request& request) {
  const std::string file = request.replay.empty() ? request.section.text("file") : request.replay;
  if (file.empty()) {
    throw request.section.error("file", "there is no file to play", "name a CoMPASS list file here or with --replay");
  }
  CompassSelection selection;
  for (const std::string& stream : model::streams_of_facility(request.setup, request.facility)) {
    const auto& detector = request.setup.detectors[model::detector_of_stream(request.setup, stream)];
    const int channel = std::stoi(stream.substr(stream.rfind('/') + 1));
    selection.streams.push_back({static_cast<std::uint16_t>(channel),
                                 detectors::detector_section(request.config, detector.name).number("sample_ns")});
  }
  selection.gate_channel = static_cast<std::uint16_t>(request.section.integer("gate_channel"));
  selection.board = request.section.integer("board");
  selection.pulse_length = request.section.duration("pulse_length_ns");
  selection.protons_per_pulse = request.section.number("protons_per_pulse");
  selection.reorder = request.setup.reorder;
  selection.epoch = request.setup.epoch;
  return std::make_unique<CompassSource>(file, std::move(selection));
}

std::unique_ptr<Source> make_simulated(const Request& request) {
  const model::Facility& facility = request.setup.facilities[request.facility];
  BeamSchedule beam(detectors::beam::simulated_beam(request.section, request.setup.epoch), facility.name, request.seed);
  if (!request.replay.empty()) {
    return std::make_unique<RecordedSource>(request.replay, facility.name,
                                            model::streams_of_facility(request.setup, request.facility),
                                            request.setup.epoch, promised_delay(beam, facility));
  }
  std::vector<std::unique_ptr<Digitiser>> digitisers;
  for (std::uint32_t d = 0; d < request.setup.detectors.size(); ++d) {
    if (request.setup.detectors[d].facility != request.facility) continue;
    digitisers.push_back(make_digitiser({request.config, request.setup, d, request.seed}));
  }
  return std::make_unique<SimulatedSource>(request.setup, request.facility, std::move(beam), std::move(digitisers),
                                           request.seed);
}

struct SourceRow {
  std::string_view kind;
  std::unique_ptr<Source> (*make)(const Request& request);
};
constexpr std::array kSources = {SourceRow{"compass", make_compass}, SourceRow{"simulated", make_simulated}};

}  // namespace

std::unique_ptr<Source> make_source(const Config& config, const model::Setup& setup, const std::string& front_end,
                                    std::uint32_t facility, const std::string& replay, std::uint64_t seed) {
  const Section section = detectors::front_end_section(config, front_end);
  const std::string kind = section.text("source");
  const auto* row = std::find_if(kSources.begin(), kSources.end(), [&](const SourceRow& r) { return r.kind == kind; });
  if (row == kSources.end()) {
    throw section.error("source", fmt::format("this executable has no source \"{}\"", kind), "use \"compass\"");
  }
  return row->make({config, setup, section, facility, replay, seed});
}

}  // namespace spillway::sim_front_end
