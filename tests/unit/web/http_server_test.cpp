#include "monitoring/web/http_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "daq/base/error.hpp"
#include "tests/unit/web/http_client.hpp"

namespace spillway::web {
namespace {

using test::ask;
using test::Client;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Text text_of(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

class HttpServerTest : public ::testing::Test {
 protected:
  HttpServer& start(ServerSettings settings = {}) {
    settings.port = 0;
    server_ = std::make_unique<HttpServer>(settings, [](const Request& request) {
      Response response;
      response.body = text_of(request.method + " " + request.path);
      return response;
    });
    return *server_;
  }
  static std::string upgrade(const std::string& fields = "") {
    return "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
           fields + "\r\n";
  }
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnswersGetWithSecurityHeaders) {
  const std::string answer = ask(start().port(), "GET /some/page?query=1");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\n\r\nGET /some/page"));
  EXPECT_THAT(answer, HasSubstr("X-Content-Type-Options: nosniff"));
  EXPECT_THAT(answer, HasSubstr("Content-Security-Policy: default-src 'none'; script-src 'self'"));
  EXPECT_THAT(answer, HasSubstr("X-Frame-Options: DENY"));
  EXPECT_THAT(answer, HasSubstr("Cache-Control: no-store"));
}

TEST_F(HttpServerTest, AnswersHeadWithoutABody) {
  const std::string answer = ask(start().port(), "HEAD /page");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 10\r\n"));
  EXPECT_THAT(answer, ::testing::EndsWith("\r\n\r\n"));
}

TEST_F(HttpServerTest, RefusesEveryOtherMethod) {
  start();
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"}) {
    const std::string answer = ask(server_->port(), std::string(method) + " /page");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 ")) << method;
    EXPECT_THAT(answer, HasSubstr("Allow: GET, HEAD")) << method;
  }
  EXPECT_THAT(ask(server_->port(), "POST /page", "Content-Length: 5\r\n\r\nhello"), StartsWith("HTTP/1.1 405 "));
}

TEST_F(HttpServerTest, RefusesBodiesAndLongHeaders) {
  start();
  EXPECT_THAT(ask(server_->port(), "GET /page", "Content-Length: 5\r\n\r\nhello"), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(ask(server_->port(), "POST /page", "Content-Length: 99999999\r\n"), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(ask(server_->port(), "GET /page", "X: " + std::string(20'000, 'x') + "\r\n"),
              StartsWith("HTTP/1.1 431 "));
}

TEST_F(HttpServerTest, RefusesWhatIsNoHttp) {
  Client client(start().port());
  client.send("\x16\x03\x01 this is no HTTP at all\r\n\r\n");
  EXPECT_THAT(client.read_all(), StartsWith("HTTP/1.1 400 "));
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerTest, KeepsAConnectionForSeveralRequests) {
  Client client(start().port());
  for (const char* path : {"/one", "/two"}) {
    client.send(std::string("GET ") + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const std::string body = std::string("GET ") + path;
    EXPECT_THAT(client.read_until([&](const std::string& got) { return got.ends_with(body); }), HasSubstr(body));
    client.take();
  }
}

TEST_F(HttpServerTest, ClosesAConnectionThatDawdles) {
  ServerSettings settings;
  settings.request_timeout = std::chrono::milliseconds(200);
  Client client(start(settings).port());
  client.send("GET / HTT");
  EXPECT_EQ(client.read_all(), "");
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerTest, TakesNoMoreConnectionsThanAllowed) {
  ServerSettings settings;
  settings.connections = 2;
  start(settings);
  Client first(server_->port());
  Client second(server_->port());
  // Answered: they are inside.
  for (Client* client : {&first, &second}) {
    client->send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_THAT(client->read_head(), StartsWith("HTTP/1.1 200"));
  }
  Client third(server_->port());
  third.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(third.read_all(), "");
  EXPECT_TRUE(third.closed());
}

TEST_F(HttpServerTest, AnswersOnlyToNamesOfItsOwn) {
  ServerSettings settings;
  settings.hosts = {"daq.example.org"};
  start(settings);
  const auto ask_as = [&](const std::string& host) {
    Client client(server_->port());
    client.send("GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
    return client.read_all();
  };
  EXPECT_THAT(ask_as("localhost:8080"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(ask_as("[::1]:8080"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(ask_as("daq.example.org"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(ask_as("evil.example.org:8080"), StartsWith("HTTP/1.1 421"));
}

TEST_F(HttpServerTest, PushesToWebSocketsNowAndLater) {
  start();
  server_->push(text_of("first"));
  Client client(server_->port());
  client.send(upgrade());
  // The key's answer is that of RFC 6455, section 1.3. A text frame: 0x81, its length, its bytes.
  const auto has_frame = [](const std::string& text) {
    return [text](const std::string& got) {
      return got.find("\x81" + std::string(1, char(text.size())) + text) != std::string::npos;
    };
  };
  const std::string got = client.read_until(has_frame("first"));
  EXPECT_THAT(got, StartsWith("HTTP/1.1 101 "));
  EXPECT_THAT(got, HasSubstr("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
  EXPECT_TRUE(has_frame("first")(got));
  server_->push(text_of("second"));
  EXPECT_TRUE(has_frame("second")(client.read_until(has_frame("second"))));
}

TEST_F(HttpServerTest, RefusesWebSocketsOfOtherOrigins) {
  Client client(start().port());
  client.send(upgrade("Origin: http://evil.example.org\r\n"));
  EXPECT_THAT(client.read_all(), StartsWith("HTTP/1.1 403 "));
  Client own(server_->port());
  own.send(upgrade("Origin: http://127.0.0.1\r\n"));
  EXPECT_THAT(own.read_head(), StartsWith("HTTP/1.1 101 "));
  EXPECT_THAT(ask(server_->port(), "GET /ws"), StartsWith("HTTP/1.1 426 "));
}

TEST_F(HttpServerTest, DisconnectsAWebSocketThatSpeaks) {
  ServerSettings settings;
  settings.request_timeout = std::chrono::milliseconds(300);  // how long it waits for our farewell
  Client client(start(settings).port());
  client.send(upgrade());
  EXPECT_THAT(client.read_head(), StartsWith("HTTP/1.1 101 "));
  client.send(std::string("\x81\x82\x00\x00\x00\x00hi", 8));  // a masked text frame
  client.read_all();
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerTest, DropsAWebSocketThatDoesNotRead) {
  ServerSettings settings;
  settings.connections = 1;
  start(settings);
  server_->push(text_of("hello"));
  Client slow(server_->port());
  slow.send(upgrade());
  // It listens: what follows is pushed to it.
  EXPECT_THAT(slow.read_until([](const std::string& got) { return got.ends_with("hello"); }), HasSubstr("hello"));
  const auto has_room = [&] { return ask(server_->port(), "GET /").starts_with("HTTP/1.1 200"); };
  EXPECT_FALSE(has_room());

  // The first alone is more than the kernel buffers for one connection.
  const Text large = text_of(std::string(32 << 20, 'x'));
  for (std::size_t i = 0; i <= settings.missed_pushes; ++i) server_->push(large);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  bool dropped = false;
  while (!dropped && std::chrono::steady_clock::now() < deadline) dropped = has_room();
  EXPECT_TRUE(dropped);
}

TEST_F(HttpServerTest, TakesAnotherPortWhereItsOwnIsTaken) {
  start();
  EXPECT_FALSE(server_->port_was_taken());
  ServerSettings settings;
  settings.port = server_->port();
  const HttpServer second(settings, [](const Request&) { return Response(); });
  EXPECT_TRUE(second.port_was_taken());
  EXPECT_NE(second.port(), server_->port());
  EXPECT_EQ(second.url(), "http://127.0.0.1:" + std::to_string(second.port()) + "/");
}

TEST_F(HttpServerTest, RefusesAnAddressThatIsNone) {
  ServerSettings settings;
  settings.bind = "somewhere";
  try {
    const HttpServer server(settings, [](const Request&) { return Response(); });
    FAIL() << "bound to nothing";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("somewhere"));
  }
}

TEST(HttpRules, KnowOurHostsAndOrigins) {
  EXPECT_TRUE(host_is_ours("LOCALHOST", {}));
  EXPECT_TRUE(host_is_ours("192.168.1.4:80", {}));
  EXPECT_FALSE(host_is_ours("192.168.1.4.evil.org", {}));
  EXPECT_FALSE(host_is_ours("", {}));
  EXPECT_FALSE(host_is_ours("[", {}));
  EXPECT_FALSE(host_is_ours("[::1", {}));
  EXPECT_TRUE(origin_is_host("https://localhost:8080", "localhost:8080"));
  EXPECT_FALSE(origin_is_host("null", "localhost:8080"));
  EXPECT_FALSE(origin_is_host("http://localhost:9999", "localhost:8080"));
}

}  // namespace
}  // namespace spillway::web
