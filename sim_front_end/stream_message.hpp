#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daq/base/bytes.hpp"
#include "daq/base/time.hpp"
#include "daq/model/fragment.hpp"
#include "daq/proto/data.pb.h"

namespace spillway::sim_front_end {

/// A message ready to go.
struct OutMessage {
  v1::Envelope envelope;
  Bytes payload;
  std::vector<Bytes> datagrams;  ///< where its items go one by one, and the message only announces them
};

/// Gathers the items of one stream into messages: each carries all items of [covered_from, watermark), and the next one
/// goes on where it ended.
class StreamMessage {
 public:
  StreamMessage(std::string stream, model::Encoding encoding, Timestamp covered_from);

  /// True where the message is large enough to go before an item at `time` is added; call advance(time) and take().
  [[nodiscard]] bool full_before(Timestamp time) const;
  /// Items come in the order of time.
  void add(Timestamp time, ByteView item);
  /// An item whose time may be any, such as the late report of a pulse.
  void add(ByteView item);
  /// Pulses in one piece, instead of an item for each; before all items of the message.
  void add_train(v1::Pulse train);
  /// An item that goes as a datagram; the message only announces it.
  void announce(Timestamp time, std::size_t bytes);
  /// An item counts as sent and is not: the next message begins behind it. Nothing may be waiting to be taken.
  void lose_one();
  /// All items before `watermark` have been added.
  void advance(Timestamp watermark);
  /// True where there is enough to send: data time of a period has passed, or many bytes have gathered.
  [[nodiscard]] bool due(Duration period) const;
  /// True where something has happened since the last message.
  [[nodiscard]] bool has_news() const { return !sizes_.empty() || !trains_.empty() || watermark_ > covered_from_; }
  OutMessage take(std::int64_t sent_wall_ns);
  /// The stream's last message, empty, behind all others: it is covered up to here and nothing follows. May be repeated
  /// for a process that comes in place of the one that had it.
  OutMessage take_end(std::int64_t sent_wall_ns);

  [[nodiscard]] const std::string& stream() const { return stream_; }
  [[nodiscard]] std::uint64_t sent() const { return sequence_; }

 private:
  std::string stream_;
  model::Encoding encoding_;
  Timestamp covered_from_;
  Timestamp watermark_;
  Timestamp last_;
  std::uint64_t sequence_ = 0;  ///< of the next message's first item
  google::protobuf::RepeatedPtrField<v1::Pulse> trains_;
  std::uint64_t train_pulses_ = 0;
  std::vector<std::uint32_t> sizes_;
  Bytes payload_;
  std::size_t announced_bytes_ = 0;
};

}  // namespace spillway::sim_front_end
