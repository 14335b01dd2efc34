#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daq/base/summed_bytes.hpp"
#include "daq/model/ledger.hpp"
#include "daq/proto/data.pb.h"
#include "detectors/frame_codec.hpp"

namespace spillway::readout {

/// What is known of a stream before its first frame.
struct StreamDescription {
  std::string stream;         ///< "<detector>/<channel>"
  std::uint32_t channel = 0;  ///< that its frames must be of
  detectors::ClockSegment clock;
  double sample_ns = 1;
};

struct CheckedFrame {
  Interval time;
  ByteView bytes;
  std::optional<std::uint32_t> crc32c{};  ///< where it was made on the way here
};

/// What is good in a message, and what is not. Views point into the message's payload.
struct CheckedMessage {
  std::vector<CheckedFrame> frames;  ///< in the order of time
  std::vector<ByteView> bad;
  std::vector<Interval> gaps;  ///< where frames are missing since the last message
  Timestamp covered_from;      ///< where the last message ended
  Timestamp watermark;         ///< of its frames; for ever at the end of the stream
  Timestamp covered_until;     ///< the same, but where the stream's last coverage ended at the end of the stream
  bool end_of_stream = false;
};

/// What came, each in a datagram of its own, of the frames that a message announced.
struct ArrivedFrames {
  struct Good {
    ByteView bytes;
    std::uint64_t missing_before = 0;  ///< by its sequence number, since the good frame before it
  };
  struct Bad {
    ByteView bytes;
    detectors::DecodeError reason = {};
  };
  std::vector<Good> good;  ///< in the order of time, no time twice
  std::vector<Bad> bad;
  std::uint64_t missing = 0;      ///< announced, and neither good nor bad
  std::uint64_t overflowed = 0;   ///< of these, dropped by this host's kernel
  std::uint64_t unannounced = 0;  ///< bad frames beyond those that were announced
  std::uint64_t copies = 0;       ///< of good frames
  std::uint64_t late = 0;         ///< of the time of messages that were closed before
};

/// Checks the messages of one stream and keeps the books of its frames. The ledger counts by reason: duplicated; lost:
/// "sequence_gap", of datagrams "udp_drop" and "socket_overflow"; rejected: "duplicated", "bad_sizes" and "bad_crc"
/// (whole messages), "late" (datagrams), and every detectors::DecodeError.
class FrameChecker {
 public:
  explicit FrameChecker(StreamDescription description);

  /// The result lives until the next call and as long as the payload.
  const CheckedMessage& check(const v1::Bulk& bulk, const SummedBytes& payload);

  /// The same for a message whose frames came as datagrams.
  const CheckedMessage& check(const v1::Bulk& announced, const ArrivedFrames& arrived);

  /// Frames that begin at or after `limit` do not belong to the run; `already` of those accepted do not either.
  void set_limit(Timestamp limit, std::uint64_t already);
  [[nodiscard]] Timestamp limit() const { return limit_; }
  /// Accepted frames were overwritten before they could be asked for.
  void count_overwritten(std::uint64_t frames);

  [[nodiscard]] const model::StreamLedger& ledger() const { return ledger_; }

 private:
  void take_coverage(const v1::Bulk& bulk);
  std::uint64_t take_sequence(const v1::Bulk& bulk);
  void take_items(const v1::Bulk& bulk, std::span<const ByteView> items, std::span<const std::uint32_t> crc32c);
  void take_datagrams(const v1::Bulk& announced, const ArrivedFrames& arrived);
  void accept(const CheckedFrame& frame);
  void begin_message(const v1::Bulk& bulk);
  [[nodiscard]] Expected<Interval, detectors::DecodeError> time_of(const v1::Bulk& bulk, ByteView item) const;
  void reject(std::string_view reason, std::uint64_t count) { ledger_.rejected[std::string(reason)] += count; }

  StreamDescription description_;
  model::StreamLedger ledger_;
  CheckedMessage result_;
  std::optional<std::uint64_t> expected_;  ///< sequence number of the next frame
  bool begun_ = false;
  Timestamp watermark_ = Timestamp::min();
  Timestamp covered_until_ = Timestamp::min();
  Timestamp last_begin_ = Timestamp::min();
  Timestamp limit_ = Timestamp::max();
};

}  // namespace spillway::readout
