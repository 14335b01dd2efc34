#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daq/base/bytes.hpp"
#include "daq/base/config.hpp"
#include "daq/base/error.hpp"
#include "daq/model/fragment.hpp"
#include "daq/model/setup.hpp"
#include "detectors/frame_codec.hpp"

namespace spillway::detectors {

/// What is known about a kind of detector without looking at its data. One row each in kDetectorKinds.
struct DetectorKind {
  std::string_view name;
  std::string_view meaning;
  std::span<const KeySpec> detector_keys;    ///< of [detector.<name>], besides the common ones
  std::span<const KeySpec> readout_keys;     ///< of [readout.<name>]
  std::span<const KeySpec> online_keys;      ///< of [online.<name>]
  std::span<const KeySpec> simulation_keys;  ///< of [simulation.<name>], besides the common ones
  /// Names of its streams ("<detector>/<channel>"), and a check of what only this kind knows (ConfigError).
  std::vector<std::string> (*streams)(const std::string& detector, const Section& section);
  /// How the raw ticks of its streams become TAI in a run that begins at `epoch`.
  ClockSegment (*clock)(const Section& section, Timestamp epoch);
  /// What its other sections must say at the level of primitives (ConfigError); nullptr: it cannot be simulated at it.
  void (*check_primitives)(const Section& readout, const Section& online) = nullptr;
  std::uint32_t stream_channels = 1;  ///< of each stream
  /// Where a stream's channels begin among all of the detector, so that neighbours in space have neighbouring numbers
  /// and no others; nullptr: in the order of the streams.
  std::uint32_t (*first_channel)(const std::string& stream) = nullptr;
};

/// A kind of front end: where frames and pulses come from. One row each in kSourceKinds.
struct SourceKind {
  std::string_view name;
  std::string_view meaning;
  std::span<const KeySpec> keys;  ///< of [front_end.<name>], besides the common ones
  /// The longest pulse it will report: what off-gates must keep clear of.
  Duration (*longest_pulse)(const Section& section);
  Duration (*min_pulse_period)(const Section& section);  ///< null where it is not known
  /// What only this kind knows about feeding the detectors of a facility (ConfigError).
  void (*check)(const Section& section, const model::Setup& setup, std::uint32_t facility);
};

[[nodiscard]] std::span<const DetectorKind> detector_kinds();
[[nodiscard]] std::span<const SourceKind> source_kinds();
/// nullptr where there is none of that name.
[[nodiscard]] const DetectorKind* find_detector_kind(std::string_view name);
[[nodiscard]] const SourceKind* find_source_kind(std::string_view name);

/// Every section and key that a file may have, for `spillway config --explain`: (section as printed, spec).
struct ExplainedKey {
  std::string section;  ///< "setup", "detector.<name>", with " (kind)" where only one kind has it
  KeySpec spec;
};
[[nodiscard]] std::vector<ExplainedKey> all_keys();

/// The checked set-up of a configuration file. Every key of every section is checked, then what they mean together:
/// facilities exist, windows are possible, rings cover the pulse latency. Throws ConfigError with file, line, key,
/// remedy.
[[nodiscard]] model::Setup load_setup(const Config& config);

/// The values of a section of the file with the specs that belong to it (common and kind's). The section must have
/// passed load_setup().
[[nodiscard]] Section detector_section(const Config& config, const std::string& detector);
[[nodiscard]] Section readout_section(const Config& config, const std::string& detector);
[[nodiscard]] Section online_section(const Config& config, const std::string& detector);
[[nodiscard]] Section simulation_section(const Config& config, const std::string& detector);
[[nodiscard]] Section front_end_section(const Config& config, const std::string& front_end);
[[nodiscard]] Section plain_section(const Config& config, std::string_view section);  ///< setup, storage, web

}  // namespace spillway::detectors
