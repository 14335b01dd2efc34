#include "sim_front_end/stream_message.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "daq/transport/link.hpp"

namespace spillway::sim_front_end {

namespace {
constexpr std::size_t kFullBytes = std::size_t{256} << 10;
}

StreamMessage::StreamMessage(std::string stream, model::Encoding encoding, Timestamp covered_from)
    : stream_(std::move(stream)),
      encoding_(encoding),
      covered_from_(covered_from),
      watermark_(covered_from),
      last_(Timestamp::min()) {}

bool StreamMessage::full_before(Timestamp time) const {
  return payload_.size() + announced_bytes_ >= kFullBytes && time > last_;
}

void StreamMessage::add(Timestamp time, ByteView item) {
  assert(time >= last_ && time >= covered_from_);
  last_ = time;
  add(item);
}

void StreamMessage::add(ByteView item) {
  sizes_.push_back(static_cast<std::uint32_t>(item.size()));
  append(payload_, item);
}

void StreamMessage::add_train(v1::Pulse train) {
  assert(sizes_.empty());
  train_pulses_ += train.train().count();
  *trains_.Add() = std::move(train);
}

void StreamMessage::announce(Timestamp time, std::size_t bytes) {
  assert(time >= last_ && time >= covered_from_);
  last_ = time;
  sizes_.push_back(static_cast<std::uint32_t>(bytes));
  announced_bytes_ += bytes;
}

void StreamMessage::lose_one() {
  assert(sizes_.empty());
  ++sequence_;
}

void StreamMessage::advance(Timestamp watermark) {
  watermark_ = std::max(watermark_, watermark);
}

bool StreamMessage::due(Duration period) const {
  return watermark_ - covered_from_ >= period || payload_.size() + announced_bytes_ >= kFullBytes;
}

OutMessage StreamMessage::take(std::int64_t sent_wall_ns) {
  OutMessage message;
  v1::Bulk& bulk = *message.envelope.mutable_bulk();
  bulk.set_stream(stream_);
  bulk.set_sequence(sequence_);
  bulk.set_covered_from_ns(covered_from_.ns);
  bulk.set_watermark_ns(watermark_.ns);
  bulk.set_encoding(encoding_.value);
  bulk.set_sent_wall_ns(sent_wall_ns);
  transport::describe_items(bulk, sizes_, payload_);
  bulk.set_datagram_bytes(std::exchange(announced_bytes_, 0));
  *bulk.mutable_pulse_trains() = std::exchange(trains_, {});
  sequence_ += std::exchange(train_pulses_, 0) + sizes_.size();
  bulk.mutable_totals()->set_stream(stream_);
  bulk.mutable_totals()->set_sent(sequence_);
  message.payload = std::exchange(payload_, {});
  // The next one will be about as large; growing to it would copy it several times.
  payload_.reserve(message.payload.size());
  sizes_.clear();
  covered_from_ = watermark_;
  return message;
}

OutMessage StreamMessage::take_end(std::int64_t sent_wall_ns) {
  assert(!has_news());
  OutMessage message = take(sent_wall_ns);
  message.envelope.mutable_bulk()->set_watermark_ns(Timestamp::max().ns);
  message.envelope.mutable_bulk()->set_end_of_stream(true);
  return message;
}

}  // namespace spillway::sim_front_end
