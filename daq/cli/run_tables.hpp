#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "daq/cli/csv.hpp"
#include "daq/model/run_summary.hpp"

namespace spillway::cli {

/// gates, decisions, fragments, missing, dead and pulses of a run's event files, in the order of the files. Throws
/// Error.
[[nodiscard]] std::vector<CsvTable> file_tables(const std::vector<std::filesystem::path>& files);

/// livetime and counts of a run's summary.
[[nodiscard]] std::vector<CsvTable> summary_tables(const model::RunSummary& summary);

}  // namespace spillway::cli
