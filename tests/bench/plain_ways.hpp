#pragma once

#include <string>

#include "tests/bench/crossing.hpp"

namespace spillway::bench {

/// One ZeroMQ message for each `item_bytes`, PUSH to PULL. `endpoint`: "tcp://127.0.0.1:*" or "ipc://...".
[[nodiscard]] Way message_for_each(const std::string& endpoint, std::size_t item_bytes);

/// TCP over the loopback in large sends.
[[nodiscard]] Way raw_tcp();

/// A ring in shared memory with one producer and one consumer: bytes are copied in and looked at in place.
[[nodiscard]] Way shared_ring();

}  // namespace spillway::bench
