#include "daq/transport/buffer_pool.hpp"

#include <cstring>
#include <utility>

namespace spillway::transport {

namespace {
constexpr std::size_t kMostIdle = 2;
constexpr std::size_t kLargestIdle = std::size_t{1} << 20;
constexpr std::size_t kStep = std::size_t{64} << 10;
}  // namespace

zmq::message_t BufferPool::copy(ByteView bytes) {
  auto lent = std::make_unique<Lent>(take(bytes.size()), idle_);
  std::byte* memory = lent->buffer.memory.get();
  std::memcpy(memory, bytes.data(), bytes.size());
  zmq::message_t message(memory, bytes.size(), give_back, lent.get());
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
  auto& buffers = back->home->buffers;
  if (buffers.size() < kMostIdle && back->buffer.capacity <= kLargestIdle) buffers.push_back(std::move(back->buffer));
}

}  // namespace spillway::transport
