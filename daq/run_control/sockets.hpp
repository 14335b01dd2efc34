#pragma once

#include <functional>
#include <optional>
#include <string>

#include <zmq.hpp>

#include "daq/proto/control.pb.h"

namespace spillway::run_control {

/// The three sockets of a run: ROUTER to the services, REP for questions, PUB for the status. None of them ever blocks.
class Sockets {
 public:
  /// Binds in the run's private socket folder.
  Sockets(zmq::context_t& context, const std::string& folder);

  [[nodiscard]] const std::string& control_endpoint() const { return control_endpoint_; }
  [[nodiscard]] const std::string& query_endpoint() const { return query_endpoint_; }
  [[nodiscard]] const std::string& status_endpoint() const { return status_endpoint_; }
  [[nodiscard]] zmq::socket_ref control() { return control_; }
  [[nodiscard]] zmq::socket_ref query() { return query_; }

  /// The next report; what cannot be read, or was not sent by the process that it names, is skipped.
  std::optional<v1::Report> receive_report();
  /// False where the process is gone.
  bool send(const std::string& process, std::uint64_t boot_id, const v1::Command& command);
  void answer_queries(const std::function<v1::QueryReply(const v1::Query&)>& answer);
  void publish(const v1::RunStatus& status);

 private:
  zmq::socket_t control_;
  zmq::socket_t query_;
  zmq::socket_t status_;
  std::string control_endpoint_, query_endpoint_, status_endpoint_;
};

}  // namespace spillway::run_control
