#pragma once

#include <string>

#include "daq/model/run_summary.hpp"

namespace spillway::storage {

/// What a finished run says of itself, for people: lines and tables.
[[nodiscard]] std::string summary_text(const model::RunSummary& summary);

}  // namespace spillway::storage
