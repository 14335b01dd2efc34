#include "daq/transport/buffer_pool.hpp"

#include <utility>

namespace spillway::transport {

namespace {
constexpr std::size_t kMostIdleBytes = std::size_t{16} << 20;
constexpr std::size_t kLargestIdle = std::size_t{1} << 20;
constexpr std::size_t kStep = std::size_t{64} << 10;
}  // namespace

zmq::message_t BufferPool::make(std::size_t bytes) {
  auto lent = std::make_unique<Lent>(Lent{take(bytes), idle_});
  zmq::message_t message(lent->buffer.memory.get(), bytes, give_back, lent.get());
  static_cast<void>(lent.release());  // give_back has it
  return message;
}

BufferPool::Buffer BufferPool::take(std::size_t bytes) {
  Buffer buffer;
  {
    const std::lock_guard lock(idle_->mutex);
    if (!idle_->buffers.empty()) {
      buffer = std::move(idle_->buffers.back());
      idle_->buffers.pop_back();
      idle_->bytes -= buffer.capacity;
    }
  }
  if (buffer.capacity < bytes) {
    buffer.capacity = (bytes + kStep - 1) / kStep * kStep;
    buffer.memory = std::make_unique_for_overwrite<std::byte[]>(buffer.capacity);
  }
  return buffer;
}

void BufferPool::give_back(void*, void* lent) {
  const std::unique_ptr<Lent> back(static_cast<Lent*>(lent));
  const std::lock_guard lock(back->home->mutex);
  Idle& idle = *back->home;
  if (back->buffer.capacity > kLargestIdle || idle.bytes + back->buffer.capacity > kMostIdleBytes) return;
  idle.bytes += back->buffer.capacity;
  idle.buffers.push_back(std::move(back->buffer));
}

}  // namespace spillway::transport
