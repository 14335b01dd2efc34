#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <deque>
#include <random>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "daq/base/log.hpp"
#include "daq/base/version.hpp"
#include "daq/service/machine.hpp"
#include "daq/transport/nonblocking.hpp"

namespace spillway::service {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kHeartbeatPeriod{500};
constexpr unsigned kLongestDeparture_s = 3;
constexpr std::size_t kMostCommandsAtOnce = 64;

volatile std::sig_atomic_t g_leave = 0;

void on_leave_signal(int) {
  g_leave = 1;
  // A service that hangs must not outlive the one who asked it to go.
  alarm(kLongestDeparture_s);
}

void take_signals(bool supervised) {
  struct sigaction action {};
  action.sa_handler = on_leave_signal;
  sigaction(SIGTERM, &action, nullptr);
  // Ctrl-C reaches the whole process group of a terminal; what it means is run control's to decide.
  if (supervised) action.sa_handler = SIG_IGN;
  sigaction(SIGINT, &action, nullptr);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
}

std::uint64_t fresh_boot_id() {
  std::random_device source;
  std::uint64_t id = 0;
  while (id == 0) id = (static_cast<std::uint64_t>(source()) << 32) | source();
  return id;
}

double cpu_seconds(const rusage& usage) {
  const auto seconds_of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

/// The process around a service: its control socket, heartbeat and loop.
class Process final : public Host {
 public:
  Process(const std::string& process, const std::string& control)
      : process_(process), boot_id_(fresh_boot_id()), control_(control_context_, zmq::socket_type::dealer) {
    control_.set(zmq::sockopt::routing_id, fmt::format("{}/{}", process_, boot_id_));
    control_.set(zmq::sockopt::immediate, true);
    control_.set(zmq::sockopt::linger, 500);
    control_.set(zmq::sockopt::sndhwm, 0);
    control_.set(zmq::sockopt::rcvhwm, 0);
    control_.connect(control);
  }

  zmq::context_t& context() override { return *data_context_; }
  transport::Reactor& reactor() override { return reactor_; }
  [[nodiscard]] std::uint64_t boot_id() const override { return boot_id_; }

  void report(v1::Report report) override {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    if (report.has_finished()) {
      report.mutable_finished()->set_cpu_s(cpu_seconds(usage));
      if (machine_) machine_->finished();
    }
    address(report);
    outbox_.push_back(report.SerializeAsString());
    send_outbox();
  }

  void alarm(const std::string& text) override {
    spdlog::warn("{}", text);
    v1::Report message;
    message.mutable_alarm()->set_text(text);
    report(std::move(message));
  }

  int run(const ServiceFactory& factory) {
    auto service = factory(*this);
    Machine machine(*service, process_);
    machine_ = &machine;
    service_ = service.get();
    reactor_.watch(control_, [this] { take_commands(); });
    reactor_.every(kHeartbeatPeriod, [this] { heartbeat(); });
    heartbeat();
    bool more = false;
    while (!machine.leaving()) {
      more = turn(more);
      if (g_leave != 0 && !machine.leaving()) machine.abort({"asked to leave by a signal", false});
    }
    machine_ = nullptr;
    service_ = nullptr;
    reactor_.unwatch(control_);
    service.reset();
    depart(machine.aborted());
    return machine.state() == State::kError ? 1 : 0;
  }

 private:
  bool turn(bool more) {
    try {
      reactor_.turn(more ? milliseconds(0) : milliseconds(50));
      if (!greeted_) say_hello();
      send_outbox();
      return machine_->work();
    } catch (const std::exception& error) {
      if (machine_->state() != State::kError) alarm(error.what());
      machine_->fail();
      heartbeat();
      return false;
    }
  }

  void address(v1::Report& report) const {
    report.set_process(process_);
    report.set_boot_id(boot_id_);
  }

  void take_commands() {
    for (std::size_t i = 0; i < kMostCommandsAtOnce && !machine_->leaving(); ++i) {
      const auto parts = transport::receive_all_now(control_);
      if (!parts) return;
      v1::Command command;
      if (parts->size() != 1 || !transport::parse(parts->front(), command)) {
        spdlog::warn("a command that cannot be read was ignored");
        continue;
      }
      heard_ = true;
      const State before = machine_->state();
      v1::Report answer;
      *answer.mutable_reply() = machine_->take(command);
      report(std::move(answer));
      if (machine_->state() != before) {
        spdlog::info("{} -> {}", name(before), name(machine_->state()));
        heartbeat();
      }
    }
  }

  void say_hello() {
    v1::Report report;
    address(report);
    report.mutable_hello();
    greeted_ = transport::send_now(control_, report.SerializeAsString());
  }

  void heartbeat() {
    // A heartbeat that cannot go now is dropped: the next one says more.
    if (!outbox_.empty()) return send_outbox();
    if (!heard_) say_hello();
    v1::Report report;
    address(report);
    auto& beat = *report.mutable_heartbeat();
    beat.set_state(std::string(name(machine_->state())));
    beat.set_next_in_ms(static_cast<std::uint32_t>(kHeartbeatPeriod.count()));
    if (machine_->state() != State::kIdle) service_->describe(beat);
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    beat.set_cpu_s(cpu_seconds(usage));
    beat.set_max_rss_bytes(static_cast<std::uint64_t>(usage.ru_maxrss) * 1024);
    transport::send_now(control_, report.SerializeAsString());
  }

  void send_outbox() {
    while (!outbox_.empty() && transport::send_now(control_, outbox_.front())) outbox_.pop_front();
  }

  void depart(bool aborted) {
    send_outbox();
    control_.close();
    control_context_.close();
    // After an abort nobody waits for what the data links still hold; leaking the context is LINGER 0 for them all.
    if (aborted) {
      static_cast<void>(data_context_.release());
    } else {
      data_context_->close();
    }
  }

  std::string process_;
  std::uint64_t boot_id_;
  zmq::context_t control_context_;
  std::unique_ptr<zmq::context_t> data_context_ = std::make_unique<zmq::context_t>();
  zmq::socket_t control_;
  transport::Reactor reactor_;
  std::deque<std::string> outbox_;
  Machine* machine_ = nullptr;
  Service* service_ = nullptr;
  bool greeted_ = false;  ///< a hello has gone out
  bool heard_ = false;    ///< and run control has spoken
};

}  // namespace

int run_service(int argc, char** argv, const std::string& role, const std::string& what,
                const ServiceFactory& factory) {
  CLI::App app(what);
  app.set_version_flag("--version", version_text());
  std::string control;
  std::string process = role;
  std::string log;
  app.add_option("--control", control, "run control's endpoint; started by hand, it waits at the default one");
  app.add_option("--name", process, "name of this process in the run")->capture_default_str();
  app.add_option("--log", log, "write the log to this file, too");
  app.footer(fmt::format("Example: spillway-{} --control ipc:///run/user/1000/spillway/control", role));
  CLI11_PARSE(app, argc, argv);

  try {
    start_logging(process, log);
    const bool supervised = !control.empty();
    take_signals(supervised);
    if (!supervised) {
      control = default_control_endpoint();
      spdlog::info("waiting for a run control at {}", control);
    }
    return Process(process, control).run(factory);
  } catch (const std::exception& error) {
    spdlog::critical("{}: {}", process, error.what());
    return 1;
  }
}

}  // namespace spillway::service
