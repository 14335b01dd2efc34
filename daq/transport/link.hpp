#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <zmq.hpp>

#include "daq/base/counters.hpp"
#include "daq/base/error.hpp"
#include "daq/base/summed_bytes.hpp"
#include "daq/proto/data.pb.h"
#include "daq/transport/buffer_pool.hpp"
#include "daq/transport/shared_memory.hpp"

namespace spillway::transport {

/// Who a message is from: the run it belongs to and the process that sent it.
struct Identity {
  std::uint64_t run = 0;
  std::uint64_t boot_id = 0;
};

struct Message {
  v1::Envelope envelope;
  zmq::message_t payload;                  ///< empty where it was placed elsewhere
  ByteView placed;                         ///< there
  std::optional<std::uint32_t> crc32c;     ///< of the payload, where it was copied
  std::vector<std::uint32_t> item_crc32c;  ///< of each item of a Bulk, where it was asked where to copy it
  /// What it costs in credit: payload, envelope and a constant for each message.
  std::size_t cost = 0;

  [[nodiscard]] ByteView payload_bytes() const {
    return placed.empty() ? ByteView(payload.data<std::byte>(), payload.size()) : placed;
  }
  [[nodiscard]] SummedBytes summed() const {
    return crc32c ? SummedBytes(payload_bytes(), *crc32c, item_crc32c) : SummedBytes(payload_bytes());
  }
};

/// Writes a payload to where it goes, and into the envelope what is known only then, as its checksum.
using Fill = std::function<void(std::span<std::byte> payload, v1::Envelope& envelope)>;

/// Where a payload of so many bytes shall be copied; nowhere in particular where it gives no room. The envelope is one
/// of the peer's and not believed beyond that.
using Placing = std::function<std::span<std::byte>(const v1::Envelope& envelope, std::size_t bytes)>;

/// What a link is waiting for, for the heartbeat.
struct LinkWait {
  std::string link;
  std::size_t bytes = 0;  ///< queued, or kept back by the caller
  double seconds = 0;     ///< since the last one went, if anything is queued
};

/// The sending end of a link between two processes: data go forward within the receiver's byte credit, small
/// messages come back. Nothing here ever blocks: send() queues, flush() sends what credit and socket allow.
/// The caller bounds the queue by taking no new input while backlog_bytes() is above its limit.
class LinkSender {
 public:
  /// `shared_bytes`: where the endpoint is on this host, so much memory is shared with the receiver, and large payloads
  /// go through it; 0: all go through the socket.
  LinkSender(zmq::context_t& context, std::string link, const std::string& endpoint, Identity identity,
             std::size_t shared_bytes = 0);
  /// The same with memory that the caller has made, and has a part in; of two links that have it, one after the other,
  /// the first must be gone.
  LinkSender(zmq::context_t& context, std::string link, const std::string& endpoint, Identity identity,
             std::shared_ptr<OutgoingMemory> memory);

  void send(v1::Envelope envelope, zmq::message_t payload = {});
  /// The same for a payload that is still to be written: `fill` is called at once, with the shared memory itself where
  /// may_send(bytes).
  void send(v1::Envelope envelope, std::size_t bytes, const Fill& fill);
  /// Whether a payload that lies in the caller's part of the memory can be read there by the receiver.
  [[nodiscard]] bool reaches(ByteView payload) const;
  /// Sends one that can, as it lies, and gives the message's number: the payload must not change until taken_number()
  /// has come to it.
  std::uint64_t send_in_place(v1::Envelope envelope, ByteView payload);
  /// Messages up to this number refer to no payload in the caller's part, or no longer.
  [[nodiscard]] std::uint64_t taken_number() const { return taken_number_; }
  /// Sends what can be sent now; reads credit. True where something was sent.
  bool flush();
  /// The next message from the receiver (grants are handled inside).
  std::optional<v1::Envelope> receive_back();
  /// Call every 100 ms or so: repeats the hello until the link is open.
  void tick();
  /// What the socket still holds is not worth waiting for when it is closed (abort).
  void abandon();

  [[nodiscard]] std::size_t backlog_bytes() const { return backlog_; }
  [[nodiscard]] bool idle() const { return queue_.empty(); }
  [[nodiscard]] bool open() const { return open_; }
  /// Whether a message with this payload, or announcing so many bytes of datagrams, could go at once. What could not is
  /// shown by wait() until something can. Ask again after flush(), tick() and receive_back(), which read credit, before
  /// waiting for the socket.
  [[nodiscard]] bool may_send(std::size_t bytes);
  [[nodiscard]] LinkWait wait() const;
  /// Messages from the receiver that were not taken, by reason.
  [[nodiscard]] const Counters& discarded() const { return discarded_; }
  /// How the payloads went: "shared", and "in_place" what was not even copied; and large ones that went through the
  /// socket though they should not have, as "too_large", "no_memory" (of ours), "not_mapped" (by the receiver).
  [[nodiscard]] const Counters& payloads() const { return payloads_; }
  [[nodiscard]] zmq::socket_ref socket() { return socket_; }

 private:
  struct Queued {
    v1::Envelope envelope;
    zmq::message_t payload{};
    std::optional<v1::SharedPlace> place{};  ///< of the payload, once it has one
    std::size_t cost = 0;
    bool in_place = false;  ///< there without having been copied
  };
  void queue(Queued message);
  void read_back();
  void take_grant(const v1::Grant& grant);
  void send_hello();
  [[nodiscard]] bool has_credit(std::size_t cost) const;
  bool send_message(Queued& message);
  bool send_parts(v1::Envelope& envelope, zmq::message_t& payload);
  bool send_place(v1::Envelope& envelope, const v1::SharedPlace& place);
  [[nodiscard]] bool all_placed() const;
  [[nodiscard]] bool shares(std::size_t payload_bytes) const;
  /// Why the payload cannot go through memory; null where it can.
  [[nodiscard]] const char* obstacle(std::size_t payload_bytes) const;
  void count_by_socket(const char* why);

  std::string link_;
  Identity identity_;
  zmq::socket_t socket_;
  std::deque<Queued> queue_;
  std::deque<v1::Envelope> back_;
  std::size_t backlog_ = 0;
  std::size_t kept_back_ = 0;  ///< bytes that may_send() was last asked for, where it said no
  std::uint64_t number_ = 0;
  std::uint64_t taken_number_ = 0;
  std::uint64_t sent_bytes_ = 0;
  std::uint64_t released_bytes_ = 0;
  std::uint64_t window_bytes_ = 0;
  bool greeted_ = false;  ///< a hello has gone out
  bool open_ = false;     ///< and was answered by a grant
  std::chrono::steady_clock::time_point waiting_since_{};
  Counters discarded_;
  bool sharing_ = false;                    ///< asked for
  std::shared_ptr<OutgoingMemory> memory_;  ///< null where there is none, for the reason below
  const char* missing_ = "";
  BufferPool buffers_;  ///< of payloads that wait for room
  Counters payloads_;
};

/// The receiving end. Binds an endpoint of its own; one sender at a time, told from others by its connection.
class LinkReceiver {
 public:
  /// `window_bytes`: how much may be under way or held by the caller.
  LinkReceiver(zmq::context_t& context, std::string link, const std::string& endpoint, std::uint64_t run,
               std::size_t window_bytes);

  /// The next good message. Bad ones (unparsable, another run, superseded boot, number seen before) are counted and
  /// skipped; numbers left out are counted as "missing_number".
  /// The caller must release() the message's cost when it has done with it.
  /// Where the payload is placed elsewhere, its bytes there are anything until the message has been checked.
  std::optional<Message> receive(const Placing& placing = {});
  void release(std::size_t cost);
  /// Sends a small message back; queued while the socket takes none.
  void send_back(v1::Envelope envelope);
  /// Call once per turn of the loop: sends credit and queued messages.
  void flush();
  void tick();

  /// Messages from this process are discarded from now on.
  void supersede(std::uint64_t boot_id);
  /// Boot id of the process at the other end; 0 before its hello.
  [[nodiscard]] std::uint64_t peer() const { return peer_; }
  [[nodiscard]] const std::string& endpoint() const { return endpoint_; }
  /// Messages taken and sent back; hellos and credit apart.
  [[nodiscard]] std::uint64_t messages() const { return messages_; }
  [[nodiscard]] const Counters& discarded() const { return discarded_; }
  [[nodiscard]] zmq::socket_ref socket() { return socket_; }
  [[nodiscard]] const std::string& link() const { return link_; }

 private:
  /// True where the envelope is data of the present peer, in order.
  bool accept(const v1::Envelope& envelope, const std::string& connection, std::size_t cost);
  void take_payload(Message& message, ByteView payload, const Placing& placing);
  static void copy(Message& message, std::span<std::byte> to, ByteView payload, bool by_item);
  void take_hello(const v1::Envelope& envelope, const std::string& connection);
  void discard(const char* reason, std::size_t cost, bool of_peer);
  bool send_envelope(v1::Envelope& envelope);
  void tell_credit();

  std::string link_;
  std::uint64_t run_;
  std::size_t window_bytes_;
  zmq::socket_t socket_;
  std::string endpoint_;
  std::uint64_t peer_ = 0;
  std::string connection_;  ///< of the peer's last hello; others are strangers
  std::set<std::uint64_t> superseded_;
  std::uint64_t expected_number_ = 1;
  std::uint64_t received_ = 0;  ///< cost of all that came from this peer
  std::uint64_t released_ = 0;
  std::uint64_t granted_ = 0;  ///< released bytes as last told
  bool grant_due_ = false;
  std::unique_ptr<IncomingMemory> memory_;  ///< of the peer
  BufferPool buffers_;                      ///< of payloads copied out of it
  std::size_t untold_bytes_ = 0;            ///< copied out of it, of which the peer has not heard
  std::uint64_t messages_ = 0;
  std::deque<v1::Envelope> back_;
  Counters discarded_;
};

/// A payload that has the bytes, without copying them.
[[nodiscard]] zmq::message_t message_of(Bytes bytes);

/// What a message costs in credit: its bytes, those of the datagrams that it announces, and a constant.
[[nodiscard]] std::size_t message_cost(const v1::Envelope& envelope, std::size_t envelope_bytes,
                                       std::size_t payload_bytes);

/// Fills count, item_bytes and crc32c of a Bulk from its items' bytes laid end to end.
void describe_items(v1::Bulk& bulk, std::span<const std::uint32_t> sizes, const SummedBytes& payload);

/// The same for records of `record_bytes` each, of which the payload holds a whole number.
void describe_records(v1::Bulk& bulk, std::uint32_t record_bytes, ByteView payload);

enum class BulkError : std::uint8_t { kBadSizes, kBadCrc };
/// "bad_sizes", "bad_crc": the counter of the same name.
[[nodiscard]] std::string_view name(BulkError error);
/// The items of a payload, checked against its size and checksum before anything is believed. Items have at least one
/// byte.
Expected<std::vector<ByteView>, BulkError> items_of(const v1::Bulk& bulk, const SummedBytes& payload);

/// Copies a payload as copy_summing() does, and gives the checksums of its items, too; those are missing where the Bulk
/// does not fit the payload.
std::uint32_t copy_summing_items(const v1::Bulk& bulk, std::span<std::byte> to, ByteView payload,
                                 std::vector<std::uint32_t>& item_crc32c);

/// That a payload is `count` records of `record_bytes` each and nothing else, and is as it was sent; the error where
/// not.
[[nodiscard]] std::optional<BulkError> check_records(const v1::Bulk& bulk, std::uint32_t record_bytes,
                                                     const SummedBytes& payload);

}  // namespace spillway::transport
