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
  std::vector<ByteView> frames;  ///< that overlap the window, in the order of time; they live until the next add()
};

/// The frames of one stream, kept in a fixed piece of memory until the trigger has spoken. When there is no room, the
/// oldest frames are overwritten.
class LatencyBuffer {
 public:
  explicit LatencyBuffer(std::size_t bytes);

  /// Frames come in the order of their begin. A frame that is larger than the buffer is not kept: a gap, and false.
  bool add(Interval time, ByteView frame);
  /// The stream has delivered everything of [from, until); calls follow one another.
  void cover(Timestamp from, Timestamp until);
  /// Parts of the coverage in which frames were lost.
  void add_gap(Interval gap) { gaps_.add(gap); }
  /// Frames that end before `t` will not be asked for: overwriting them loses nothing.
  void release_before(Timestamp t);

  [[nodiscard]] WindowAnswer look_up(Interval window) const;

  /// Frames overwritten that had not been released, since this was last asked.
  [[nodiscard]] std::uint64_t take_overwritten() { return std::exchange(overwritten_, 0); }
  /// Frames kept that begin at or after `t`.
  [[nodiscard]] std::uint64_t count_from(Timestamp t) const;
  [[nodiscard]] std::size_t used_bytes() const { return used_; }
  [[nodiscard]] std::size_t size() const { return frames_.size(); }

 private:
  struct Kept {
    Interval time;
    std::size_t offset = 0;
    std::size_t bytes = 0;
  };
  void make_room(std::size_t bytes);
  void overwrite_oldest();

  std::size_t capacity_;
  std::unique_ptr<std::byte[]> memory_;
  std::size_t write_ = 0;
  std::size_t used_ = 0;
  std::deque<Kept> frames_;
  Duration longest_frame_;
  Interval covered_;
  bool begun_ = false;
  model::IntervalSet gaps_;
  Timestamp overwritten_until_ = Timestamp::min();
  Timestamp released_before_ = Timestamp::min();
  std::uint64_t overwritten_ = 0;
};

}  // namespace spillway::readout
