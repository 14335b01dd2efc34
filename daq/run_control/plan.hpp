#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "daq/base/config.hpp"
#include "daq/model/setup.hpp"
#include "daq/run_control/conductor.hpp"
#include "daq/run_control/launcher.hpp"

namespace spillway::run_control {

/// [setup] realtime: what small data pass goes before everything else, in a run that keeps pace with the beam.
[[nodiscard]] bool wants_real_time(const Config& config, double speed);

/// The services that a set-up needs. `speed` as in Options.
[[nodiscard]] std::vector<Member> members_of(const Config& config, const model::Setup& setup, double speed);

/// Where things of one run are.
struct Places {
  std::filesystem::path programs;  ///< folder of the executables
  std::filesystem::path data;
  std::filesystem::path run_directory;
  std::string control_endpoint;
};

/// Where cores are scarce, what only watches yields to the path from readout to disk.
inline constexpr int kWatching = 10;

/// How a service is started.
[[nodiscard]] ProcessSpec service_spec(const Member& member, const Places& places);

inline constexpr const char* kWebProcess = "web";
/// How the web server is started; nothing where [web] is switched off.
[[nodiscard]] std::optional<ProcessSpec> web_spec(const Config& config, std::uint64_t run, const Places& places);

}  // namespace spillway::run_control
