#pragma once

#include <span>

#include "daq/model/primitive.hpp"
#include "sim_front_end/source.hpp"

namespace spillway::sim_front_end {

/// A frame of primitives, which are in the order of time and at least one. It lasts until the last of them ends.
[[nodiscard]] SourceFrame primitive_frame(std::size_t stream, std::span<const model::Primitive> primitives);

}  // namespace spillway::sim_front_end
