#include <algorithm>
#include <cstring>
#include <limits>

#include <spdlog/spdlog.h>

#include "daq/transport/link.hpp"
#include "daq/transport/nonblocking.hpp"
#include "daq/transport/options.hpp"

namespace spillway::transport {

namespace {
constexpr int kMostBackMessagesAtOnce = 256;
/// Below it a second message part costs as much as the copies that it saves.
constexpr std::size_t kSmallestShared = std::size_t{16} << 10;
/// So many payloads must find room at once, or sender and receiver would only take turns.
constexpr std::size_t kFewestShared = 4;

bool on_this_host(const std::string& endpoint) {
  return endpoint.starts_with("ipc://");
}

std::span<std::byte> writable(zmq::message_t& message) {
  return {message.data<std::byte>(), message.size()};
}
}  // namespace

zmq::message_t message_of(Bytes bytes) {
  if (bytes.empty()) return {};
  auto kept = std::make_unique<Bytes>(std::move(bytes));
  Bytes* given = kept.release();
  return {given->data(), given->size(), [](void*, void* owner) { delete static_cast<Bytes*>(owner); }, given};
}

std::size_t message_cost(const v1::Envelope& envelope, std::size_t envelope_bytes, std::size_t payload_bytes) {
  constexpr std::size_t kEachMessage = 256;
  return envelope_bytes + payload_bytes + envelope.bulk().datagram_bytes() + kEachMessage;
}

LinkSender::LinkSender(zmq::context_t& context, std::string link, const std::string& endpoint, Identity identity,
                       std::size_t shared_bytes)
    : LinkSender(context, std::move(link), endpoint, identity,
                 shared_bytes > 0 && on_this_host(endpoint) ? OutgoingMemory::make(shared_bytes) : nullptr) {
  sharing_ = shared_bytes > 0 && on_this_host(endpoint);
}

LinkSender::LinkSender(zmq::context_t& context, std::string link, const std::string& endpoint, Identity identity,
                       std::shared_ptr<OutgoingMemory> memory)
    : link_(std::move(link)),
      identity_(identity),
      socket_(context, zmq::socket_type::dealer),
      sharing_(memory && on_this_host(endpoint)),
      memory_(sharing_ ? std::move(memory) : nullptr),
      missing_("no_memory") {
  set_link_options(socket_);
  // Without a connection nothing is queued inside ZeroMQ, where it would be out of sight and uncounted.
  socket_.set(zmq::sockopt::immediate, true);
  socket_.set(zmq::sockopt::reconnect_ivl, 20);
  socket_.set(zmq::sockopt::reconnect_ivl_max, 1000);
  if (memory_) memory_->release_through(std::numeric_limits<std::uint64_t>::max());
  socket_.connect(endpoint);
  send_hello();
}

void LinkSender::send(v1::Envelope envelope, zmq::message_t payload) {
  queue({std::move(envelope), std::move(payload)});
}

void LinkSender::send(v1::Envelope envelope, std::size_t bytes, const Fill& fill) {
  Queued message{std::move(envelope)};
  if (open_ && all_placed() && shares(bytes)) message.place = memory_->take(bytes, number_ + 1);
  if (!message.place && bytes > 0) message.payload = buffers_.make(bytes);
  fill(message.place ? memory_->at(*message.place) : writable(message.payload), message.envelope);
  queue(std::move(message));
}

bool LinkSender::reaches(ByteView payload) const {
  return open_ && memory_ && payload.size() >= kSmallestShared && memory_->place_of(payload);
}

std::uint64_t LinkSender::send_in_place(v1::Envelope envelope, ByteView payload) {
  Queued message{std::move(envelope)};
  message.place = memory_->place_of(payload);
  message.in_place = true;
  queue(std::move(message));
  return number_;
}

void LinkSender::queue(Queued message) {
  v1::Envelope& envelope = message.envelope;
  envelope.set_run(identity_.run);
  envelope.set_boot_id(identity_.boot_id);
  envelope.set_number(++number_);
  const std::size_t payload_bytes = message.place ? message.place->bytes() : message.payload.size();
  message.cost = message_cost(envelope, envelope.ByteSizeLong(), payload_bytes);
  backlog_ += message.cost;
  if (queue_.empty()) waiting_since_ = std::chrono::steady_clock::now();
  queue_.push_back(std::move(message));
}

bool LinkSender::flush() {
  read_back();
  if (!greeted_) send_hello();
  bool sent = false;
  while (!queue_.empty()) {
    Queued& message = queue_.front();
    if (!has_credit(message.cost) || !send_message(message)) break;
    sent_bytes_ += message.cost;
    backlog_ -= message.cost;
    queue_.pop_front();
    sent = true;
  }
  if (sent) waiting_since_ = std::chrono::steady_clock::now();
  return sent;
}

bool LinkSender::has_credit(std::size_t cost) const {
  if (!open_) return false;
  const std::uint64_t under_way = sent_bytes_ - released_bytes_;
  return under_way == 0 || under_way + cost <= window_bytes_;
}

bool LinkSender::may_send(std::size_t bytes) {
  const bool may = all_placed() && has_credit(backlog_ + bytes) && (!shares(bytes) || memory_->fits(bytes));
  if (!may && kept_back_ == 0 && queue_.empty()) waiting_since_ = std::chrono::steady_clock::now();
  kept_back_ = may ? 0 : std::max<std::size_t>(bytes, 1);
  return may;
}

/// Regions are taken in the order of the messages, so none before one that waits for its own.
bool LinkSender::all_placed() const {
  return queue_.empty() || queue_.back().place;
}

bool LinkSender::send_message(Queued& message) {
  const std::size_t bytes = message.payload.size();
  if (!message.place && shares(bytes)) {
    message.place = memory_->take(bytes, message.envelope.number());
    // Memory that is full is credit that is spent: what goes through the socket instead is copied twice more.
    if (!message.place) return false;
    std::memcpy(memory_->at(*message.place).data(), message.payload.data(), bytes);
  }
  if (message.place) {
    if (!send_place(message.envelope, *message.place)) return false;
    ++payloads_[message.in_place ? "in_place" : "shared"];
    return true;
  }
  if (!send_parts(message.envelope, message.payload)) return false;
  if (sharing_ && bytes >= kSmallestShared) count_by_socket(obstacle(bytes));
  return true;
}

bool LinkSender::shares(std::size_t payload_bytes) const {
  return sharing_ && payload_bytes >= kSmallestShared && obstacle(payload_bytes) == nullptr;
}

const char* LinkSender::obstacle(std::size_t payload_bytes) const {
  if (!memory_) return missing_;
  return payload_bytes > memory_->room() / kFewestShared ? "too_large" : nullptr;
}

void LinkSender::count_by_socket(const char* why) {
  if (++payloads_[why] == 1) {
    spdlog::warn("link {}: payloads go through the socket instead of shared memory: {}", link_, why);
  }
}

bool LinkSender::send_place(v1::Envelope& envelope, const v1::SharedPlace& place) {
  zmq::message_t head = written(envelope);
  zmq::message_t where = written(place);
  zmq::message_t no_payload;
  return send_now(socket_, head, true) && send_now(socket_, no_payload, true) && send_now(socket_, where);
}

bool LinkSender::send_parts(v1::Envelope& envelope, zmq::message_t& payload) {
  zmq::message_t head = written(envelope);
  const bool with_payload = !payload.empty();
  if (!send_now(socket_, head, with_payload)) return false;
  // A pipe that took the first part takes the rest.
  if (with_payload) send_now(socket_, payload);
  return true;
}

std::optional<v1::Envelope> LinkSender::receive_back() {
  if (back_.empty()) read_back();
  if (back_.empty()) return std::nullopt;
  v1::Envelope envelope = std::move(back_.front());
  back_.pop_front();
  return envelope;
}

void LinkSender::read_back() {
  for (int i = 0; i < kMostBackMessagesAtOnce; ++i) {
    auto parts = receive_all_now(socket_);
    if (!parts) return;
    v1::Envelope envelope;
    if (parts->size() != 1 || !parse(parts->front(), envelope)) {
      ++discarded_["unparsable"];
    } else if (envelope.run() != identity_.run) {
      ++discarded_["other_run"];
    } else if (envelope.has_grant()) {
      take_grant(envelope.grant());
    } else {
      back_.push_back(std::move(envelope));
    }
  }
}

void LinkSender::take_grant(const v1::Grant& grant) {
  if (grant.boot_id() != identity_.boot_id) {
    ++discarded_["other_boot"];
    return;
  }
  open_ = true;
  if (memory_ && !grant.shared()) {
    missing_ = "not_mapped";
    // What is already there and has not been sent must not go with it.
    for (Queued& message : queue_) {
      if (message.place && message.payload.empty()) {
        const auto payload = memory_->at(*message.place);
        message.payload = zmq::message_t(payload.data(), payload.size());
      }
      message.place.reset();
    }
    memory_.reset();
    taken_number_ = number_;
  }
  if (memory_) {
    // Nobody can have done with what was never sent.
    taken_number_ = std::max(taken_number_, std::min(grant.taken_number(), number_ - queue_.size()));
    memory_->release_through(taken_number_);
  }
  released_bytes_ = std::clamp(grant.released_bytes(), released_bytes_, sent_bytes_);
  window_bytes_ = grant.window_bytes();
}

void LinkSender::send_hello() {
  v1::Envelope hello;
  hello.set_run(identity_.run);
  hello.set_boot_id(identity_.boot_id);
  hello.mutable_hello();
  if (memory_) *hello.mutable_hello()->mutable_shared() = memory_->description();
  zmq::message_t none;
  greeted_ = send_parts(hello, none) || greeted_;
}

void LinkSender::tick() {
  read_back();
  if (!open_) send_hello();
}

void LinkSender::abandon() {
  socket_.set(zmq::sockopt::linger, 0);
}

LinkWait LinkSender::wait() const {
  LinkWait wait{link_, backlog_ + kept_back_, 0};
  if (wait.bytes > 0) {
    wait.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - waiting_since_).count();
  }
  return wait;
}

}  // namespace spillway::transport
