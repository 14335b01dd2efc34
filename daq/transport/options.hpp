#pragma once

#include <zmq.hpp>

namespace spillway::transport {

/// Options of both ends of a link. Credit bounds the bytes, so ZeroMQ counts no messages; closing waits for what is
/// under way, but never long enough to miss the two seconds in which a service must leave.
inline void set_link_options(zmq::socket_t& socket) {
  socket.set(zmq::sockopt::sndhwm, 0);
  socket.set(zmq::sockopt::rcvhwm, 0);
  socket.set(zmq::sockopt::linger, 1000);
  socket.set(zmq::sockopt::maxmsgsize, std::int64_t{1} << 31);
}

}  // namespace spillway::transport
