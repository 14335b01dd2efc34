#pragma once

#include <memory>
#include <string>

#include "daq/base/config.hpp"
#include "daq/model/setup.hpp"
#include "sim_front_end/source.hpp"

namespace spillway::sim_front_end {

/// Makes the source of a front end. `replay`, where it is not empty, overrides the file of the configuration.
/// Stream i of the source is stream i of model::streams_of_facility(). Throws Error where the input is not usable.
[[nodiscard]] std::unique_ptr<Source> make_source(const Config& config, const model::Setup& setup,
                                                  const std::string& front_end, std::uint32_t facility,
                                                  const std::string& replay, std::uint64_t seed);

}  // namespace spillway::sim_front_end
