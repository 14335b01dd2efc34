#include "sim_front_end/outlet.hpp"

#include <utility>

namespace spillway::sim_front_end {

Outlet::Outlet(service::Host& host, std::string link, std::string process, std::uint64_t run, Way way)
    : host_(host), link_(std::move(link)), process_(std::move(process)), run_(run), way_(way) {}

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
  if (way_.by_udp) {
    const auto socket = peers.find(service::datagrams_link(process_));
    if (socket == peers.end()) throw Error("process " + process_ + " has no UDP socket; is it configured?");
    datagrams_ = std::make_unique<transport::UdpSender>(socket->second);
  }
  endpoint_ = endpoint->second;
  sender_ = std::make_unique<transport::LinkSender>(host_.context(), link_, endpoint_,
                                                    transport::Identity{run_, host_.boot_id()}, way_.shared_bytes);
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
  datagrams_.reset();
  queue_.clear();
  queued_bytes_ = 0;
}

void Outlet::send(OutMessage message) {
  if (!sender_) {
    if (message.envelope.bulk().end_of_stream()) ends_.push_back(std::move(message));
    return;
  }
  if (way_.by_udp) {
    queued_bytes_ += message.envelope.bulk().datagram_bytes();
    queue_.push_back(std::move(message));
    return;
  }
  sender_->send(std::move(message.envelope), transport::message_of(std::move(message.payload)));
}

bool Outlet::flush() {
  if (!sender_) return false;
  bool sent = sender_->flush();
  // Electronics would not wait, but a simulation as fast as it can would only fill the receiver's socket.
  while (!queue_.empty() && sender_->may_send(queue_.front().envelope.bulk().datagram_bytes())) {
    if (!send_datagrams(queue_.front())) break;
    queued_bytes_ -= queue_.front().envelope.bulk().datagram_bytes();
    sender_->send(std::move(queue_.front().envelope));
    queue_.pop_front();
    sent |= sender_->flush();
  }
  return sent;
}

/// True when all of them have gone.
bool Outlet::send_datagrams(OutMessage& message) {
  std::size_t sent = 0;
  while (sent < message.datagrams.size()) {
    const std::size_t now = datagrams_->send(std::span(message.datagrams).subspan(sent));
    if (now == 0) break;
    sent += now;
  }
  message.datagrams.erase(message.datagrams.begin(), message.datagrams.begin() + static_cast<std::ptrdiff_t>(sent));
  return message.datagrams.empty();
}

void Outlet::abandon() {
  if (sender_) sender_->abandon();
}

transport::LinkWait Outlet::wait() const {
  if (sender_) {
    transport::LinkWait wait = sender_->wait();
    wait.bytes = backlog_bytes();
    return wait;
  }
  return {link_, 0, 0};
}

}  // namespace spillway::sim_front_end
