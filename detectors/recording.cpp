#include "detectors/recording.hpp"

#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daq/base/error.hpp"

namespace spillway::detectors {

namespace fs = std::filesystem;

namespace {
constexpr int kFormat = 1;
}

fs::path recording_manifest_path(const fs::path& folder) {
  return folder / "manifest.json";
}
fs::path recorded_frames(const fs::path& folder, const std::string& stream) {
  return folder / (stream + ".frames");
}
fs::path recorded_index(const fs::path& folder, const std::string& stream) {
  return folder / (stream + ".index");
}
fs::path recorded_pulses(const fs::path& folder, const std::string& facility) {
  return folder / (facility + ".pulses");
}
fs::path recorded_truth(const fs::path& folder, const std::string& facility) {
  return folder / (facility + ".truth");
}

void write_recording_manifest(const fs::path& folder, const RecordingManifest& manifest) {
  nlohmann::ordered_json json = {{"format", kFormat},
                                 {"seed", manifest.seed},
                                 {"configuration_sha256", manifest.configuration_sha256},
                                 {"gates", manifest.gates},
                                 {"begin_ns", manifest.time.begin.ns},
                                 {"end_ns", manifest.time.end.ns}};
  for (const auto& [name, facility] : manifest.facilities) {
    json["facilities"][name] = {{"reports", facility.reports}, {"truth", facility.truth}};
  }
  for (const auto& [name, stream] : manifest.streams) {
    json["streams"][name] = {{"encoding", stream.encoding.value}, {"frames", stream.frames}, {"bytes", stream.bytes}};
  }
  const fs::path path = recording_manifest_path(folder);
  std::ofstream out(path);
  out << json.dump(1) << '\n';
  if (!out.flush()) throw Error(path.string() + ": cannot be written; is there room on the disk?");
}

RecordingManifest read_recording_manifest(const fs::path& folder) {
  const fs::path path = recording_manifest_path(folder);
  std::ifstream in(path);
  if (!in) {
    throw Error(
        fmt::format("{}: there is no manifest; a recording is a folder that `spillway generate` wrote", path.string()));
  }
  try {
    const auto json = nlohmann::json::parse(in);
    if (json.at("format").get<int>() != kFormat) {
      throw Error(fmt::format("{}: format {} is not known, {} is", path.string(), json.at("format").dump(), kFormat));
    }
    RecordingManifest manifest;
    manifest.seed = json.at("seed").get<std::uint64_t>();
    manifest.configuration_sha256 = json.at("configuration_sha256").get<std::string>();
    manifest.gates = json.at("gates").get<std::uint64_t>();
    manifest.time = {{json.at("begin_ns").get<std::int64_t>()}, {json.at("end_ns").get<std::int64_t>()}};
    for (const auto& [name, facility] : json.at("facilities").items()) {
      manifest.facilities[name] = {facility.at("reports").get<std::uint64_t>(),
                                   facility.at("truth").get<std::uint64_t>()};
    }
    for (const auto& [name, stream] : json.at("streams").items()) {
      manifest.streams[name] = {{stream.at("encoding").get<std::uint32_t>()},
                                stream.at("frames").get<std::uint64_t>(),
                                stream.at("bytes").get<std::uint64_t>()};
    }
    return manifest;
  } catch (const nlohmann::json::exception& problem) {
    throw Error(fmt::format("{}: is damaged ({}); generate the recording again", path.string(), problem.what()));
  }
}

}  // namespace spillway::detectors
