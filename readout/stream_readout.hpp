#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "daq/base/summed_bytes.hpp"
#include "daq/model/primitive.hpp"
#include "daq/proto/data.pb.h"
#include "readout/finder.hpp"
#include "readout/frame_checker.hpp"
#include "readout/latency_buffer.hpp"
#include "readout/request_book.hpp"

namespace spillway::readout {

/// Primitives of one stream, ready to go; `bulk` speaks of `primitives` without having them.
struct PrimitiveMessage {
  v1::Bulk bulk;
  std::vector<model::Primitive> primitives;
};

/// The reply to one request for one stream; the frames live until the stream takes its next message, or as long as they
/// are lent.
struct FragmentMessage {
  v1::Fragment fragment;
  std::vector<ByteView> frames;
  std::size_t bytes = 0;

  /// Lays the frames end to end.
  void copy_to(std::span<std::byte> payload) const;
  /// All of them, where they lie so already; else empty.
  [[nodiscard]] ByteView in_one_piece() const;
};

/// All that readout does with one stream: checks frames, keeps them, finds primitives, answers for windows.
class StreamReadout {
 public:
  StreamReadout(StreamElectronics electronics, LatencyBuffer buffer);

  /// Memory for the payload of the next message, so that its frames are kept without another copy; nothing where there
  /// is none just now.
  [[nodiscard]] std::span<std::byte> reserve(std::size_t bytes) { return buffer_.reserve(bytes); }
  /// Whether a message of so many bytes overwrites nothing that may still be asked for.
  [[nodiscard]] bool has_room(std::size_t bytes) const { return buffer_.has_room(bytes); }
  /// Takes a message of frames; what comes out covers all that is complete since the last one. Bad frames are appended
  /// to `bad` as views into the payload.
  PrimitiveMessage take(const v1::Bulk& bulk, const SummedBytes& payload, std::vector<ByteView>& bad);
  /// The same for a message whose frames came as datagrams.
  PrimitiveMessage take(const v1::Bulk& announced, const ArrivedFrames& arrived, std::vector<ByteView>& bad);
  [[nodiscard]] FragmentMessage answer(const DataRequest& request) const;
  /// The answer's frames went by message `number` without having been copied; see LatencyBuffer.
  void lend(const DataRequest& request, std::uint64_t number) { buffer_.lend(request.window, number); }
  void take_back(std::uint64_t number) { buffer_.take_back(number); }
  void take_all_back() { buffer_.take_all_back(); }
  [[nodiscard]] bool lends() const { return buffer_.lends(); }
  void release_before(Timestamp t) { buffer_.release_before(t); }
  /// Frames that begin at or after `limit` do not belong to the run.
  void set_limit(Timestamp limit) { checker_.set_limit(limit, buffer_.count_from(limit)); }

  /// Requests whose windows end before this can be answered.
  [[nodiscard]] Timestamp watermark() const { return watermark_; }
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] const model::StreamLedger& ledger() const { return checker_.ledger(); }
  [[nodiscard]] const std::string& stream() const { return ledger().stream; }
  [[nodiscard]] std::uint64_t primitives_found() const { return found_; }
  [[nodiscard]] std::size_t ring_used_bytes() const { return buffer_.used_bytes(); }

 private:
  PrimitiveMessage take_checked(const v1::Bulk& bulk, const CheckedMessage& message, std::vector<ByteView>& bad);
  void keep_and_find(const CheckedMessage& message);
  std::vector<model::Primitive> take_found_before(Timestamp t);

  FrameChecker checker_;
  LatencyBuffer buffer_;
  std::unique_ptr<Finder> finder_;
  model::Encoding encoding_;
  std::vector<model::Primitive> found_open_;  ///< sorted by begin; not yet sent
  Timestamp watermark_ = Timestamp::min();    ///< of frames
  Timestamp sent_until_ = Timestamp::min();   ///< of primitives
  bool begun_ = false;
  bool ended_ = false;
  std::uint64_t found_ = 0;
};

}  // namespace spillway::readout
