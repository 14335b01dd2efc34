#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
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
  /// That overlap the window, in the order of time; they live until the next add() or reserve().
  std::vector<ByteView> frames;
};

/// The frames of one stream, kept in a fixed piece of memory until the trigger has spoken. When there is no room, the
/// oldest frames are overwritten.
class LatencyBuffer {
 public:
  explicit LatencyBuffer(std::size_t bytes);

  /// Room for `bytes` of frames that are still to be checked: those that are added from it, in their order and before
  /// anything else, are not copied. Nothing where that would take room from a frame that was not released, or frames
  /// that are copied one by one would need less.
  [[nodiscard]] std::span<std::byte> reserve(std::size_t bytes);
  /// Whether so many bytes of frames can be added without losing one that was not released.
  [[nodiscard]] bool has_room(std::size_t bytes) const;
  /// Frames come in the order of their begin. A frame that is larger than the buffer is not kept: a gap.
  void add(Interval time, ByteView frame);
  /// The stream has delivered everything of [from, until); calls follow one another.
  void cover(Timestamp from, Timestamp until);
  /// Parts of the coverage in which frames were lost.
  void add_gap(Interval gap) { gaps_.add(gap); }
  /// Frames that end before `t` will not be asked for, and make room at once, those that come later too: what is used
  /// again and again is the same memory, and the rest of it is never touched.
  void release_before(Timestamp t);

  [[nodiscard]] WindowAnswer look_up(Interval window) const;

  /// Frames overwritten that had not been released, since this was last asked.
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
  void make_room(std::size_t bytes);
  void drop_released();
  void drop_oldest();

  std::size_t capacity_;
  std::unique_ptr<std::byte[]> memory_;
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
};

}  // namespace spillway::readout
