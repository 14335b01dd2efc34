#include "tests/bench/plain_ways.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <zmq.hpp>

#include "daq/base/error.hpp"

namespace spillway::bench {

namespace {

class MessageSender final : public Sender {
 public:
  MessageSender(const std::string& address, std::size_t item_bytes)
      : socket_(context_, zmq::socket_type::push), item_bytes_(item_bytes) {
    socket_.connect(address);
  }
  void send(ByteView bytes) override {
    for (; !bytes.empty(); bytes = bytes.subspan(std::min(item_bytes_, bytes.size()))) {
      const ByteView item = bytes.first(std::min(item_bytes_, bytes.size()));
      socket_.send(zmq::message_t(item.data(), item.size()), zmq::send_flags::none);
    }
  }

 private:
  zmq::context_t context_;
  zmq::socket_t socket_;
  std::size_t item_bytes_;
};

class MessageReceiver final : public Receiver {
 public:
  explicit MessageReceiver(const std::string& endpoint) : socket_(context_, zmq::socket_type::pull) {
    socket_.bind(endpoint);
  }
  [[nodiscard]] std::string address() const override { return socket_.get(zmq::sockopt::last_endpoint); }
  void receive(std::size_t bytes, const std::function<void(ByteView)>& take) override {
    while (bytes > 0) {
      zmq::message_t message;
      if (!socket_.recv(message)) continue;
      take({static_cast<const std::byte*>(message.data()), message.size()});
      bytes -= message.size();
    }
  }

 private:
  zmq::context_t context_;
  zmq::socket_t socket_;
};

constexpr std::size_t kSendBytes = std::size_t{1} << 20;

class TcpSender final : public Sender {
 public:
  explicit TcpSender(const std::string& port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(port)));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) throw Error("no TCP connection");
  }
  ~TcpSender() override { close(socket_); }
  void send(ByteView bytes) override {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), std::min(bytes.size(), kSendBytes), MSG_NOSIGNAL);
      if (sent < 0 && errno != EINTR) throw Error("TCP connection lost");
      bytes = bytes.subspan(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
    }
  }

 private:
  int socket_;
};

class TcpReceiver final : public Receiver {
 public:
  TcpReceiver() : listening_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), buffer_(kSendBytes) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listening_, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 || listen(listening_, 1) != 0) {
      throw Error("no TCP port to listen at");
    }
  }
  ~TcpReceiver() override {
    close(listening_);
    if (connection_ >= 0) close(connection_);
  }
  [[nodiscard]] std::string address() const override {
    sockaddr_in at{};
    socklen_t size = sizeof at;
    getsockname(listening_, reinterpret_cast<sockaddr*>(&at), &size);
    return std::to_string(ntohs(at.sin_port));
  }
  void receive(std::size_t bytes, const std::function<void(ByteView)>& take) override {
    if (connection_ < 0) connection_ = accept(listening_, nullptr, nullptr);
    while (bytes > 0) {
      const ssize_t got = recv(connection_, buffer_.data(), std::min(bytes, buffer_.size()), 0);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) throw Error("TCP connection lost");
      take(ByteView(buffer_).first(static_cast<std::size_t>(got)));
      bytes -= static_cast<std::size_t>(got);
    }
  }

 private:
  int listening_;
  int connection_ = -1;
  Bytes buffer_;
};

/// Lives in memory that both processes see; counts of bytes only grow.
struct Ring {
  static constexpr std::size_t kBytes = std::size_t{1} << 20;
  static constexpr std::size_t kStep = std::size_t{1} << 16;
  alignas(64) std::atomic<std::uint64_t> written{0};
  alignas(64) std::atomic<std::uint64_t> read{0};
  alignas(64) std::array<std::byte, kBytes> bytes;
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

template <typename Condition>
void spin_until(const Condition& condition) {
  constexpr int kSpins = 2000;
  for (int spins = 0; !condition(); ++spins) {
    if (spins > kSpins) sched_yield();
  }
}

class RingSender final : public Sender {
 public:
  explicit RingSender(std::shared_ptr<Ring> ring) : ring_(std::move(ring)) {}
  void send(ByteView bytes) override {
    while (!bytes.empty()) {
      const std::uint64_t at = ring_->written.load(std::memory_order_relaxed);
      const std::size_t step = std::min({bytes.size(), Ring::kStep, Ring::kBytes - at % Ring::kBytes});
      spin_until([&] { return at + step - ring_->read.load(std::memory_order_acquire) <= Ring::kBytes; });
      std::memcpy(ring_->bytes.data() + at % Ring::kBytes, bytes.data(), step);
      ring_->written.store(at + step, std::memory_order_release);
      bytes = bytes.subspan(step);
    }
  }

 private:
  std::shared_ptr<Ring> ring_;
};

class RingReceiver final : public Receiver {
 public:
  explicit RingReceiver(std::shared_ptr<Ring> ring) : ring_(std::move(ring)) {}
  [[nodiscard]] std::string address() const override { return {}; }
  void receive(std::size_t bytes, const std::function<void(ByteView)>& take) override {
    while (bytes > 0) {
      const std::uint64_t at = ring_->read.load(std::memory_order_relaxed);
      std::uint64_t written = at;
      spin_until([&] { return (written = ring_->written.load(std::memory_order_acquire)) > at; });
      const std::size_t there = std::min<std::size_t>(written - at, Ring::kBytes - at % Ring::kBytes);
      take(ByteView(ring_->bytes).subspan(at % Ring::kBytes, there));
      ring_->read.store(at + there, std::memory_order_release);
      bytes -= there;
    }
  }

 private:
  std::shared_ptr<Ring> ring_;
};

}  // namespace

Way message_for_each(const std::string& endpoint, std::size_t item_bytes) {
  return {[endpoint] { return std::make_unique<MessageReceiver>(endpoint); },
          [item_bytes](const std::string& address) { return std::make_unique<MessageSender>(address, item_bytes); }};
}

Way raw_tcp() {
  return {[] { return std::make_unique<TcpReceiver>(); },
          [](const std::string& address) { return std::make_unique<TcpSender>(address); }};
}

Way shared_ring() {
  void* memory = mmap(nullptr, sizeof(Ring), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw Error("no shared memory to be had");
  const std::shared_ptr<Ring> ring(new (memory) Ring, [](Ring* mapped) { munmap(mapped, sizeof(Ring)); });
  return {[ring] { return std::make_unique<RingReceiver>(ring); },
          [ring](const std::string&) { return std::make_unique<RingSender>(ring); }};
}

}  // namespace spillway::bench
