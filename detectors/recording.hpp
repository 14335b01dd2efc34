#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "daq/base/time.hpp"
#include "daq/model/fragment.hpp"

namespace spillway::detectors {

/// What `manifest.json` in the folder of a recording says: how it was made, and what there must be in it.
struct RecordingManifest {
  struct Stream {
    model::Encoding encoding;
    std::uint64_t frames = 0;
    std::uint64_t bytes = 0;
  };
  struct Facility {
    std::uint64_t reports = 0;  ///< of pulses
    std::uint64_t truth = 0;    ///< simulated events
  };
  std::uint64_t seed = 0;
  std::string configuration_sha256;  ///< of the file's text and its overrides
  std::uint64_t gates = 0;           ///< on-gates of all facilities
  Interval time;                     ///< [T0, T1): the run that it holds
  std::map<std::string, Stream> streams;
  std::map<std::string, Facility> facilities;
};

/// "manifest.json"
[[nodiscard]] std::filesystem::path recording_manifest_path(const std::filesystem::path& folder);
/// Throws Error naming the file and what is wrong.
void write_recording_manifest(const std::filesystem::path& folder, const RecordingManifest& manifest);
[[nodiscard]] RecordingManifest read_recording_manifest(const std::filesystem::path& folder);

// Files of a recording, beside the manifest.
/// The electronics' own bytes, end to end: "<stream>.frames".
[[nodiscard]] std::filesystem::path recorded_frames(const std::filesystem::path& folder, const std::string& stream);
/// A RecordedFrame for each: "<stream>.index".
[[nodiscard]] std::filesystem::path recorded_index(const std::filesystem::path& folder, const std::string& stream);
/// When a report came (int64, TAI ns) and its 80-byte BeamPulse record, one behind the other: "<facility>.pulses".
[[nodiscard]] std::filesystem::path recorded_pulses(const std::filesystem::path& folder, const std::string& facility);
/// Length-delimited v1.TruthEvent messages: "<facility>.truth".
[[nodiscard]] std::filesystem::path recorded_truth(const std::filesystem::path& folder, const std::string& facility);

/// Row of an index file, little-endian, packed.
struct RecordedFrame {
  std::int64_t begin_ns = 0;  ///< TAI
  std::int64_t end_ns = 0;
  std::uint64_t bytes = 0;
};
static_assert(sizeof(RecordedFrame) == 24);

}  // namespace spillway::detectors
