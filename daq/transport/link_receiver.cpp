#include "daq/transport/link.hpp"
#include "daq/transport/nonblocking.hpp"
#include "daq/transport/options.hpp"

namespace spillway::transport {

namespace {
constexpr int kMostBadMessagesAtOnce = 256;
}

LinkReceiver::LinkReceiver(zmq::context_t& context, std::string link, const std::string& endpoint, std::uint64_t run,
                           std::size_t window_bytes)
    : link_(std::move(link)), run_(run), window_bytes_(window_bytes), socket_(context, zmq::socket_type::router) {
  set_link_options(socket_);
  socket_.set(zmq::sockopt::router_mandatory, true);
  try {
    socket_.bind(endpoint);
  } catch (const zmq::error_t& error) {
    throw Error("cannot bind link " + link_ + " at " + endpoint + ": " + error.what());
  }
  endpoint_ = socket_.get(zmq::sockopt::last_endpoint);
}

std::optional<Message> LinkReceiver::receive() {
  for (int i = 0; i < kMostBadMessagesAtOnce; ++i) {
    // The first part names the connection, then comes the envelope, then perhaps a payload.
    auto parts = receive_all_now(socket_);
    if (!parts) return std::nullopt;
    const std::string connection = parts->front().to_string();
    const zmq::message_t none;
    const zmq::message_t& head = parts->size() > 1 ? (*parts)[1] : none;
    std::size_t payload_bytes = 0;
    for (std::size_t part = 2; part < parts->size(); ++part) payload_bytes += (*parts)[part].size();
    Message message;
    const bool parsed = parts->size() >= 2 && parts->size() <= 3 &&
                        message.envelope.ParseFromArray(head.data(), static_cast<int>(head.size()));
    message.cost = message_cost(message.envelope, head.size(), payload_bytes);
    if (!parsed) {
      discard("unparsable", message.cost, connection == connection_);
      continue;
    }
    if (!accept(message.envelope, connection, message.cost)) continue;
    if (parts->size() == 3) message.payload = std::move(parts->back());
    return message;
  }
  return std::nullopt;
}

bool LinkReceiver::accept(const v1::Envelope& envelope, const std::string& connection, std::size_t cost) {
  const bool of_peer = connection == connection_;
  if (envelope.run() != run_) {
    discard("other_run", cost, of_peer);
  } else if (superseded_.contains(envelope.boot_id())) {
    discard("superseded_boot", cost, of_peer);
  } else if (envelope.has_hello()) {
    take_hello(envelope.boot_id(), connection);
  } else if (!of_peer || envelope.boot_id() != peer_) {
    discard("unknown_boot", cost, of_peer);
  } else if (envelope.number() < expected_number_) {
    discard("repeated_number", cost, true);
  } else {
    if (envelope.number() > expected_number_) discarded_["missing_number"] += envelope.number() - expected_number_;
    expected_number_ = envelope.number() + 1;
    received_ += cost;
    ++messages_;
    return true;
  }
  return false;
}

void LinkReceiver::take_hello(std::uint64_t boot_id, const std::string& connection) {
  // A peer is followed by another only after supersede(): a stranger's hello takes nobody's place.
  if (boot_id == 0 || (peer_ != 0 && boot_id != peer_)) {
    ++discarded_["unknown_boot"];
    return;
  }
  grant_due_ = true;
  // One that is repeated on the same connection has only not heard the grant yet.
  if (boot_id == peer_ && connection == connection_) return;
  peer_ = boot_id;
  connection_ = connection;
  expected_number_ = 1;
  received_ = 0;
  released_ = 0;
  granted_ = 0;
}

void LinkReceiver::discard(const char* reason, std::size_t cost, bool of_peer) {
  ++discarded_[reason];
  if (of_peer && peer_ != 0) {
    received_ += cost;
    release(cost);
  }
}

void LinkReceiver::release(std::size_t cost) {
  // What a superseded process had sent may still be given back here.
  released_ = std::min(released_ + cost, received_);
}

void LinkReceiver::send_back(v1::Envelope envelope) {
  envelope.set_run(run_);
  back_.push_back(std::move(envelope));
  flush();
}

bool LinkReceiver::send_envelope(v1::Envelope& envelope) {
  zmq::message_t head(envelope.ByteSizeLong());
  envelope.SerializeToArray(head.data(), static_cast<int>(head.size()));
  return send_now(socket_, connection_, true) && send_now(socket_, head);
}

void LinkReceiver::flush() {
  if (peer_ == 0) return;
  // Told when it matters: at once while nothing is held, else in steps.
  const std::uint64_t untold = released_ - granted_;
  if (grant_due_ || (untold > 0 && (released_ == received_ || untold >= window_bytes_ / 16))) {
    v1::Envelope envelope;
    envelope.set_run(run_);
    envelope.mutable_grant()->set_boot_id(peer_);
    envelope.mutable_grant()->set_released_bytes(released_);
    envelope.mutable_grant()->set_window_bytes(window_bytes_);
    grant_due_ = !send_envelope(envelope);
    if (grant_due_) return;
    granted_ = released_;
  }
  while (!back_.empty() && send_envelope(back_.front())) {
    back_.pop_front();
    ++messages_;
  }
}

void LinkReceiver::tick() {
  if (released_ != granted_) grant_due_ = true;
  flush();
}

void LinkReceiver::supersede(std::uint64_t boot_id) {
  superseded_.insert(boot_id);
  if (peer_ == boot_id) {
    peer_ = 0;
    connection_.clear();
    back_.clear();
  }
}

}  // namespace spillway::transport
