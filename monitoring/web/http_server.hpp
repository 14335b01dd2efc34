#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace spillway::web {

using Text = std::shared_ptr<const std::string>;

struct Request {
  std::string method;  ///< GET or HEAD; the server refuses all others
  std::string path;    ///< as it was sent, without the query
};

struct Response {
  unsigned status = 200;
  std::string type = "text/plain; charset=utf-8";
  Text body;
  bool cacheable = false;  ///< may be kept by the browser if it asks again each time
};

struct ServerSettings {
  std::string bind = "127.0.0.1";  ///< address
  std::uint16_t port = 8080;       ///< 0: any free one
  std::vector<std::string> hosts;  ///< names by which a proxy may call us, besides addresses and localhost
  std::size_t header_bytes = 8192;
  std::size_t connections = 256;                      ///< at once, WebSockets included; more are closed at once
  std::chrono::milliseconds request_timeout{10'000};  ///< for a whole request, and idle between two
  std::chrono::milliseconds write_timeout{30'000};
  std::size_t missed_pushes = 10;  ///< a WebSocket client this far behind is dropped
};

/// Serves pages over HTTP and pushes text over a WebSocket at `/ws`. It can look, never command: GET and HEAD only, a
/// client that sends anything over the WebSocket is disconnected. One thread of its own.
class HttpServer {
 public:
  /// Called on the server's thread; must not block.
  using Handler = std::function<Response(const Request&)>;

  /// Binds and begins to serve. Where the port is taken an ephemeral one is used. Throws Error for an address that is
  /// none or cannot be bound.
  HttpServer(ServerSettings settings, Handler handler);
  ~HttpServer();

  /// Sends `text` to all WebSocket clients, and to each that comes later at once. Any thread.
  void push(Text text);

  [[nodiscard]] std::uint16_t port() const;
  /// True where it is not the one that was asked for.
  [[nodiscard]] bool port_was_taken() const;
  /// "http://127.0.0.1:8080/"
  [[nodiscard]] std::string url() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Whether a Host header is one that a page of ours can have: an address, localhost or one of `names`; keeps other
/// people's pages from reading ours through a name of theirs that resolves to us (DNS rebinding).
[[nodiscard]] bool host_is_ours(std::string_view host, const std::vector<std::string>& names);
/// Whether a WebSocket's Origin header names the page it connects to.
[[nodiscard]] bool origin_is_host(std::string_view origin, std::string_view host);

}  // namespace spillway::web
