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

/// What an announcement costs whoever sent it, to be given back.
struct AnnouncementCost {
  std::size_t input = 0;  ///< index into the readout's inputs
  std::size_t bytes = 0;
};

/// A message of frames with what came of them; the frames live until the stream's next message is closed.
struct AssembledMessage {
  v1::Bulk announced;
  ArrivedFrames arrived;
  AnnouncementCost cost;
};

/// Puts the datagrams of one stream of WIBEth frames into the messages that announced them, in whatever order they
/// come. Which message a frame belongs to is told by its time; frames whose headers cannot be believed count for the
/// first message that lacks some. A message is closed when nothing is missing, or at its deadline. Bad frames that no
/// message lacked until their own deadline were never announced: whoever sends such does not fill the memory for long.
class DatagramAssembler {
 public:
  using WallTime = std::chrono::steady_clock::time_point;

  /// `most_bad_bytes`: of frames that wait for a message that lacks them.
  DatagramAssembler(StreamDescription description, std::size_t most_bad_bytes);

  /// False where it is bad and there is no room for it. `deadline`: until then a message may lack it.
  bool take(ByteView datagram, WallTime deadline);
  void announce(v1::Bulk bulk, AnnouncementCost cost, WallTime deadline);
  /// The next message, where it can be closed now.
  [[nodiscard]] std::optional<AssembledMessage> close_next(WallTime now);

  /// Of good frames that wait to be announced or for others.
  [[nodiscard]] std::size_t pending_bytes() const { return pending_bytes_; }

 private:
  struct Announced {
    v1::Bulk bulk;
    AnnouncementCost cost;
    WallTime deadline;
  };
  struct BadFrame {
    Bytes bytes;
    detectors::DecodeError reason = {};
    WallTime deadline;
    /// What it costs, however short it is.
    [[nodiscard]] std::size_t cost() const { return sizeof(BadFrame) + bytes.size(); }
  };
  struct GoodFrame {
    Bytes bytes;
    WallTime deadline;
  };
  /// Frames by their begin.
  using Frames = std::map<Timestamp, GoodFrame>;

  [[nodiscard]] bool complete(const v1::Bulk& bulk) const;
  /// In memory that was used before, where there is some: what is freed goes back to the kernel, which takes longer to
  /// give it again than a frame takes to copy.
  [[nodiscard]] Bytes copy_of(ByteView datagram);
  void reuse_closed();
  void move_good(Frames::iterator end, AssembledMessage& out);
  void add_bad(Bytes bytes, detectors::DecodeError reason, WallTime deadline);
  void move_first_bad(AssembledMessage& out);
  void give_up_from(Frames::iterator begin);

  StreamDescription description_;
  std::size_t most_bad_bytes_;
  std::deque<Announced> announced_;
  Frames frames_;
  std::deque<BadFrame> bad_;
  std::vector<Bytes> closed_;  ///< frames of the message that was closed last
  std::vector<Bytes> spare_;
  std::size_t pending_bytes_ = 0;
  std::size_t bad_bytes_ = 0;
  Timestamp closed_until_ = Timestamp::min();
  std::optional<std::uint16_t> last_sequence_;  ///< of the last good frame
  std::uint64_t copies_ = 0;
  std::uint64_t late_ = 0;
};

}  // namespace spillway::readout
