#pragma once

#include <functional>
#include <memory>
#include <string>

#include <sys/types.h>

#include "daq/base/bytes.hpp"

namespace spillway::bench {

/// Puts bytes on their way to the other process.
class Sender {
 public:
  virtual ~Sender() = default;
  /// `bytes` stay where they are until the other process has them.
  virtual void send(ByteView bytes) = 0;
};

/// Takes bytes from the other process.
class Receiver {
 public:
  virtual ~Receiver() = default;
  /// What the sender connects to.
  [[nodiscard]] virtual std::string address() const = 0;
  /// Gives `bytes` bytes to `take`, in any pieces, in order.
  virtual void receive(std::size_t bytes, const std::function<void(ByteView)>& take) = 0;
};

/// A way from this process to another.
struct Way {
  std::function<std::unique_ptr<Receiver>()> receiver;  ///< called in the other process
  std::function<std::unique_ptr<Sender>(const std::string& address)> sender;
};

/// A second process at the end of a way.
class Crossing {
 public:
  explicit Crossing(const Way& way);
  ~Crossing();
  Crossing(const Crossing&) = delete;
  Crossing& operator=(const Crossing&) = delete;

  struct Receipt {
    std::uint64_t bytes = 0;
    std::uint32_t crc32c = 0;  ///< where asked for
    friend bool operator==(const Receipt&, const Receipt&) = default;
  };
  /// Sends `bytes` and waits until the other process has them all.
  Receipt carry(ByteView bytes, bool with_crc = false);
  /// Processor time of both processes so far.
  [[nodiscard]] double cpu_seconds() const;

 private:
  int control_ = -1;
  pid_t other_ = -1;
  std::unique_ptr<Sender> sender_;
};

}  // namespace spillway::bench
