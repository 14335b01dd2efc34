#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include <zmq.hpp>

#include "daq/base/bytes.hpp"

namespace spillway::transport {

/// Messages whose memory is used again: what was touched a moment ago is still in the cache, and no page is new.
/// Messages may outlive the pool and end in any thread.
class BufferPool {
 public:
  BufferPool() : idle_(std::make_shared<Idle>()) {}
  /// A message of so many bytes, which are anything.
  [[nodiscard]] zmq::message_t make(std::size_t bytes);

 private:
  struct Buffer {
    std::unique_ptr<std::byte[]> memory;
    std::size_t capacity = 0;
  };
  /// Buffers that no message has; one that comes back when they are many is freed.
  struct Idle {
    std::mutex mutex;
    std::vector<Buffer> buffers;
    std::size_t bytes = 0;
  };
  struct Lent {
    Buffer buffer;
    std::shared_ptr<Idle> home;
  };
  static void give_back(void* memory, void* lent);
  [[nodiscard]] Buffer take(std::size_t bytes);

  std::shared_ptr<Idle> idle_;
};

}  // namespace spillway::transport
