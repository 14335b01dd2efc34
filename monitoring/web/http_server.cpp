#include "monitoring/web/http_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>

#include <optional>
#include <set>
#include <thread>

#include "daq/base/error.hpp"
#include "daq/base/log.hpp"

namespace spillway::web {

namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using Tcp = net::ip::tcp;
using ErrorCode = beast::error_code;

// Only our own files and data may be loaded, and no other page may frame or read this one.
constexpr const char* kContentPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

template <typename Message>
void add_security_headers(Message& message) {
  message.set(http::field::server, "spillway");
  message.set("Content-Security-Policy", kContentPolicy);
  message.set("X-Content-Type-Options", "nosniff");
  message.set("X-Frame-Options", "DENY");
  message.set("Referrer-Policy", "no-referrer");
  message.set("Cross-Origin-Resource-Policy", "same-origin");
  message.set("Cross-Origin-Opener-Policy", "same-origin");
}

class Pusher;

/// What all connections share. Everything here runs on the one thread of the io_context, which serves as the strand.
struct Shared {
  ServerSettings settings;
  HttpServer::Handler handler;
  bool check_host = true;
  std::size_t connections = 0;
  std::set<Pusher*> pushers;
  Text newest;
};

/// Counts a connection for as long as it lives.
class Slot {
 public:
  explicit Slot(Shared& shared) : shared_(&shared) { ++shared_->connections; }
  Slot(Slot&& other) noexcept : shared_(std::exchange(other.shared_, nullptr)) {}
  ~Slot() {
    if (shared_ != nullptr) --shared_->connections;
  }
  Shared& shared() { return *shared_; }

 private:
  Shared* shared_;
};

/// One WebSocket client. Holds the text under way and the newest that waits, never more.
class Pusher : public std::enable_shared_from_this<Pusher> {
 public:
  Pusher(beast::tcp_stream stream, Slot slot, Shared& shared)
      : slot_(std::move(slot)), shared_(shared), socket_(std::move(stream)) {}
  ~Pusher() { shared_.pushers.erase(this); }

  void accept(const http::request<http::empty_body>& request) {
    beast::get_lowest_layer(socket_).expires_never();
    websocket::stream_base::timeout timeout{};
    timeout.handshake_timeout = shared_.settings.request_timeout;
    timeout.idle_timeout = shared_.settings.write_timeout;
    timeout.keep_alive_pings = true;
    socket_.set_option(timeout);
    socket_.set_option(
        websocket::stream_base::decorator([](websocket::response_type& response) { add_security_headers(response); }));
    socket_.read_message_max(128);
    socket_.text(true);
    socket_.async_accept(request, [self = shared_from_this()](ErrorCode error) {
      if (error) return;
      self->shared_.pushers.insert(self.get());
      self->listen();
      if (self->shared_.newest) self->send(self->shared_.newest);
    });
  }

  void send(const Text& text) {
    if (!writing_) {
      write(text);
      return;
    }
    waiting_ = text;
    if (++missed_ >= shared_.settings.missed_pushes) close_now();
  }

  void close_now() { beast::get_lowest_layer(socket_).close(); }

 private:
  void listen() {
    socket_.async_read(buffer_, [self = shared_from_this()](ErrorCode error, std::size_t) {
      if (error) return;
      // Nobody has anything to tell us.
      self->socket_.async_close(websocket::close_code::policy_error, [self](ErrorCode) { self->close_now(); });
    });
  }

  void write(const Text& text) {
    writing_ = text;
    socket_.async_write(net::buffer(*writing_), [self = shared_from_this()](ErrorCode error, std::size_t) {
      self->writing_.reset();
      self->missed_ = 0;
      if (error) {
        self->close_now();
      } else if (self->waiting_) {
        self->write(std::exchange(self->waiting_, nullptr));
      }
    });
  }

  Slot slot_;
  Shared& shared_;
  websocket::stream<beast::tcp_stream> socket_;
  beast::flat_static_buffer<256> buffer_;
  Text writing_, waiting_;
  std::size_t missed_ = 0;
};

/// One HTTP connection, request after request.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Tcp::socket socket, Shared& shared)
      : slot_(shared), stream_(std::move(socket)), buffer_(2 * shared.settings.header_bytes) {}

  void read() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(slot_.shared().settings.header_bytes));
    parser_->body_limit(1024);  // none is read
    stream_.expires_after(slot_.shared().settings.request_timeout);
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = shared_from_this()](ErrorCode error, std::size_t) { self->on_header(error); });
  }

 private:
  void on_header(ErrorCode error) {
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
      return refuse(http::status::request_header_fields_too_large, "the request's header is too large");
    }
    if (error == http::error::body_limit) return refuse(http::status::payload_too_large, "requests have no body here");
    if (error.category() == http::make_error_code(http::error::bad_method).category() &&
        error != http::error::end_of_stream && error != http::error::partial_message) {
      return refuse(http::status::bad_request, "this is no HTTP request");
    }
    if (error) return;  // gone, or too slow

    const http::request<http::empty_body>& request = parser_->get();
    const std::string_view target(request.target().data(), request.target().size());
    const std::string_view host(request[http::field::host].data(), request[http::field::host].size());
    keep_alive_ = request.keep_alive();
    head_ = request.method() == http::verb::head;
    if (slot_.shared().check_host && !host.empty() && !host_is_ours(host, slot_.shared().settings.hosts)) {
      return refuse(http::status::misdirected_request, "this host name is not mine; see --allow-host");
    }
    if (request.method() != http::verb::get && request.method() != http::verb::head) {
      return refuse(http::status::method_not_allowed, "only GET and HEAD");
    }
    if (!parser_->is_done()) return refuse(http::status::payload_too_large, "requests have no body here");

    const std::string_view path = target.substr(0, target.find('?'));
    if (path == "/ws") return upgrade(request, host);
    answer(slot_.shared().handler({std::string(request.method_string()), std::string(path)}));
  }

  void upgrade(const http::request<http::empty_body>& request, std::string_view host) {
    if (!websocket::is_upgrade(request)) {
      return refuse(http::status::upgrade_required, "this is a WebSocket");
    }
    const std::string_view origin(request[http::field::origin].data(), request[http::field::origin].size());
    if (!origin.empty() && !origin_is_host(origin, host)) {
      return refuse(http::status::forbidden, "pages of other origins may not listen");
    }
    Shared& shared = slot_.shared();
    std::make_shared<Pusher>(std::move(stream_), std::move(slot_), shared)->accept(request);
  }

  void refuse(http::status status, std::string why) {
    keep_alive_ = false;
    Response response;
    response.status = static_cast<unsigned>(status);
    response.body = std::make_shared<const std::string>(std::move(why) + "\n");
    answer(std::move(response));
  }

  void answer(Response response) {
    body_ = response.body ? std::move(response.body) : std::make_shared<const std::string>();
    header_.emplace();
    header_->version(11);
    header_->result(response.status);
    header_->set(http::field::content_type, response.type);
    header_->set(http::field::cache_control, response.cacheable ? "no-cache" : "no-store");
    if (response.status == static_cast<unsigned>(http::status::method_not_allowed)) {
      header_->set(http::field::allow, "GET, HEAD");
    }
    add_security_headers(*header_);
    header_->keep_alive(keep_alive_);
    header_->content_length(body_->size());
    serializer_.emplace(*header_);
    stream_.expires_after(slot_.shared().settings.write_timeout);
    http::async_write_header(stream_, *serializer_, [self = shared_from_this()](ErrorCode error, std::size_t) {
      if (error) return;
      if (self->head_) return self->written();
      net::async_write(self->stream_, net::buffer(*self->body_), [self](ErrorCode failed, std::size_t) {
        if (!failed) self->written();
      });
    });
  }

  void written() {
    if (keep_alive_) return read();
    ErrorCode ignored;
    stream_.socket().shutdown(Tcp::socket::shutdown_send, ignored);
  }

  Slot slot_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::empty_body>> parser_;
  std::optional<http::response<http::empty_body>> header_;
  std::optional<http::response_serializer<http::empty_body>> serializer_;
  Text body_;
  bool keep_alive_ = false;
  bool head_ = false;
};

}  // namespace

struct HttpServer::State {
  Shared shared;
  net::io_context context{1};
  Tcp::acceptor acceptor{context};
  net::steady_timer retry{context};
  std::uint16_t port = 0;
  bool taken = false;
  std::string url;
  std::jthread thread;

  void bind() {
    const std::string& text = shared.settings.bind == "localhost" ? "127.0.0.1" : shared.settings.bind;
    ErrorCode error;
    const auto address = net::ip::make_address(text, error);
    if (error) throw Error("web: \"" + shared.settings.bind + "\" is no address; give one such as 127.0.0.1 or ::");
    shared.check_host = address.is_loopback();
    const auto try_port = [&](std::uint16_t number) {
      const Tcp::endpoint endpoint(address, number);
      ErrorCode ignored;
      acceptor.close(ignored);
      acceptor.open(endpoint.protocol(), error);
      if (!error) acceptor.set_option(net::socket_base::reuse_address(true), error);
      if (!error) acceptor.bind(endpoint, error);
      if (!error) acceptor.listen(net::socket_base::max_listen_connections, error);
      return !error;
    };
    if (!try_port(shared.settings.port)) {
      taken = error == net::error::address_in_use || error == net::error::access_denied;
      if (!taken || !try_port(0)) throw Error("web: cannot listen at " + text + ": " + error.message());
    }
    port = acceptor.local_endpoint().port();
    std::string host = address.is_unspecified() ? "localhost" : address.to_string();
    if (address.is_v6() && !address.is_unspecified()) host = "[" + host + "]";
    url = "http://" + host + ":" + std::to_string(port) + "/";
  }

  void accept() {
    acceptor.async_accept([this](ErrorCode error, Tcp::socket socket) {
      if (error == net::error::operation_aborted) return;
      if (error) {  // out of file descriptors, as a rule: those in use will come back
        retry.expires_after(std::chrono::milliseconds(100));
        retry.async_wait([this](ErrorCode stopped) {
          if (!stopped) accept();
        });
        return;
      }
      if (shared.connections < shared.settings.connections) {
        ErrorCode ignored;
        socket.set_option(Tcp::no_delay(true), ignored);
        std::make_shared<Connection>(std::move(socket), shared)->read();
      }
      accept();
    });
  }
};

HttpServer::HttpServer(ServerSettings settings, Handler handler) : state_(std::make_unique<State>()) {
  state_->shared.settings = std::move(settings);
  state_->shared.handler = std::move(handler);
  state_->bind();
  state_->accept();
  state_->thread = std::jthread([state = state_.get()] { state->context.run(); });
}

HttpServer::~HttpServer() {
  state_->context.stop();
  state_->thread.join();
}

void HttpServer::push(Text text) {
  net::post(state_->context, [state = state_.get(), text = std::move(text)] {
    state->shared.newest = text;
    // send() may drop a client, which takes it out of the set only later, when its handlers run.
    for (Pusher* pusher : state->shared.pushers) pusher->send(text);
  });
}

std::uint16_t HttpServer::port() const {
  return state_->port;
}
bool HttpServer::port_was_taken() const {
  return state_->taken;
}

std::string HttpServer::url() const {
  return state_->url;
}

}  // namespace spillway::web
