#include "readout/latency_buffer.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace spillway::readout {

using model::FragmentStatus;

// Not initialised: memory that is never written to is never taken from the system.
LatencyBuffer::LatencyBuffer(std::size_t bytes)
    : capacity_(bytes), memory_(std::make_unique_for_overwrite<std::byte[]>(bytes)) {}

bool LatencyBuffer::add(Interval time, ByteView frame) {
  assert(!frame.empty() && (frames_.empty() || time.begin >= frames_.back().time.begin));
  if (frame.size() > capacity_) {
    add_gap(time);
    ++overwritten_;
    return false;
  }
  make_room(frame.size());
  std::memcpy(memory_.get() + write_, frame.data(), frame.size());
  frames_.push_back({time, write_, frame.size()});
  write_ += frame.size();
  used_ += frame.size();
  longest_frame_ = std::max(longest_frame_, time.length());
  return true;
}

void LatencyBuffer::make_room(std::size_t bytes) {
  while (!frames_.empty()) {
    const std::size_t oldest = frames_.front().offset;
    if (write_ > oldest) {
      if (capacity_ - write_ >= bytes) return;
      // A frame is kept in one piece: what is left at the end stays empty.
      write_ = 0;
    } else if (oldest - write_ >= bytes) {
      return;
    } else {
      overwrite_oldest();
    }
  }
  write_ = 0;
}

void LatencyBuffer::overwrite_oldest() {
  const Kept& oldest = frames_.front();
  if (oldest.time.end > released_before_) ++overwritten_;
  overwritten_until_ = std::max(overwritten_until_, oldest.time.end);
  used_ -= oldest.bytes;
  frames_.pop_front();
}

void LatencyBuffer::cover(Timestamp from, Timestamp until) {
  if (!begun_) covered_ = {from, from};
  begun_ = true;
  covered_.end = std::max(covered_.end, until);
}

void LatencyBuffer::release_before(Timestamp t) {
  released_before_ = std::max(released_before_, t);
  gaps_.drop_before(released_before_);
}

WindowAnswer LatencyBuffer::look_up(Interval window) const {
  WindowAnswer answer;
  if (!begun_ || !window.overlaps(covered_)) return answer;
  auto frame = std::lower_bound(frames_.begin(), frames_.end(), window.begin - longest_frame_,
                                [](const Kept& kept, Timestamp t) { return kept.time.begin < t; });
  for (; frame != frames_.end() && frame->time.begin < window.end; ++frame) {
    if (frame->time.overlaps(window)) answer.frames.emplace_back(memory_.get() + frame->offset, frame->bytes);
  }
  const bool overwritten = window.begin < overwritten_until_;
  const bool whole = window.begin >= covered_.begin && window.end <= covered_.end && !gaps_.overlaps(window);
  if (overwritten) {
    answer.status = answer.frames.empty() ? FragmentStatus::kExpired : FragmentStatus::kPartial;
  } else {
    answer.status = whole ? FragmentStatus::kOk : FragmentStatus::kPartial;
  }
  return answer;
}

std::uint64_t LatencyBuffer::count_from(Timestamp t) const {
  const auto first = std::lower_bound(frames_.begin(), frames_.end(), t,
                                      [](const Kept& kept, Timestamp time) { return kept.time.begin < time; });
  return static_cast<std::uint64_t>(frames_.end() - first);
}

}  // namespace spillway::readout
