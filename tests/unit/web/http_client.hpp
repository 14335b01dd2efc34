#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <utility>

namespace spillway::web::test {

/// A bare TCP client: what it sends is exactly what the test says.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~Client() { ::close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  [[nodiscard]] bool connected() const { return connected_; }
  bool send(const std::string& text) {
    std::size_t sent = 0;
    while (sent < text.size()) {
      const ssize_t n = ::send(socket_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) return false;
      sent += static_cast<std::size_t>(n);
    }
    return true;
  }
  /// Reads until `enough` says so, the other side closes or five seconds are over; what was read.
  template <typename Enough>
  std::string read_until(Enough enough) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!enough(buffer_) && !closed_ && std::chrono::steady_clock::now() < deadline) {
      pollfd poll{socket_, POLLIN, 0};
      if (::poll(&poll, 1, 100) <= 0) continue;
      char bytes[4096];
      const ssize_t n = ::recv(socket_, bytes, sizeof(bytes), 0);
      if (n <= 0)
        closed_ = true;
      else
        buffer_.append(bytes, static_cast<std::size_t>(n));
    }
    return buffer_;
  }
  std::string read_all() {
    return read_until([](const std::string&) { return false; });
  }
  std::string read_head() {
    return read_until([](const std::string& text) { return text.find("\r\n\r\n") != std::string::npos; });
  }
  std::string take() { return std::exchange(buffer_, {}); }
  [[nodiscard]] bool closed() const { return closed_; }

 private:
  int socket_;
  bool connected_ = false;
  bool closed_ = false;
  std::string buffer_;
};

/// The whole answer to one request on a connection of its own.
inline std::string ask(std::uint16_t port, const std::string& request_line, const std::string& fields = "") {
  Client client(port);
  client.send(request_line + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n" + fields + "\r\n");
  return client.read_all();
}

}  // namespace spillway::web::test
