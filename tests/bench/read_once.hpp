#pragma once

#include "daq/base/bytes.hpp"

namespace spillway::bench {

/// Reads all bytes once, as fast as this processor can, and returns something that depends on them: the limit of what
/// must look at its input.
std::uint64_t read_once(ByteView bytes);

}  // namespace spillway::bench
