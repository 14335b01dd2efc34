#pragma once

#include <filesystem>
#include <string>

#include "daq/model/run_summary.hpp"
#include "daq/run_control/conductor.hpp"

namespace spillway::run_control {

/// The run in numbers and words: what the services reported, and what run control saw.
/// COMPLETE only where the event builder closed the books with nothing missing, nothing died and nothing was aborted.
/// `files`: used where the event builder left no report.
[[nodiscard]] model::RunSummary summarize(const Outcome& outcome, std::uint64_t run, const std::string& setup,
                                          Timestamp begin, const std::vector<std::string>& files);

/// Event files in a run folder, closed or not, as absolute paths in order.
[[nodiscard]] std::vector<std::string> event_files_in(const std::filesystem::path& run_directory);

/// The summary as text with tables.
[[nodiscard]] std::string summary_text(const model::RunSummary& summary);

}  // namespace spillway::run_control
