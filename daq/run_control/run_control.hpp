#pragma once

#include <filesystem>

#include "daq/run_control/options.hpp"

namespace spillway::run_control {

/// Takes one run from configuration to summary. `programs`: folder of the services' executables.
/// Returns 0 for a COMPLETE run, 1 for another, 2 where it could not be set up (said on standard error).
int take_run(const Options& options, const std::filesystem::path& programs);

}  // namespace spillway::run_control
