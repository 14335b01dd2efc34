#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "daq/base/config.hpp"
#include "daq/base/time.hpp"

namespace spillway::sim_front_end {

struct RecordOptions {
  std::filesystem::path folder;  ///< made where it is not there; must be empty
  std::uint64_t gates = 0;       ///< on-gates of all facilities in the order of time
  std::uint64_t seed = 1;
};

/// Writes what the simulated front ends of a configuration would send in a run of so many gates: frames, pulses and
/// truth, and a manifest (detectors/recording.hpp). Playing it gives the run that the same configuration and seed give
/// live. `progress` is told how far it is, from 0 to 1. Throws Error.
void record(const Config& config, const RecordOptions& options, const std::function<void(double)>& progress);

}  // namespace spillway::sim_front_end
