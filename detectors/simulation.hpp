#pragma once

#include <cstdint>
#include <optional>

#include "daq/base/config.hpp"
#include "daq/model/setup.hpp"

namespace spillway::detectors {

/// How honest the scale of a simulated detector is, and what is known of it.
struct Simulation {
  double signal_rate_scale = 1;  ///< of the simulated rate to the true one
  double background_rate_scale = 1;
  double efficiency = 0;  ///< candidates for each signal event above nominal threshold; 0: not known
};

/// Nothing where the detector's data are not simulated. `config` has passed load_setup().
[[nodiscard]] std::optional<Simulation> simulation_of(const Config& config, const model::Setup& setup,
                                                      std::uint32_t detector);

}  // namespace spillway::detectors
