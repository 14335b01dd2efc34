#include "daq/run_control/sockets.hpp"

#include <fmt/format.h>

#include "daq/transport/nonblocking.hpp"

namespace spillway::run_control {

namespace {

constexpr int kMostQueriesAtOnce = 16;

}  // namespace

Sockets::Sockets(zmq::context_t& context, const std::string& folder)
    : control_(context, zmq::socket_type::router),
      query_(context, zmq::socket_type::rep),
      status_(context, zmq::socket_type::pub),
      control_endpoint_("ipc://" + folder + "/control"),
      query_endpoint_("ipc://" + folder + "/query"),
      status_endpoint_("ipc://" + folder + "/status") {
  for (auto* socket : {&control_, &query_, &status_}) socket->set(zmq::sockopt::linger, 200);
  control_.set(zmq::sockopt::router_mandatory, true);
  control_.set(zmq::sockopt::sndhwm, 0);
  control_.set(zmq::sockopt::rcvhwm, 0);
  control_.bind(control_endpoint_);
  query_.bind(query_endpoint_);
  status_.bind(status_endpoint_);
}

std::optional<v1::Report> Sockets::receive_report() {
  while (auto parts = transport::receive_all_now(control_)) {
    v1::Report report;
    if (parts->size() == 2 && transport::parse(parts->back(), report) &&
        parts->front().to_string_view() == fmt::format("{}/{}", report.process(), report.boot_id())) {
      return report;
    }
  }
  return std::nullopt;
}

bool Sockets::send(const std::string& process, std::uint64_t boot_id, const v1::Command& command) {
  return transport::send_now(control_, fmt::format("{}/{}", process, boot_id), true) &&
         transport::send_now(control_, command.SerializeAsString());
}

void Sockets::answer_queries(const std::function<v1::QueryReply(const v1::Query&)>& answer) {
  for (int i = 0; i < kMostQueriesAtOnce; ++i) {
    const auto parts = transport::receive_all_now(query_);
    if (!parts) return;
    v1::Query query;
    v1::QueryReply reply;
    if (parts->size() == 1 && transport::parse(parts->front(), query)) {
      reply = answer(query);
    } else {
      reply.set_error("not a query");
    }
    transport::send_now(query_, reply.SerializeAsString());
  }
}

void Sockets::publish(const v1::RunStatus& status) {
  transport::send_now(status_, status.SerializeAsString());
}

}  // namespace spillway::run_control
