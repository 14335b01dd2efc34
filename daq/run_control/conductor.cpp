#include "daq/run_control/conductor.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace spillway::run_control {

Conductor::Conductor(std::vector<Member> members, v1::Configure settings, Instant now)
    : settings_(std::move(settings)), entered_(now) {
  std::stable_sort(members.begin(), members.end(), [](const Member& a, const Member& b) {
    return static_cast<int>(a.role) < static_cast<int>(b.role);
  });
  for (Member& member : members) {
    players_.emplace_back();
    players_.back().member = std::move(member);
  }
}

void Conductor::take(const v1::Report& report, Instant now) {
  Player* player = find(report.process());
  if (player == nullptr || !player->alive || phase_ == Phase::kDone) return;
  if (report.has_hello()) {
    say_hello(*player, report.boot_id());
  } else if (player->boot_id != report.boot_id()) {
    return;  // A process that has been given up speaks no more.
  } else if (report.has_reply()) {
    take_reply(*player, report.reply(), now);
  } else if (report.has_heartbeat()) {
    take_heartbeat(*player, report.heartbeat(), now);
  } else if (report.has_run_end()) {
    take_run_end(report.run_end());
  } else if (report.has_finished()) {
    take_finished(*player, report.finished(), now);
  } else if (report.has_alarm()) {
    player->last_alarm = report.alarm().text();
    alarm(fmt::format("{}: {}", report.process(), report.alarm().text()));
  }
  advance(now);
}

void Conductor::say_hello(Player& player, std::uint64_t boot_id) {
  if (player.step != Step::kAbsent) return;
  player.boot_id = boot_id;
  player.step = Step::kPresent;
}

void Conductor::take_reply(Player& player, const v1::Reply& reply, Instant now) {
  const auto found = pending_.find(reply.number());
  if (found == pending_.end() || found->second.process != player.member.process) return;
  const auto what = found->second.what;
  pending_.erase(found);
  if (!reply.error().empty()) return take_refusal(player, what, reply.error(), now);
  player.endpoints = {reply.endpoints().begin(), reply.endpoints().end()};
  if (what == v1::Command::kConfigure) player.step = Step::kConfigured;
  if (what == v1::Command::kConnect && player.step == Step::kConnecting) player.step = Step::kConnected;
  if (what == v1::Command::kStart) {
    player.step = Step::kStarted;
    // One that joins late is told what the others know already.
    if (outcome_.end && phase_ != Phase::kArming) {
      v1::Command stop;
      stop.mutable_stop()->set_end_ns(outcome_.end->ns);
      send(player, stop);
    } else if (paused_) {
      v1::Command pause_too;
      pause_too.mutable_pause();
      send(player, pause_too);
    }
  }
}

void Conductor::take_refusal(Player& player, v1::Command::CommandCase what, const std::string& error, Instant now) {
  const auto text = fmt::format("{}: {}", player.member.process, error);
  if (phase_ < Phase::kRunning) return fail_setup(text, now);
  if (phase_ >= Phase::kClosing) return;
  alarm(text);
  switch (what) {
    case v1::Command::kConfigure:
    case v1::Command::kConnect:
    case v1::Command::kStart:
    case v1::Command::kPeerLost:
    case v1::Command::kStop:
      if (player.member.role == Role::kOnline) {
        actions_.emplace_back(Kill{player.member.process});
      } else {
        break_off(text, now);
      }
      break;
    default:
      break;
  }
}

void Conductor::take_heartbeat(Player& player, const v1::Heartbeat& heartbeat, Instant now) {
  if (player.member.role == Role::kTrigger) take_decisions(heartbeat.counters());
  if (heartbeat.state() != "error" || player.failed || phase_ >= Phase::kClosing) return;
  player.failed = true;
  const auto text =
      fmt::format("{} failed{}{}", player.member.process, player.last_alarm.empty() ? "" : ": ", player.last_alarm);
  if (phase_ < Phase::kRunning) {
    fail_setup(text, now);
  } else if (player.member.role == Role::kReadout || player.member.role == Role::kOnline) {
    actions_.emplace_back(Kill{player.member.process});
  } else {
    break_off(text, now);
  }
}

/// With each heartbeat, as a trigger may die before it can say how it ended.
void Conductor::take_decisions(const google::protobuf::Map<std::string, std::uint64_t>& counters) {
  if (const auto made = counters.find("decisions"); made != counters.end()) outcome_.decisions_made = made->second;
  const auto acknowledged = counters.find("decisions_acknowledged");
  if (acknowledged != counters.end()) outcome_.decisions_acknowledged = acknowledged->second;
}

void Conductor::take_run_end(const v1::RunEnd& end) {
  if (outcome_.end) return;
  outcome_.end = Timestamp{end.end_ns()};
  outcome_.why_ended = end.why();
}

void Conductor::take_finished(Player& player, const v1::Finished& finished, Instant now) {
  if (player.finished) return;
  player.finished = true;
  if (const auto at = finished.counters().find("messages"); at != finished.counters().end()) {
    outcome_.messages[player.member.process] += at->second;
  }
  for (const auto& [reason, count] : finished.input_skipped()) outcome_.input_skipped[reason] += count;
  if (player.member.role == Role::kOnline) {
    outcome_.counts = std::vector<v1::Counts>(finished.counts().begin(), finished.counts().end());
  } else if (player.member.role == Role::kTrigger) {
    take_decisions(finished.counters());
  } else if (player.member.role == Role::kBuilder) {
    outcome_.report = finished.run();
    outcome_.wall_s = std::chrono::duration<double>(now - started_).count();
    if (phase_ < Phase::kClosing) enter(Phase::kClosing, now);
  }
}

std::string_view Conductor::state() const {
  switch (phase_) {
    case Phase::kStarting:
    case Phase::kConfiguring:
      return "idle";
    case Phase::kConnecting:
    case Phase::kArming:
      return "configured";
    case Phase::kRunning:
      return paused_ ? "paused" : "running";
    case Phase::kStopping:
    case Phase::kClosing:
    case Phase::kAborting:
      return "stopping";
    case Phase::kLeaving:
    case Phase::kDone:
      return "idle";
  }
  return "idle";
}

void Conductor::end_run(Instant now) {
  if (phase_ < Phase::kArming) return abort("stopped before it was running", now);
  if (phase_ > Phase::kRunning || outcome_.end) return;
  end_wanted_ = true;
  advance(now);
}

void Conductor::pause() {
  if (phase_ != Phase::kRunning || paused_) return;
  paused_ = true;
  v1::Command command;
  command.mutable_pause();
  send_to_all(command, Step::kStarted);
}

void Conductor::resume() {
  if (phase_ != Phase::kRunning || !paused_) return;
  paused_ = false;
  v1::Command command;
  command.mutable_resume();
  send_to_all(command, Step::kStarted);
}

Conductor::Player* Conductor::find(const std::string& process) {
  const auto found = std::find_if(players_.begin(), players_.end(),
                                  [&](const Player& player) { return player.member.process == process; });
  return found == players_.end() ? nullptr : &*found;
}

Conductor::Player* Conductor::of_role(Role role) {
  const auto found =
      std::find_if(players_.begin(), players_.end(), [&](const Player& player) { return player.member.role == role; });
  return found == players_.end() ? nullptr : &*found;
}

std::uint64_t Conductor::boot_of(const std::string& process) const {
  for (const Player& player : players_) {
    if (player.member.process == process && player.alive) return player.boot_id;
  }
  return 0;
}

bool Conductor::all_at_least(Step step) const {
  return std::all_of(players_.begin(), players_.end(), [&](const Player& player) { return player.step >= step; });
}

bool Conductor::any_alive() const {
  return std::any_of(players_.begin(), players_.end(), [](const Player& player) { return player.alive; });
}

bool Conductor::is_pending(v1::Command::CommandCase what) const {
  return std::any_of(pending_.begin(), pending_.end(), [&](const auto& entry) { return entry.second.what == what; });
}

void Conductor::send(Player& player, v1::Command command) {
  command.set_number(next_number_++);
  pending_[command.number()] = {player.member.process, command.command_case()};
  actions_.emplace_back(Send{player.member.process, player.boot_id, std::move(command)});
}

void Conductor::send_to_all(const v1::Command& command, Step at_least) {
  for (Player& player : players_) {
    if (player.alive && player.step >= at_least) send(player, command);
  }
}

std::vector<Action> Conductor::take_actions() {
  return std::exchange(actions_, {});
}

void Conductor::enter(Phase phase, Instant now) {
  phase_ = phase;
  entered_ = now;
}

}  // namespace spillway::run_control
