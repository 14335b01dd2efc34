#include "sim_front_end/outlet.hpp"

#include <utility>

namespace spillway::sim_front_end {

Outlet::Outlet(service::Host& host, std::string link, std::string process, std::uint64_t run)
    : host_(host), link_(std::move(link)), process_(std::move(process)), run_(run) {}

Outlet::~Outlet() {
  drop_sender();
}

bool Outlet::connect(const service::Endpoints& peers) {
  const auto endpoint = peers.find(link_);
  if (endpoint == peers.end()) {
    if (endpoint_.empty()) throw Error("link " + link_ + " has no endpoint; is process " + process_ + " configured?");
    return false;
  }
  // The same endpoint again is the one that is in use, or the one that was lost.
  if (endpoint->second == endpoint_) return false;
  drop_sender();
  endpoint_ = endpoint->second;
  sender_ = std::make_unique<transport::LinkSender>(host_.context(), link_, endpoint_,
                                                    transport::Identity{run_, host_.boot_id()});
  host_.reactor().watch(sender_->socket(), [this] { flush(); });
  for (OutMessage& message : std::exchange(ends_, {})) send(std::move(message));
  return true;
}

void Outlet::lose() {
  if (sender_) sender_->abandon();
  drop_sender();
}

void Outlet::drop_sender() {
  if (!sender_) return;
  host_.reactor().unwatch(sender_->socket());
  sender_.reset();
}

void Outlet::send(OutMessage message) {
  if (!sender_) {
    if (message.envelope.bulk().end_of_stream()) ends_.push_back(std::move(message));
    return;
  }
  sender_->send(std::move(message.envelope), zmq::message_t(message.payload.data(), message.payload.size()));
}

void Outlet::abandon() {
  if (sender_) sender_->abandon();
}

transport::LinkWait Outlet::wait() const {
  if (sender_) return sender_->wait();
  return {link_, 0, 0};
}

}  // namespace spillway::sim_front_end
