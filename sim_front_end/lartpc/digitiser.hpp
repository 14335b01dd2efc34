#pragma once

#include "sim_front_end/digitiser.hpp"

namespace spillway::sim_front_end::lartpc {

/// The 100 t chamber at the beam dump: nu_e-argon events of the pulses, cosmic muons and 39Ar as WIBEth frames on the
/// grid of 32,768 ns since the epoch, or, at the level of primitives, as the hits that the readout finds in these.
///
/// With gated emission the truth of muons is reported where one may show in a frame that is sent; that of 39Ar never.
[[nodiscard]] std::unique_ptr<Digitiser> make_digitiser(const DigitiserRequest& request);

}  // namespace spillway::sim_front_end::lartpc
