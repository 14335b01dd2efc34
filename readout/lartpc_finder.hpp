#pragma once

#include "readout/finder.hpp"

namespace spillway::readout {

/// Hits on the wires of one link of a LArTPC, with the fastest instructions that the processor has.
[[nodiscard]] StreamElectronics make_lartpc(const Config& config, const model::Setup& setup,
                                            const model::Detector& detector, const std::string& stream);

}  // namespace spillway::readout
