#include "daq/run_control/session.hpp"

#include <csignal>
#include <ctime>
#include <fstream>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "detectors/registry.hpp"

namespace spillway::run_control {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// One key press may reach us twice: from the terminal and passed on by a parent.
constexpr milliseconds kOneKeyPress{250};
constexpr milliseconds kLongestWebDeparture{2000};
constexpr std::chrono::seconds kPatienceWithTheCatalogue{15};
constexpr milliseconds kBetweenTries{250};

volatile std::sig_atomic_t g_signals = 0;

void on_signal(int) {
  g_signals = g_signals + 1;
}
void on_child(int) {}

void install_signal_handlers() {
  g_signals = 0;
  struct sigaction action {};
  action.sa_handler = on_signal;
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaction(number, &action, nullptr);
  // Only so that a death interrupts the poll.
  action.sa_handler = on_child;
  action.sa_flags = SA_NOCLDSTOP;
  sigaction(SIGCHLD, &action, nullptr);
  action.sa_handler = SIG_IGN;
  action.sa_flags = 0;
  sigaction(SIGPIPE, &action, nullptr);
}

}  // namespace

Session::Session(const Options& options, const Config& config, const model::Setup& setup, RunRecords& records,
                 const Places& places, const std::filesystem::path& socket_directory)
    : options_(&options),
      config_(&config),
      setup_(&setup),
      records_(&records),
      places_(places),
      sockets_(context_, socket_directory.string()),
      supervisor_(launcher_),
      disposal_(detectors::plain_section(config, "storage").text("keep") == "all", records.run(), places, supervisor_),
      members_(members_of(config, setup, options.speed)),
      conductor_(members_, configure_command(socket_directory), steady_clock::now()),
      progress_(stderr) {
  places_.control_endpoint = sockets_.control_endpoint();
  install_signal_handlers();
  records_->set_endpoints(sockets_.query_endpoint(), sockets_.status_endpoint());
  reactor_.watch(sockets_.control(), [this] { take_reports(); });
  reactor_.watch(sockets_.query(),
                 [this] { sockets_.answer_queries([this](const v1::Query& query) { return answer(query); }); });
  reactor_.every(milliseconds(500), [this] { publish(); });
  reactor_.every(milliseconds(1000), [this] { show_progress(); });
}

Session::~Session() = default;

v1::Configure Session::configure_command(const std::filesystem::path& socket_directory) const {
  v1::Configure command;
  command.set_config_text(config_->text());
  command.set_config_name(config_->file_name());
  for (const std::string& text : config_->overrides()) command.add_overrides(text);
  command.set_run(records_->run());
  command.set_seed(options_->seed);
  command.set_speed(options_->speed);
  command.set_run_directory(places_.run_directory.string());
  command.set_replay(options_->replay);
  command.set_gates(options_->gates);
  command.set_duration_ns(options_->duration.ns);
  command.set_socket_directory(socket_directory.string());
  return command;
}

void Session::start_processes() {
  if (wants_real_time(*config_, options_->speed) && !real_time_permitted()) {
    spdlog::info("setup.realtime: this user may not start real-time processes (ulimit -r); usual priorities instead");
  }
  bool failed = false;
  for (const Member& member : members_) {
    const auto now = steady_clock::now();
    supervisor_.add(service_spec(member, places_));
    try {
      if (!failed) supervisor_.start(member.process);
    } catch (const Error& error) {
      failed = true;
      conductor_.fail_setup(error.what(), now);
    }
    if (failed) conductor_.died(member.process, "was not started", now);
  }
  if (failed) return;
  if (auto web = web_spec(*config_, records_->run(), places_)) {
    supervisor_.add(*web);
    supervisor_.start_at(kWebProcess, steady_clock::now());
  }
}

const Outcome& Session::conduct() {
  start_processes();
  while (!conductor_.done()) turn();
  disposal_.run_over(conductor_.outcome().counts.has_value());
  // One more Ctrl-C leaves what is left.
  const unsigned signals = signals_;
  while (signals_ == signals && disposal_.tick()) turn();
  progress_.finish();
  return conductor_.outcome();
}

void Session::turn() {
  reactor_.turn(milliseconds(50));
  const auto now = steady_clock::now();
  take_signals(now);
  take_deaths(now);
  conductor_.tick(now);
  carry_out();
  disposal_.tick();
  if (conductor_.phase() != shown_phase_) {
    shown_phase_ = conductor_.phase();
    publish();
  }
}

void Session::take_reports() {
  const auto now = steady_clock::now();
  while (auto report = sockets_.receive_report()) {
    conductor_.take(*report, now);
    if (conductor_.boot_of(report->process()) != report->boot_id()) continue;
    board_.take(*report, now);
    const auto& gauges = report->heartbeat().gauges();
    if (report->process() == "online" && gauges.contains("file")) {
      disposal_.online_reads(static_cast<std::uint32_t>(gauges.at("file")));
    }
  }
  carry_out();
}

void Session::take_signals(Instant now) {
  if (g_signals == 0) return;
  g_signals = 0;
  if (signals_ > 0 && now - last_signal_ < kOneKeyPress) return;
  last_signal_ = now;
  if (++signals_ == 1) {
    progress_.say("ending the run; once more aborts it");
    conductor_.end_run(now);
  } else {
    conductor_.abort("aborted by the user", now);
  }
}

void Session::take_deaths(Instant now) {
  for (const Ended& ended : supervisor_.tick(now)) {
    cpu_s_[ended.process] += ended.cpu_s;
    if (ended.process == kVerifyProcess) {
      disposal_.ended(ended);
    } else if (ended.process != kWebProcess) {
      if (conductor_.phase() < Phase::kRunning) {
        const std::string words = supervisor_.last_words(ended.process);
        if (!words.empty()) progress_.say(words);
      }
      // What it said last may still be in the socket.
      take_reports();
      conductor_.died(ended.process, ended.how, now);
      board_.lost(ended.process);
      if (ended.process == "online" && conductor_.phase() < Phase::kAborting) disposal_.online_lost();
    } else if (conductor_.phase() < Phase::kAborting) {
      const Instant at = web_backoff_.next(now);
      say_alarm(
          fmt::format("the web server {}; it is {}started again", ended.how, web_backoff_.hopeless() ? "not " : ""));
      if (!web_backoff_.hopeless()) supervisor_.start_at(kWebProcess, at);
    }
  }
}

void Session::carry_out() {
  for (Action& action : conductor_.take_actions()) {
    if (const auto* send = std::get_if<Send>(&action)) {
      carry_out(*send);
    } else if (const auto* restart = std::get_if<Restart>(&action)) {
      supervisor_.start_at(restart->process, restart->at);
    } else if (const auto* kill = std::get_if<Kill>(&action)) {
      supervisor_.kill(kill->process);
    } else {
      say_alarm(std::get<Alarm>(action).text);
    }
  }
}

void Session::carry_out(const Send& action) {
  // One that is gone takes no command; its death is on its way here.
  if (!sockets_.send(action.process, action.boot_id, action.command)) {
    spdlog::warn("{} is not there to take command {}", action.process, action.command.number());
  }
}

void Session::say_alarm(const std::string& text) {
  progress_.say("alarm: " + text);
  board_.add_alarm(text);
  records_->add_alarm(text);
  publish();
}

void Session::show_progress() {
  const auto now = steady_clock::now();
  for (const std::string& text : board_.remarks(now)) say_alarm(text);
  records_->flush();
  look_for_page();
  if (conductor_.phase() >= Phase::kRunning && conductor_.phase() <= Phase::kClosing) progress_.show(status(now), now);
}

void Session::look_for_page() {
  std::ifstream file(places_.run_directory / "web.url");
  std::string url;
  if (!std::getline(file, url) || url.empty() || url == page_) return;
  page_ = url;
  progress_.say("page: " + url);
}

v1::QueryReply Session::answer(const v1::Query& query) {
  v1::QueryReply reply;
  const auto now = steady_clock::now();
  switch (query.query_case()) {
    case v1::Query::kStatus:
      *reply.mutable_status() = status(now);
      break;
    case v1::Query::kStop:
      conductor_.end_run(now);
      break;
    case v1::Query::kPause:
    case v1::Query::kResume:
      if (conductor_.phase() != Phase::kRunning) {
        reply.set_error(fmt::format("the run is {}; only a running one can be paused", conductor_.state()));
      } else if (query.has_pause()) {
        conductor_.pause();
      } else {
        conductor_.resume();
      }
      break;
    case v1::Query::QUERY_NOT_SET:
      reply.set_error("a query of a kind that this version does not know");
      break;
  }
  carry_out();
  return reply;
}

v1::RunStatus Session::status(Instant now) const {
  v1::RunStatus status;
  status.set_run(records_->run());
  status.set_setup(setup_->name);
  status.set_state(std::string(conductor_.state()));
  status.set_condition(condition_);
  status.set_begin_ns(setup_->epoch.ns);
  status.set_speed(options_->speed);
  board_.fill(status, now);
  timespec wall{};
  clock_gettime(CLOCK_REALTIME, &wall);
  status.set_sent_wall_ns(wall.tv_sec * 1'000'000'000 + wall.tv_nsec);
  return status;
}

void Session::publish() {
  sockets_.publish(status(steady_clock::now()));
}

std::string Session::store(const model::RunSummary& summary) {
  g_signals = 0;
  std::string problem = records_->end(summary);
  if (problem.empty()) return problem;
  progress_.say(
      fmt::format("{}; it is tried again for {} s, Ctrl-C ends that", problem, kPatienceWithTheCatalogue.count()));
  const auto deadline = steady_clock::now() + kPatienceWithTheCatalogue;
  auto next_try = steady_clock::now() + kBetweenTries;
  while (!problem.empty() && g_signals == 0 && steady_clock::now() < deadline) {
    reactor_.turn(milliseconds(50));
    static_cast<void>(supervisor_.tick(steady_clock::now()));
    if (steady_clock::now() < next_try) continue;
    problem = records_->end(summary);
    next_try = steady_clock::now() + kBetweenTries;
  }
  return problem;
}

void Session::close(const model::RunSummary& summary) {
  condition_ = model::name(summary.condition);
  publish();
  supervisor_.terminate(kWebProcess);
  const auto deadline = steady_clock::now() + kLongestWebDeparture;
  while (supervisor_.runs(kWebProcess) && steady_clock::now() < deadline) {
    reactor_.turn(milliseconds(20));
    static_cast<void>(supervisor_.tick(steady_clock::now()));
  }
}

}  // namespace spillway::run_control
