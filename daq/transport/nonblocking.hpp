#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/message_lite.h>
#include <zmq.hpp>

namespace spillway::transport {

/// Receives one part without waiting; false where there is none. Interrupted calls are repeated.
/// Throws zmq::error_t on anything else (a closed context).
bool receive_now(zmq::socket_ref socket, zmq::message_t& part);
/// Receives all parts of one message without waiting.
std::optional<std::vector<zmq::message_t>> receive_all_now(zmq::socket_ref socket);
/// Sends one part without waiting; false where the socket takes none (no peer, a peer that is gone, a full pipe), and
/// `part` is then unchanged.
bool send_now(zmq::socket_ref socket, zmq::message_t& part, bool more = false);
bool send_now(zmq::socket_ref socket, std::string_view text, bool more = false);
/// A part that a protobuf message is written to.
[[nodiscard]] zmq::message_t written(const google::protobuf::MessageLite& message);
/// False where the part is not one.
[[nodiscard]] bool parse(const zmq::message_t& part, google::protobuf::MessageLite& message);

}  // namespace spillway::transport
