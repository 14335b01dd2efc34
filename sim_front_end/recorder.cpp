#include "sim_front_end/recorder.hpp"

#include <algorithm>
#include <fstream>
#include <map>

#include <fmt/format.h>
#include <google/protobuf/util/delimited_message_util.h>

#include "daq/base/bytes.hpp"
#include "daq/model/gate.hpp"
#include "daq/model/setup.hpp"
#include "daq/proto/beam_pulse.hpp"
#include "daq/proto/convert.hpp"
#include "detectors/beam/simulated_beam.hpp"
#include "detectors/recording.hpp"
#include "detectors/registry.hpp"
#include "detectors/setup_checks.hpp"
#include "sim_front_end/beam_schedule.hpp"
#include "sim_front_end/source_table.hpp"

namespace spillway::sim_front_end {

namespace fs = std::filesystem;

namespace {

/// A file that says by name when it cannot be written.
class Output {
 public:
  explicit Output(const fs::path& path) : path_(path) {
    fs::create_directories(path.parent_path());
    stream_.open(path, std::ios::binary | std::ios::trunc);
    check();
  }
  void write(ByteView bytes) {
    stream_.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    check();
  }
  std::ofstream& stream() { return stream_; }
  void close() {
    stream_.close();
    check();
  }

 private:
  void check() const {
    if (!stream_) throw Error(path_.string() + ": cannot be written; is there room on the disk?");
  }
  fs::path path_;
  std::ofstream stream_;
};

struct FrontEnd {
  std::string name;
  std::uint32_t facility = 0;
  BeamSchedule beam;
};

std::vector<FrontEnd> simulated_front_ends(const Config& config, const model::Setup& setup, std::uint64_t seed) {
  std::vector<FrontEnd> found;
  for (const std::string& name : config.names("front_end")) {
    const Section section = detectors::front_end_section(config, name);
    if (section.text("source") != "simulated") {
      throw section.error("source", fmt::format("\"{}\" is not simulated", section.text("source")),
                          "only simulated front ends can be written to files; set source = \"simulated\"");
    }
    const std::uint32_t facility = detectors::facility_index(section, setup.facilities);
    found.push_back(
        {name, facility,
         BeamSchedule(detectors::beam::simulated_beam(section, setup.epoch), setup.facilities[facility].name, seed)});
  }
  return found;
}

/// T1: the begin of on-gate `gates` + 1 of all facilities, as the trigger will find it.
Timestamp end_of_run(const model::Setup& setup, const std::vector<FrontEnd>& front_ends, std::uint64_t gates,
                     std::uint64_t seed) {
  constexpr Duration kStep = seconds(1);
  constexpr Duration kLongest = seconds(86'400LL * 366);
  for (Duration length = kStep;; length = length + length) {
    if (length > kLongest) {
      throw Error(fmt::format("there are no {} gates in a year of this beam; ask for fewer", gates));
    }
    std::vector<Timestamp> begins;
    for (const FrontEnd& front_end : front_ends) {
      const model::Facility& facility = setup.facilities[front_end.facility];
      std::vector<model::Pulse> pulses;
      front_end.beam.pulses({setup.epoch, setup.epoch + length}, pulses);
      // What is reported too late makes no gate.
      const auto late = [&](const model::Pulse& pulse) {
        return front_end.beam.delay_of(pulse.id) > facility.max_pulse_lateness;
      };
      std::erase_if(pulses, late);
      for (const model::Gate& gate :
           model::gates_from_pulses(pulses, facility, seed, {setup.epoch, setup.epoch + length})) {
        if (gate.kind == model::GateKind::kOn) begins.push_back(gate.time.begin);
      }
    }
    if (begins.size() <= gates) continue;
    std::nth_element(begins.begin(), begins.begin() + static_cast<std::ptrdiff_t>(gates), begins.end());
    return begins[gates];
  }
}

class FacilityRecorder {
 public:
  FacilityRecorder(const fs::path& folder, const Config& config, const model::Setup& setup, const FrontEnd& front_end,
                   std::uint64_t seed)
      : source_(make_source(config, setup, front_end.name, front_end.facility, "", seed)),
        names_(model::streams_of_facility(setup, front_end.facility)),
        facility_(setup.facilities[front_end.facility].name),
        pulses_(detectors::recorded_pulses(folder, facility_)),
        truth_(detectors::recorded_truth(folder, facility_)) {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      frames_.emplace_back(detectors::recorded_frames(folder, names_[i]));
      indices_.emplace_back(detectors::recorded_index(folder, names_[i]));
      books_.push_back({source_->encoding(i), 0, 0});
    }
  }

  void advance(Timestamp bound) {
    batch_.clear();
    source_->advance(bound, batch_);
    for (const SourceFrame& frame : batch_.frames) {
      const detectors::RecordedFrame row{frame.time.begin.ns, frame.time.end.ns, frame.bytes.size()};
      indices_[frame.stream].write(std::as_bytes(std::span(&row, 1)));
      frames_[frame.stream].write(frame.bytes);
      ++books_[frame.stream].frames;
      books_[frame.stream].bytes += frame.bytes.size();
    }
    for (const PulseReport& report : batch_.pulses) {
      pulses_.write(std::as_bytes(std::span(&report.at.ns, 1)));
      pulses_.write(proto::encode_beam_pulse(report.pulse, proto::FacilityCode::kEmulated,
                                             static_cast<std::uint32_t>(++facility_books_.reports)));
    }
    for (const model::TruthEvent& event : batch_.truth) {
      google::protobuf::util::SerializeDelimitedToOstream(proto::to_proto(event), &truth_.stream());
      ++facility_books_.truth;
    }
  }
  [[nodiscard]] Timestamp watermark() const { return source_->watermark(); }

  void close(detectors::RecordingManifest& manifest) {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      frames_[i].close();
      indices_[i].close();
      manifest.streams[names_[i]] = books_[i];
    }
    pulses_.close();
    truth_.close();
    manifest.facilities[facility_] = facility_books_;
  }

 private:
  std::unique_ptr<Source> source_;
  std::vector<std::string> names_;
  std::string facility_;
  std::vector<Output> frames_;
  std::vector<Output> indices_;
  Output pulses_;
  Output truth_;
  std::vector<detectors::RecordingManifest::Stream> books_;
  detectors::RecordingManifest::Facility facility_books_;
  Batch batch_;
};

}  // namespace

void record(const Config& config, const RecordOptions& options, const std::function<void(double)>& progress) {
  const model::Setup setup = detectors::load_setup(config);
  std::error_code none;
  if (fs::exists(options.folder) && !fs::is_empty(options.folder, none)) {
    throw Error(fmt::format("{}: is there and not empty; name a new folder", options.folder.string()));
  }
  const std::vector<FrontEnd> front_ends = simulated_front_ends(config, setup, options.seed);

  detectors::RecordingManifest manifest;
  manifest.seed = options.seed;
  manifest.configuration_sha256 = Sha256().update(as_byte_view(config.text())).hex();
  manifest.gates = options.gates;
  manifest.time = {setup.epoch, end_of_run(setup, front_ends, options.gates, options.seed)};
  for (const FrontEnd& front_end : front_ends) {
    FacilityRecorder recorder(options.folder, config, setup, front_end, options.seed);
    const model::Facility& facility = setup.facilities[front_end.facility];
    const Timestamp end = manifest.time.end + detectors::longest_window(config, setup, front_end.facility) +
                          detectors::gate_lead(facility) + setup.reorder + facility.max_pulse_lateness;
    while (recorder.watermark() < end) {
      recorder.advance(end);
      progress((recorder.watermark() - setup.epoch).seconds() / (end - setup.epoch).seconds());
    }
    recorder.close(manifest);
  }
  write_recording_manifest(options.folder, manifest);
}

}  // namespace spillway::sim_front_end
