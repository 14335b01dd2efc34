#include "daq/cli/query.hpp"

#include <fmt/format.h>
#include <zmq.hpp>

#include "daq/base/error.hpp"

namespace spillway::cli {

v1::QueryReply ask(const std::string& endpoint, const v1::Query& query, std::chrono::milliseconds patience) {
  const auto silent = [&] {
    return Error(fmt::format("run control at {} did not answer within {} ms; look whether its process still runs",
                             endpoint, patience.count()));
  };
  try {
    zmq::context_t context;
    zmq::socket_t socket(context, zmq::socket_type::req);
    const int timeout_ms = static_cast<int>(patience.count());
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::sndtimeo, timeout_ms);
    socket.set(zmq::sockopt::rcvtimeo, timeout_ms);
    socket.connect(endpoint);
    if (!socket.send(zmq::buffer(query.SerializeAsString()), zmq::send_flags::none)) throw silent();
    zmq::message_t answer;
    if (!socket.recv(answer)) throw silent();
    v1::QueryReply reply;
    if (!reply.ParseFromArray(answer.data(), static_cast<int>(answer.size()))) {
      throw Error(fmt::format("what answers at {} is not run control of this version", endpoint));
    }
    return reply;
  } catch (const zmq::error_t& error) {
    throw Error(fmt::format("run control at {} cannot be asked: {}; ask on the host of the run, as its user", endpoint,
                            error.what()));
  }
}

}  // namespace spillway::cli
