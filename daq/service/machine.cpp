#include "daq/service/machine.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace spillway::service {

std::string_view name(State state) {
  switch (state) {
    case State::kIdle:
      return "idle";
    case State::kConfigured:
      return "configured";
    case State::kRunning:
      return "running";
    case State::kPaused:
      return "paused";
    case State::kStopping:
      return "stopping";
    case State::kError:
      return "error";
  }
  return "error";
}

v1::Reply Machine::take(const v1::Command& command) {
  v1::Reply reply;
  reply.set_number(command.number());
  try {
    carry_out(command);
    for (const auto& [link, endpoint] : service_->endpoints()) (*reply.mutable_endpoints())[link] = endpoint;
  } catch (const std::exception& error) {
    reply.set_error(error.what());
    spdlog::error("{}", error.what());
  }
  return reply;
}

void Machine::require(std::initializer_list<State> states, std::string_view command) const {
  if (std::find(states.begin(), states.end(), state_) != states.end()) return;
  throw Error(fmt::format("{} does not fit the state {}", command, name(state_)));
}

void Machine::configure(const v1::Configure& command) {
  require({State::kIdle}, "configure");
  service_->configure(
      {.process = process_,
       .run = command.run(),
       .seed = command.seed(),
       .speed = command.speed(),
       .gates = command.gates(),
       .duration = Duration{command.duration_ns()},
       .run_directory = command.run_directory(),
       .socket_directory = command.socket_directory(),
       .replay = command.replay(),
       .config = Config::parse(command.config_text(), command.config_name(),
                               std::vector<std::string>(command.overrides().begin(), command.overrides().end()))});
  state_ = State::kConfigured;
}

void Machine::carry_out(const v1::Command& command) {
  using enum State;
  switch (command.command_case()) {
    case v1::Command::kConfigure:
      return configure(command.configure());
    case v1::Command::kConnect: {
      require({kConfigured, kRunning, kPaused, kStopping}, "connect");
      const auto& endpoints = command.connect().endpoints();
      return service_->connect(Endpoints(endpoints.begin(), endpoints.end()));
    }
    case v1::Command::kStart:
      require({kConfigured}, "start");
      service_->start();
      state_ = kRunning;
      return;
    case v1::Command::kStop:
      require({kRunning, kPaused, kStopping}, "stop");
      // What the service reports from inside stop() must find the state it leads to.
      state_ = kStopping;
      return service_->stop(Timestamp{command.stop().end_ns()});
    case v1::Command::kPeerLost:
      require({kConfigured, kRunning, kPaused, kStopping}, "peer_lost");
      return service_->peer_lost(command.peer_lost().process(), command.peer_lost().boot_id());
    case v1::Command::kEndRun:
      require({kRunning, kPaused, kStopping, kConfigured}, "end_run");
      return service_->end_run();
    case v1::Command::kPause:
      require({kRunning, kPaused}, "pause");
      service_->pause();
      state_ = kPaused;
      return;
    case v1::Command::kResume:
      require({kPaused, kRunning}, "resume");
      service_->resume();
      state_ = kRunning;
      return;
    case v1::Command::kAbort:
      return abort({command.abort().why(), command.abort().by_user()});
    case v1::Command::kExit:
      leaving_ = true;
      return;
    case v1::Command::COMMAND_NOT_SET:
      throw Error("a command of a kind that this version does not know");
  }
}

bool Machine::work() {
  const bool works = state_ != State::kIdle && state_ != State::kError && !leaving_;
  return works && service_->work();
}

void Machine::finished() {
  if (state_ == State::kStopping) state_ = State::kConfigured;
}

void Machine::abort(const Abort& abort) {
  leaving_ = true;
  aborted_ = true;
  if (state_ == State::kIdle) return;
  try {
    service_->abort(abort);
  } catch (const std::exception& error) {
    spdlog::error("while aborting: {}", error.what());
  }
}

}  // namespace spillway::service
