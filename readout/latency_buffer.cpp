#include "readout/latency_buffer.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <functional>

#include "daq/base/summed_bytes.hpp"

namespace spillway::readout {

using model::FragmentStatus;

namespace {
// Not initialised: memory that is never written to is never taken from the system.
FrameMemory own_memory(std::size_t bytes) {
  const std::shared_ptr<std::byte[]> memory(new std::byte[bytes]);
  return {{memory.get(), bytes}, {}, memory};
}
}  // namespace

LatencyBuffer::LatencyBuffer(FrameMemory memory) : memory_(std::move(memory)), capacity_(memory_.bytes.size()) {}

LatencyBuffer::LatencyBuffer(std::size_t bytes) : LatencyBuffer(own_memory(bytes)) {}

void LatencyBuffer::add(Interval time, ByteView frame, std::optional<std::uint32_t> crc32c) {
  assert(!frame.empty() && (frames_.empty() || time.begin >= frames_.back().time.begin));
  if (is_reserved(frame)) {
    write_ = static_cast<std::size_t>(frame.data() - memory_.bytes.data());
    reserved_ = reserved_.subspan(static_cast<std::size_t>(frame.data() + frame.size() - reserved_.data()));
    if (!crc32c) crc32c = spillway::crc32c(frame);
  } else {
    reserved_ = {};
    if (!make_room(frame.size())) {
      add_gap(time);
      ++overwritten_;
      return;
    }
    const std::span<std::byte> place = memory_.bytes.subspan(write_, frame.size());
    if (crc32c) {
      std::memcpy(place.data(), frame.data(), frame.size());
    } else {
      crc32c = copy_summing(place, frame);
    }
  }
  frames_.push_back({time, write_, frame.size(), *crc32c});
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
  if (frames_.empty()) write_ = 0;
  if (!back(write_ + bytes)) return {};
  reserved_ = memory_.bytes.subspan(write_, bytes);
  return reserved_;
}

bool LatencyBuffer::is_reserved(ByteView frame) const {
  const std::greater_equal<> at_least;
  return at_least(frame.data(), reserved_.data()) &&
         at_least(reserved_.data() + reserved_.size(), frame.data() + frame.size());
}

bool LatencyBuffer::make_room(std::size_t bytes) {
  while (bytes <= capacity_) {
    if (frames_.empty()) write_ = 0;
    const std::size_t behind = room().behind;
    if (behind >= bytes) {
      if (back(write_ + bytes)) return true;
      // The system has no memory for more, so we make do with what we have.
      capacity_ = backed_;
    } else if (write_ + behind == capacity_) {
      // A frame is kept in one piece: what is left at the end stays empty.
      write_ = 0;
    } else if (is_lent(frames_.front())) {
      return false;
    } else {
      ++overwritten_;
      drop_oldest();
    }
  }
  return false;
}

bool LatencyBuffer::back(std::size_t end) {
  if (memory_.back && !memory_.back(end)) return false;
  backed_ = std::max(backed_, end);
  return true;
}

void LatencyBuffer::drop_released() {
  while (!frames_.empty() && frames_.front().time.end <= released_before_ && !is_lent(frames_.front())) {
    released_.push_back({frames_.front().time.begin, frames_.front().bytes});
    released_bytes_ += released_.back().bytes;
    drop_oldest();
  }
  while (!released_.empty() && released_bytes_ + used_ > capacity_) {
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
  Crc32cOfStretches sum;
  auto frame = first_from(window.begin - longest_frame_);
  for (; frame != frames_.end() && frame->time.begin < window.end; ++frame) {
    if (!frame->time.overlaps(window)) continue;
    answer.frames.emplace_back(memory_.bytes.subspan(frame->offset, frame->bytes));
    sum.add(frame->crc32c, frame->bytes);
  }
  answer.crc32c = sum.sum();
  const bool gone = window.begin < gone_until_;
  const bool whole = window.begin >= covered_.begin && window.end <= covered_.end && !gaps_.overlaps(window);
  if (gone) {
    answer.status = answer.frames.empty() ? FragmentStatus::kExpired : FragmentStatus::kPartial;
  } else {
    answer.status = whole ? FragmentStatus::kOk : FragmentStatus::kPartial;
  }
  return answer;
}

void LatencyBuffer::lend(Interval window, std::uint64_t number) {
  assert(number > last_lent_);
  const auto first = first_from(window.begin - longest_frame_) - frames_.cbegin();
  for (auto frame = frames_.begin() + first; frame != frames_.end() && frame->time.begin < window.end; ++frame) {
    if (frame->time.overlaps(window)) frame->lent = number;
  }
  last_lent_ = number;
}

void LatencyBuffer::take_back(std::uint64_t number) {
  if (number <= taken_back_) return;
  taken_back_ = number;
  drop_released();
}

void LatencyBuffer::take_all_back() {
  for (Kept& frame : frames_) frame.lent = 0;
  last_lent_ = taken_back_ = 0;
  drop_released();
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
