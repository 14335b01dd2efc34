#pragma once

#include "daq/cli/command.hpp"

namespace spillway::cli {

// What `spillway expect` and `spillway sensitivity` do for each facility.
Action define_expect_ess(CLI::App& app);
Action define_expect_level(CLI::App& app);
Action define_expect_facilities(CLI::App& app);
Action define_sensitivity_ess(CLI::App& app);
Action define_sensitivity_level(CLI::App& app);

}  // namespace spillway::cli
