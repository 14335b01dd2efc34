#include <algorithm>

#include "daq/transport/link.hpp"
#include "daq/transport/nonblocking.hpp"
#include "daq/transport/options.hpp"

namespace spillway::transport {

namespace {
constexpr int kMostBadMessagesAtOnce = 256;
/// Connection, envelope, payload; and where the payload lies in shared memory an empty one and its place.
constexpr std::size_t kEnvelopePart = 1;
constexpr std::size_t kPayloadPart = 2;
constexpr std::size_t kSharedParts = 4;
/// A sender hears of room for another so many parts of the shared memory.
constexpr std::size_t kToldSteps = 8;
/// Or for so many bytes, where most of it is the sender's own.
constexpr std::size_t kMostUntold = std::size_t{4} << 20;
/// And of credit for another so many parts of the window: each time wakes four threads.
constexpr std::uint64_t kHeldSteps = 16;
constexpr std::uint64_t kIdleSteps = 64;

using Parts = std::vector<zmq::message_t>;

bool parse(const Parts& parts, v1::Envelope& envelope, v1::SharedPlace& place) {
  if (parts.size() <= kEnvelopePart || parts.size() > kSharedParts ||
      !transport::parse(parts[kEnvelopePart], envelope)) {
    return false;
  }
  return parts.size() < kSharedParts || (parts[kPayloadPart].empty() && transport::parse(parts.back(), place));
}

/// What the sender was charged, which is so even where the place is none of ours; nothing that memory can have is
/// larger than kMostBytes.
std::size_t cost_of(const v1::Envelope& envelope, const Parts& parts, const v1::SharedPlace& place) {
  std::size_t payload_bytes = place.bytes() <= IncomingMemory::kMostBytes ? place.bytes() : 0;
  if (parts.size() > kPayloadPart) payload_bytes += parts[kPayloadPart].size();
  return message_cost(envelope, parts.size() > kEnvelopePart ? parts[kEnvelopePart].size() : 0, payload_bytes);
}
}  // namespace

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

std::optional<Message> LinkReceiver::receive(const Placing& placing) {
  // A sender that waits for room must not wait for the end of our caller's turn.
  if (memory_ && untold_bytes_ >= std::min(memory_->size() / kToldSteps, kMostUntold)) tell_credit();
  for (int i = 0; i < kMostBadMessagesAtOnce; ++i) {
    auto parts = receive_all_now(socket_);
    if (!parts) return std::nullopt;
    const std::string connection = parts->front().to_string();
    Message message;
    v1::SharedPlace place;
    const bool parsed = parse(*parts, message.envelope, place);
    const bool elsewhere = parts->size() == kSharedParts;
    const bool held = elsewhere && memory_ && memory_->holds(place);
    message.cost = cost_of(message.envelope, *parts, place);
    if (!parsed) {
      discard("unparsable", message.cost, connection == connection_);
      continue;
    }
    if (!accept(message.envelope, connection, message.cost)) continue;
    if (elsewhere && !held) {
      ++discarded_["bad_place"];
      release(message.cost);
      continue;
    }
    ++messages_;
    if (held) {
      take_payload(message, memory_->at(place), placing);
      untold_bytes_ += place.bytes();
    } else if (parts->size() > kPayloadPart) {
      message.payload = std::move((*parts)[kPayloadPart]);
      if (placing) take_payload(message, message.payload_bytes(), placing);
    }
    return message;
  }
  return std::nullopt;
}

/// Copies a payload that another process may still be changing, or that shall lie elsewhere.
void LinkReceiver::take_payload(Message& message, ByteView payload, const Placing& placing) {
  std::span<std::byte> to;
  if (placing && !payload.empty()) to = placing(message.envelope, payload.size());
  if (!to.empty()) {
    copy(message, to, payload, true);
    message.placed = to.first(payload.size());
    message.payload = {};
  } else if (message.payload.empty()) {
    message.payload = buffers_.make(payload.size());
    copy(message, {message.payload.data<std::byte>(), payload.size()}, payload, placing != nullptr);
  }
}

void LinkReceiver::copy(Message& message, std::span<std::byte> to, ByteView payload, bool by_item) {
  if (by_item && message.envelope.has_bulk()) {
    message.crc32c = copy_summing_items(message.envelope.bulk(), to, payload, message.item_crc32c);
  } else {
    message.crc32c = copy_summing(to, payload);
  }
}

bool LinkReceiver::accept(const v1::Envelope& envelope, const std::string& connection, std::size_t cost) {
  const bool of_peer = connection == connection_;
  if (envelope.run() != run_) {
    discard("other_run", cost, of_peer);
  } else if (superseded_.contains(envelope.boot_id())) {
    discard("superseded_boot", cost, of_peer);
  } else if (envelope.has_hello()) {
    take_hello(envelope, connection);
  } else if (!of_peer || envelope.boot_id() != peer_) {
    discard("unknown_boot", cost, of_peer);
  } else if (envelope.number() < expected_number_) {
    discard("repeated_number", cost, true);
  } else {
    if (envelope.number() > expected_number_) discarded_["missing_number"] += envelope.number() - expected_number_;
    expected_number_ = envelope.number() + 1;
    received_ += cost;
    return true;
  }
  return false;
}

void LinkReceiver::take_hello(const v1::Envelope& envelope, const std::string& connection) {
  const std::uint64_t boot_id = envelope.boot_id();
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
  untold_bytes_ = 0;
  memory_ = envelope.hello().has_shared() ? IncomingMemory::map(envelope.hello().shared()) : nullptr;
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
  zmq::message_t head = written(envelope);
  return send_now(socket_, connection_, true) && send_now(socket_, head);
}

void LinkReceiver::tell_credit() {
  v1::Envelope envelope;
  envelope.set_run(run_);
  v1::Grant& grant = *envelope.mutable_grant();
  grant.set_boot_id(peer_);
  grant.set_released_bytes(released_);
  grant.set_window_bytes(window_bytes_);
  grant.set_shared(memory_ != nullptr);
  grant.set_taken_number(expected_number_ - 1);
  grant_due_ = !send_envelope(envelope);
  if (grant_due_) return;
  granted_ = released_;
  untold_bytes_ = 0;
}

void LinkReceiver::flush() {
  if (peer_ == 0) return;
  // Told when it matters, which is sooner while nothing is held; what is less is told by tick().
  const std::uint64_t untold = released_ - granted_;
  const std::uint64_t step = window_bytes_ / (released_ == received_ ? kIdleSteps : kHeldSteps);
  if (grant_due_ || (untold > 0 && untold >= step)) {
    tell_credit();
    if (grant_due_) return;
  }
  while (!back_.empty() && send_envelope(back_.front())) {
    back_.pop_front();
    ++messages_;
  }
}

void LinkReceiver::tick() {
  if (released_ != granted_ || untold_bytes_ > 0) grant_due_ = true;
  flush();
}

void LinkReceiver::supersede(std::uint64_t boot_id) {
  superseded_.insert(boot_id);
  if (peer_ == boot_id) {
    peer_ = 0;
    connection_.clear();
    back_.clear();
    memory_.reset();
    untold_bytes_ = 0;
  }
}

}  // namespace spillway::transport
