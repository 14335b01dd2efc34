#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <unistd.h>

#include "daq/service/service.hpp"

namespace spillway::service {

/// Drives a service as its process would, with the reports kept for the test to look at.
class FakeHost final : public Host {
 public:
  FakeHost() {
    char name[] = "/tmp/spillway-test-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~FakeHost() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  zmq::context_t& context() override { return context_; }
  transport::Reactor& reactor() override { return reactor_; }
  [[nodiscard]] std::uint64_t boot_id() const override { return 4711; }
  void report(v1::Report report) override { reports.push_back(std::move(report)); }
  void alarm(const std::string& text) override { alarms.push_back(text); }

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] std::string endpoint(const std::string& name) const { return "ipc://" + (folder_ / name).string(); }
  [[nodiscard]] RunSettings settings(const std::string& process, const std::string& config) const {
    return {.process = process,
            .run = 12,
            .seed = 1,
            .speed = 0,
            .gates = 0,
            .duration = {},
            .run_directory = folder_ / "run",
            .socket_directory = folder_,
            .replay = "",
            .config = Config::parse(config, "test.toml")};
  }

  /// Lets the service and `others` work until the condition holds; false where it does not within 20 s.
  bool work_until(Service& service, const std::function<bool()>& condition, const std::function<void()>& others) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      reactor_.turn(std::chrono::milliseconds(2));
      service.work();
      others();
    }
    return true;
  }

  [[nodiscard]] const v1::Report* find(v1::Report::ReportCase kind) const {
    for (const v1::Report& report : reports) {
      if (report.report_case() == kind) return &report;
    }
    return nullptr;
  }

  std::vector<v1::Report> reports;
  std::vector<std::string> alarms;

 private:
  std::filesystem::path folder_;
  zmq::context_t context_;
  transport::Reactor reactor_;
};

/// The receiving end of a link with all that came.
class Receiving {
 public:
  Receiving(FakeHost& host, const std::string& link, const std::string& endpoint, std::size_t window = 1U << 20U)
      : receiver_(host.context(), link, endpoint, 12, window) {}
  void turn() {
    while (auto message = receiver_.receive()) {
      receiver_.release(message->cost);
      messages.push_back(std::move(*message));
    }
    receiver_.tick();
  }
  transport::LinkReceiver& link() { return receiver_; }
  [[nodiscard]] bool ended() const {
    return !messages.empty() && messages.back().envelope.has_bulk() && messages.back().envelope.bulk().end_of_stream();
  }
  std::vector<transport::Message> messages;

 private:
  transport::LinkReceiver receiver_;
};

}  // namespace spillway::service
