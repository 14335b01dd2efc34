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

/// How far before its own pulse an off-gate may lie.
[[nodiscard]] Duration longest_negative_offset(const model::Facility& facility);

/// What the settings mean together. Throws ConfigError with the key to change.
void check_setup(const Config& config, const model::Setup& setup);

}  // namespace spillway::detectors
