#pragma once

#include <iosfwd>

#include "daq/model/run_summary.hpp"

namespace spillway::cli {

/// What a finished run says of itself, for people.
void print_summary(const model::RunSummary& summary, std::ostream& out);

}  // namespace spillway::cli
