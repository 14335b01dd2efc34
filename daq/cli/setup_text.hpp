#pragma once

#include <iosfwd>

#include <nlohmann/json.hpp>

#include "daq/model/setup.hpp"

namespace spillway::cli {

/// The gates, windows, rings and look-ahead of a checked set-up, as short tables.
void print_setup(const model::Setup& setup, std::ostream& out);
[[nodiscard]] nlohmann::ordered_json setup_json(const model::Setup& setup);

}  // namespace spillway::cli
