#pragma once

#include <cstdint>
#include <vector>

#include "daq/base/config.hpp"
#include "daq/model/setup.hpp"

namespace spillway::detectors {

/// Index of the facility that a section names. Throws ConfigError where there is none of that name.
[[nodiscard]] std::uint32_t facility_index(const Section& section, const std::vector<model::Facility>& facilities);

/// The longest gate, with its readout window, of a facility's detectors; `longest_pulse` is the facility's.
[[nodiscard]] Duration longest_window(const model::Setup& setup, std::uint32_t facility, Duration longest_pulse);

/// The same, with the longest pulse that the facility's front end may report.
[[nodiscard]] Duration longest_window(const Config& config, const model::Setup& setup, std::uint32_t facility);

/// How far before its pulse a gate may begin: only when pulses are known this far are gates.
[[nodiscard]] Duration gate_lead(const model::Facility& facility);

/// What the settings mean together. Throws ConfigError with the key to change.
void check_setup(const Config& config, const model::Setup& setup);

}  // namespace spillway::detectors
