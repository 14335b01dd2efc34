#include "readout/latency_buffer.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <functional>

namespace spillway::readout {

using model::FragmentStatus;

// Not initialised: memory that is never written to is never taken from the system.
LatencyBuffer::LatencyBuffer(std::size_t bytes)
    : capacity_(bytes), memory_(std::make_unique_for_overwrite<std::byte[]>(bytes)) {}

void LatencyBuffer::add(Interval time, ByteView frame) {
  assert(!frame.empty() && (frames_.empty() || time.begin >= frames_.back().time.begin));
  if (frame.size() > capacity_) {
    add_gap(time);
    ++overwritten_;
    return;
  }
  if (is_reserved(frame)) {
    write_ = static_cast<std::size_t>(frame.data() - memory_.get());
    reserved_ = reserved_.subspan(static_cast<std::size_t>(frame.data() + frame.size() - reserved_.data()));
  } else {
    reserved_ = {};
    make_room(frame.size());
    std::memcpy(memory_.get() + write_, frame.data(), frame.size());
  }
  frames_.push_back({time, write_, frame.size()});
  write_ += frame.size();
  used_ += frame.size();
  longest_frame_ = std::max(longest_frame_, time.length());
  drop_released();
}

LatencyBuffer::Room LatencyBuffer::room() const {
  if (frames_.empty()) return {capacity_, 0};
  const std::size_t oldest = frames_.front().offset;
  return write_ > oldest ? Room{capacity_ - write_, oldest} : Room{oldest - write_, 0};
}

bool LatencyBuffer::has_room(std::size_t bytes) const {
  const Room free = room();
  return std::max(free.behind, free.at_begin) >= bytes;
}

std::span<std::byte> LatencyBuffer::reserve(std::size_t bytes) {
  reserved_ = {};
  // At the end of the memory one frame after the other still fits.
  if (room().behind < bytes) return {};
  make_room(bytes);
  reserved_ = {memory_.get() + write_, bytes};
  return reserved_;
}

bool LatencyBuffer::is_reserved(ByteView frame) const {
  const std::greater_equal<> at_least;
  return at_least(frame.data(), reserved_.data()) &&
         at_least(reserved_.data() + reserved_.size(), frame.data() + frame.size());
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
      ++overwritten_;
      drop_oldest();
    }
  }
  write_ = 0;
}

void LatencyBuffer::drop_released() {
  while (!frames_.empty() && frames_.front().time.end <= released_before_) {
    released_.push_back({frames_.front().time.begin, frames_.front().bytes});
    released_bytes_ += released_.back().bytes;
    drop_oldest();
  }
  while (released_bytes_ + used_ > capacity_) {
    released_bytes_ -= released_.front().bytes;
    released_.pop_front();
  }
}

void LatencyBuffer::drop_oldest() {
  const Kept& oldest = frames_.front();
  gone_until_ = std::max(gone_until_, oldest.time.end);
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
  drop_released();
  gaps_.drop_before(released_before_);
}

WindowAnswer LatencyBuffer::look_up(Interval window) const {
  WindowAnswer answer;
  if (!begun_ || !window.overlaps(covered_)) return answer;
  auto frame = first_from(window.begin - longest_frame_);
  for (; frame != frames_.end() && frame->time.begin < window.end; ++frame) {
    if (frame->time.overlaps(window)) answer.frames.emplace_back(memory_.get() + frame->offset, frame->bytes);
  }
  const bool gone = window.begin < gone_until_;
  const bool whole = window.begin >= covered_.begin && window.end <= covered_.end && !gaps_.overlaps(window);
  if (gone) {
    answer.status = answer.frames.empty() ? FragmentStatus::kExpired : FragmentStatus::kPartial;
  } else {
    answer.status = whole ? FragmentStatus::kOk : FragmentStatus::kPartial;
  }
  return answer;
}

std::uint64_t LatencyBuffer::count_from(Timestamp t) const {
  const auto released = std::ranges::lower_bound(released_, t, {}, &Released::begin);
  return static_cast<std::uint64_t>((frames_.end() - first_from(t)) + (released_.end() - released));
}

std::deque<LatencyBuffer::Kept>::const_iterator LatencyBuffer::first_from(Timestamp t) const {
  return std::lower_bound(frames_.begin(), frames_.end(), t,
                          [](const Kept& kept, Timestamp time) { return kept.time.begin < time; });
}

}  // namespace spillway::readout
