#include "daq/transport/nonblocking.hpp"

#include <cerrno>

namespace spillway::transport {

bool receive_now(zmq::socket_ref socket, zmq::message_t& part) {
  while (zmq_msg_recv(part.handle(), socket.handle(), ZMQ_DONTWAIT) < 0) {
    const int error = zmq_errno();
    if (error == EAGAIN) return false;
    if (error != EINTR) throw zmq::error_t();
  }
  return true;
}

std::optional<std::vector<zmq::message_t>> receive_all_now(zmq::socket_ref socket) {
  std::vector<zmq::message_t> parts(1);
  if (!receive_now(socket, parts.back())) return std::nullopt;
  while (parts.back().more()) {
    zmq::message_t part;
    if (!receive_now(socket, part)) break;
    parts.push_back(std::move(part));
  }
  return parts;
}

bool send_now(zmq::socket_ref socket, zmq::message_t& part, bool more) {
  const int flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0);
  while (zmq_msg_send(part.handle(), socket.handle(), flags) < 0) {
    const int error = zmq_errno();
    if (error == EAGAIN || error == EHOSTUNREACH) return false;
    if (error != EINTR) throw zmq::error_t();
  }
  return true;
}

bool send_now(zmq::socket_ref socket, std::string_view text, bool more) {
  zmq::message_t part(text.data(), text.size());
  return send_now(socket, part, more);
}

zmq::message_t written(const google::protobuf::MessageLite& message) {
  zmq::message_t part(message.ByteSizeLong());
  message.SerializeToArray(part.data(), static_cast<int>(part.size()));
  return part;
}

bool parse(const zmq::message_t& part, google::protobuf::MessageLite& message) {
  return message.ParseFromArray(part.data(), static_cast<int>(part.size()));
}

}  // namespace spillway::transport
