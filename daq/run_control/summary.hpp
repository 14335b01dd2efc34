#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "daq/model/run_summary.hpp"
#include "daq/run_control/conductor.hpp"

namespace spillway::run_control {

/// The run in numbers and words: what the services reported, and what run control saw.
/// COMPLETE only where the event builder closed the books with nothing missing, nothing died and nothing was aborted.
/// `files`: used where the event builder left no report.
[[nodiscard]] model::RunSummary summarize(const Outcome& outcome, std::uint64_t run, const std::string& setup,
                                          Timestamp begin, const std::vector<std::filesystem::path>& files);

}  // namespace spillway::run_control
