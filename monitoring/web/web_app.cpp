#include "monitoring/web/web_app.hpp"

#include <poll.h>

#include <algorithm>
#include <array>

#include "daq/base/error.hpp"
#include "daq/base/log.hpp"
#include "monitoring/web/documents.hpp"

namespace spillway::web {

namespace {

using namespace std::chrono_literals;

constexpr auto kTurn = 100ms;
constexpr auto kLookEvery = 500ms;
constexpr auto kViewEvery = 1s;  // ages and staleness move without a message
constexpr auto kPushAtMost = 1s;
constexpr auto kPushAtLeast = 10s;  // lets the page tell a quiet run from a dead connection

}  // namespace

WebApp::WebApp(WebSettings settings) : settings_(std::move(settings)) {
  publish(true);
  server_ = std::make_unique<HttpServer>(settings_.server, [this](const Request& request) {
    const std::lock_guard lock(mutex_);
    return route(request, snapshot_, page_files());
  });
}

bool WebApp::turn(int stop_fd) {
  std::array<zmq::pollitem_t, 2> items = {
      zmq::pollitem_t{nullptr, stop_fd, ZMQ_POLLIN, 0},
      zmq::pollitem_t{status_ ? status_->handle() : nullptr, 0, ZMQ_POLLIN, 0},
  };
  zmq::poll(items.data(), status_ ? 2 : 1, kTurn);
  if ((items[0].revents & ZMQ_POLLIN) != 0) return false;

  bool changed = status_ && read_status();
  const auto now = Clock::now();
  if (now >= next_look_) {
    next_look_ = now + kLookEvery;
    const bool was_finished = board_.finished();
    const std::uint64_t run = board_.run();
    look();
    changed = changed || board_.run() != run || board_.finished() != was_finished;
  }
  publish(changed || now >= next_view_);
  return true;
}

/// Asks the catalogue which run to show and how it stands.
void WebApp::look() {
  try {
    if (!catalogue_) {
      if (!std::filesystem::exists(storage::catalogue_path(settings_.data))) return;
      catalogue_.emplace(settings_.data, true);
    }
    if (settings_.run != 0) {
      if (const auto line = catalogue_->run(settings_.run)) look_at(*line);
    } else {
      const auto runs = catalogue_->runs();
      const auto newest = std::ranges::max_element(runs, {}, &storage::RunLine::run);
      if (newest != runs.end()) look_at(*newest);
    }
    catalogue_error_.clear();
  } catch (const Error& error) {
    catalogue_.reset();
    if (catalogue_error_ != error.what()) spdlog::warn("catalogue: {}", error.what());
    catalogue_error_ = error.what();
  }
}

void WebApp::look_at(const storage::RunLine& line) {
  if (line.run == board_.run() && board_.finished()) return;
  board_.follow(line);
  if (line.condition == "RUNNING") {
    listen_to(line.status_endpoint);
    return;
  }
  if (status_) read_status();  // its last words fill in what a run control that died could not store
  board_.finish(catalogue_->summary(line.run), [&] {
    std::vector<std::string> texts;
    for (const auto& [time, text] : catalogue_->alarms(line.run)) texts.push_back(text);
    return texts;
  }());
  listen_to("");
}

void WebApp::listen_to(const std::string& endpoint) {
  if (endpoint == status_endpoint_) return;
  status_endpoint_ = endpoint;
  status_.reset();
  if (endpoint.empty()) return;
  try {
    status_.emplace(context_, zmq::socket_type::sub);
    status_->set(zmq::sockopt::linger, 0);
    status_->set(zmq::sockopt::rcvhwm, 16);
    status_->set(zmq::sockopt::maxmsgsize, std::int64_t{16} << 20);
    status_->set(zmq::sockopt::subscribe, "");
    status_->connect(endpoint);
  } catch (const zmq::error_t& error) {
    spdlog::warn("status endpoint {}: {}", endpoint, error.what());
    status_.reset();
  }
}

bool WebApp::read_status() {
  bool taken = false;
  zmq::message_t message;
  // The newest counts; a publisher that never stops talking must not keep us here.
  for (int i = 0; i < 64 && status_->recv(message, zmq::recv_flags::dontwait); ++i) {
    v1::RunStatus status;
    if (!status.ParseFromArray(message.data(), static_cast<int>(message.size()))) continue;
    taken = board_.take(status, Clock::now()) || taken;
  }
  return taken;
}

void WebApp::publish(bool changed) {
  const auto now = Clock::now();
  if (changed) {
    next_view_ = now + kViewEvery;
    const RunView view = board_.view(now);
    history_.add(view);
    Snapshot fresh;
    fresh.counts = std::make_shared<const std::string>(to_text(counts_document(view)));
    fresh.status = std::make_shared<const std::string>(to_text(status_document(view)));
    fresh.history = std::make_shared<const std::string>(to_text(history_.document()));
    fresh.metrics = std::make_shared<const std::string>(metrics_text(view));
    const std::lock_guard lock(mutex_);
    snapshot_ = std::move(fresh);
  }
  if (!server_ || now - pushed_at_ < kPushAtMost) return;
  Text newest;
  {
    const std::lock_guard lock(mutex_);
    newest = snapshot_.status;
  }
  if (pushed_ && *pushed_ == *newest && now - pushed_at_ < kPushAtLeast) return;
  pushed_ = newest;
  pushed_at_ = now;
  server_->push(std::move(newest));
}

}  // namespace spillway::web
