#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "daq/base/bytes.hpp"
#include "daq/base/time.hpp"
#include "daq/model/fragment.hpp"
#include "daq/model/interval_set.hpp"

namespace spillway::readout {

/// The answer to "what does the stream have of this window".
struct WindowAnswer {
  model::FragmentStatus status = model::FragmentStatus::kNoData;
  /// That overlap the window, in the order of time; they live until the next add() or reserve(), or as long as they are
  /// lent.
  std::vector<ByteView> frames;
  std::uint32_t crc32c = 0;  ///< of them end to end
};

/// Memory for frames. Where it is to be asked for, `back` says whether there is some from the begin to `end`.
struct FrameMemory {
  std::span<std::byte> bytes;
  std::function<bool(std::size_t end)> back;
  std::shared_ptr<const void> owner;
};

/// The frames of one stream, kept in a fixed piece of memory until the trigger has spoken. When there is no room, the
/// oldest frames are overwritten, but for those that are lent: then it is the new one that is not kept.
class LatencyBuffer {
 public:
  explicit LatencyBuffer(FrameMemory memory);
  /// In memory of its own.
  explicit LatencyBuffer(std::size_t bytes);

  /// Room for `bytes` of frames that are still to be checked: those that are added from it, in their order and before
  /// anything else, are not copied. Nothing where that would take room from a frame that was not released, or frames
  /// that are copied one by one would need less.
  [[nodiscard]] std::span<std::byte> reserve(std::size_t bytes);
  /// Whether so many bytes of frames can be added without losing one that was not released.
  [[nodiscard]] bool has_room(std::size_t bytes) const;
  /// Frames come in the order of their begin. A frame for which there is no room is not kept: a gap.
  void add(Interval time, ByteView frame, std::optional<std::uint32_t> crc32c = {});
  /// The stream has delivered everything of [from, until); calls follow one another.
  void cover(Timestamp from, Timestamp until);
  /// Parts of the coverage in which frames were lost.
  void add_gap(Interval gap) { gaps_.add(gap); }
  /// Frames that end before `t` will not be asked for, and make room at once, those that come later too: what is used
  /// again and again is the same memory, and the rest of it is never touched.
  void release_before(Timestamp t);

  [[nodiscard]] WindowAnswer look_up(Interval window) const;
  /// Frames that overlap the window are being read by somebody else, who had them by message `number`, and stay as they
  /// are, released or not. Numbers rise.
  void lend(Interval window, std::uint64_t number);
  /// What was lent by messages up to `number` is read no longer.
  void take_back(std::uint64_t number);
  /// Nothing is read any longer, and numbers begin anew.
  void take_all_back();
  /// Whether anything is lent.
  [[nodiscard]] bool lends() const { return last_lent_ > taken_back_; }

  /// Frames overwritten or not kept that had not been released, since this was last asked.
  [[nodiscard]] std::uint64_t take_overwritten() { return std::exchange(overwritten_, 0); }
  /// Frames that begin at or after `t`, those among them that were released: so many as the memory would still hold.
  [[nodiscard]] std::uint64_t count_from(Timestamp t) const;
  [[nodiscard]] std::size_t used_bytes() const { return used_; }
  [[nodiscard]] std::size_t size() const { return frames_.size(); }

 private:
  /// What can be written to without losing a frame that was not released.
  struct Room {
    std::size_t behind = 0;    ///< the last frame
    std::size_t at_begin = 0;  ///< of the memory, after that
  };
  struct Kept {
    Interval time;
    std::size_t offset = 0;
    std::size_t bytes = 0;
    std::uint32_t crc32c = 0;
    std::uint64_t lent = 0;  ///< number of the last message by which it was
  };
  /// What is remembered of a frame that was released.
  struct Released {
    Timestamp begin;
    std::size_t bytes = 0;
  };
  [[nodiscard]] Room room() const;
  /// The first that begins at or after `t`.
  [[nodiscard]] std::deque<Kept>::const_iterator first_from(Timestamp t) const;
  [[nodiscard]] bool is_reserved(ByteView frame) const;
  [[nodiscard]] bool is_lent(const Kept& frame) const { return frame.lent > taken_back_; }
  bool make_room(std::size_t bytes);
  bool back(std::size_t end);
  void drop_released();
  void drop_oldest();

  FrameMemory memory_;
  std::size_t capacity_;
  std::size_t backed_ = 0;  ///< bytes from the begin for which there is memory
  std::size_t write_ = 0;
  std::size_t used_ = 0;
  std::span<std::byte> reserved_;
  std::deque<Kept> frames_;
  std::deque<Released> released_;
  std::size_t released_bytes_ = 0;
  Timestamp released_before_ = Timestamp::min();
  Duration longest_frame_;
  Interval covered_;
  bool begun_ = false;
  model::IntervalSet gaps_;
  Timestamp gone_until_ = Timestamp::min();  ///< end of the last frame that was overwritten or released
  std::uint64_t overwritten_ = 0;
  std::uint64_t last_lent_ = 0;  ///< number of a message
  std::uint64_t taken_back_ = 0;
};

}  // namespace spillway::readout
