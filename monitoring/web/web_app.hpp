#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <zmq.hpp>

#include "daq/storage/catalogue.hpp"
#include "monitoring/web/history.hpp"
#include "monitoring/web/http_server.hpp"
#include "monitoring/web/routes.hpp"
#include "monitoring/web/run_view.hpp"

namespace spillway::web {

struct WebSettings {
  std::filesystem::path data;
  std::uint64_t run = 0;  ///< 0: the newest
  ServerSettings server;
};

/// The web server: looks into the catalogue, listens to run control's status and shows both. Sends nothing to anyone
/// but browsers.
class WebApp {
 public:
  explicit WebApp(WebSettings settings);

  /// One turn: waits at most 100 ms for a status message or for `stop_fd` to become readable (then returns false).
  bool turn(int stop_fd);
  [[nodiscard]] const HttpServer& server() const { return *server_; }

 private:
  using Clock = std::chrono::steady_clock;

  void look();
  void look_at(const storage::RunLine& line);
  void listen_to(const std::string& endpoint);
  bool read_status();
  void publish(bool changed);

  WebSettings settings_;
  std::optional<storage::Catalogue> catalogue_;
  std::string catalogue_error_;
  zmq::context_t context_{1};
  std::optional<zmq::socket_t> status_;
  std::string status_endpoint_;
  RunBoard board_;
  History history_;
  Clock::time_point next_look_{};
  Clock::time_point next_view_{};
  Clock::time_point pushed_at_{};
  Text pushed_;

  std::mutex mutex_;
  Snapshot snapshot_;  ///< guarded by mutex_
  std::unique_ptr<HttpServer> server_;
};

}  // namespace spillway::web
