#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "daq/base/bytes.hpp"
#include "daq/proto/data.pb.h"
#include "readout/frame_checker.hpp"

namespace spillway::readout {

/// A message of frames with what came of them; the frames live as long as it.
struct AssembledMessage {
  v1::Bulk announced;
  ArrivedFrames arrived;
  std::vector<Bytes> storage;
  std::size_t cost = 0;  ///< of the announcement, to be given back
};

/// Puts the datagrams of one stream of WIBEth frames into the messages that announced them, in whatever order they
/// come. Which message a frame belongs to is told by its time; frames whose headers cannot be believed count for the
/// first message that lacks some. A message is closed when nothing is missing, or at its deadline.
class DatagramAssembler {
 public:
  using WallTime = std::chrono::steady_clock::time_point;

  explicit DatagramAssembler(StreamDescription description);

  void take(ByteView datagram);
  void announce(v1::Bulk bulk, std::size_t cost, WallTime deadline);
  /// The next message, where it can be closed now.
  [[nodiscard]] std::optional<AssembledMessage> close_next(WallTime now);

  [[nodiscard]] std::size_t pending_bytes() const { return pending_bytes_; }

 private:
  struct Announced {
    v1::Bulk bulk;
    std::size_t cost = 0;
    WallTime deadline;
  };
  struct BadFrame {
    Bytes bytes;
    detectors::DecodeError reason = {};
  };
  /// Frames by their begin.
  using Frames = std::map<Timestamp, Bytes>;

  [[nodiscard]] bool complete(const v1::Bulk& bulk) const;
  void move_good(Frames::iterator end, AssembledMessage& out);
  void move_bad(std::size_t most, AssembledMessage& out);
  void give_up_from(Frames::iterator begin);

  StreamDescription description_;
  std::deque<Announced> announced_;
  Frames frames_;
  std::deque<BadFrame> bad_;
  std::size_t pending_bytes_ = 0;
  Timestamp closed_until_ = Timestamp::min();
  std::optional<std::uint16_t> last_sequence_;  ///< of the last good frame
  std::uint64_t copies_ = 0;
  std::uint64_t late_ = 0;
};

}  // namespace spillway::readout
