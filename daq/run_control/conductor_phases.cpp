// How a run goes from one phase to the next, and what happens when a process dies on the way.
#include <algorithm>

#include <fmt/format.h>

#include "daq/run_control/conductor.hpp"

namespace spillway::run_control {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kLongestStart{15};
constexpr seconds kLongestSetUpStep{60};
constexpr seconds kLongestCount{60};
constexpr seconds kLongestLastWord{5};
constexpr seconds kLongestDeparture{2};
constexpr seconds kLongestRescue{10};  ///< the builder closes its file after another service died
constexpr milliseconds kGraceForLastReport{250};

}  // namespace

void Conductor::advance(Instant now) {
  if (phase_ == Phase::kStarting && all_at_least(Step::kPresent)) {
    enter(Phase::kConfiguring, now);
    v1::Command command;
    *command.mutable_configure() = settings_;
    for (Player& player : players_) player.step = Step::kConfiguring;
    send_to_all(command);
  } else if (phase_ == Phase::kConfiguring && all_at_least(Step::kConfigured)) {
    enter(Phase::kConnecting, now);
    for (Player& player : players_) player.step = Step::kConnecting;
    send_to_all(connect_command());
  } else if (phase_ == Phase::kConnecting && all_at_least(Step::kConnected)) {
    enter(Phase::kArming, now);
    arm_next(now);
  } else if (phase_ == Phase::kArming) {
    arm_next(now);
  }
  if (phase_ < Phase::kRunning) catch_up();
  if (phase_ >= Phase::kRunning && phase_ <= Phase::kClosing) rejoin();
  if (phase_ != Phase::kRunning) return;
  if (outcome_.end) {
    begin_stopping(now);
  } else if (end_wanted_ && !end_asked_) {
    end_asked_ = true;
    v1::Command command;
    command.mutable_end_run();
    if (Player* trigger = of_role(Role::kTrigger)) send(*trigger, command);
  }
}

v1::Command Conductor::connect_command() const {
  v1::Command command;
  auto& endpoints = *command.mutable_connect()->mutable_endpoints();
  for (const Player& player : players_) {
    for (const auto& [link, endpoint] : player.endpoints) endpoints[link] = endpoint;
  }
  return command;
}

void Conductor::arm_next(Instant now) {
  for (Player& player : players_) {
    if (player.step == Step::kStarted) continue;
    if (player.step == Step::kConnected) {
      player.step = Step::kStarting;
      v1::Command command;
      command.mutable_start();
      send(player, command);
    }
    return;
  }
  started_ = now;
  enter(Phase::kRunning, now);
}

/// Brings a process that was started again during set-up to where the others are.
void Conductor::catch_up() {
  for (Player& player : players_) {
    if (phase_ >= Phase::kConfiguring && player.step == Step::kPresent) {
      player.step = Step::kConfiguring;
      v1::Command command;
      *command.mutable_configure() = settings_;
      send(player, std::move(command));
    } else if (phase_ >= Phase::kConnecting && player.step == Step::kConfigured) {
      player.step = Step::kConnecting;
      send(player, connect_command());
    }
  }
}

void Conductor::rejoin() {
  const bool others_ready =
      !is_pending(v1::Command::kPeerLost) && std::all_of(players_.begin(), players_.end(), [](const Player& player) {
        return player.member.role == Role::kOnline || player.step >= Step::kConfigured;
      });
  bool connect_others = false;
  for (Player& player : players_) {
    v1::Command command;
    if (player.step == Step::kPresent) {
      player.step = Step::kConfiguring;
      *command.mutable_configure() = settings_;
    } else if (player.step == Step::kConfigured && (others_ready || player.member.role == Role::kOnline)) {
      player.step = Step::kConnecting;
      connect_others |= player.member.role == Role::kReadout;
      command = connect_command();
    } else if (player.step == Step::kConnected) {
      player.step = Step::kStarting;
      command.mutable_start();
    } else {
      continue;
    }
    send(player, std::move(command));
  }
  // After those that join, so that what is sent to them finds them connected.
  if (connect_others) send_to_all(connect_command(), Step::kStarting);
}

void Conductor::begin_stopping(Instant now) {
  enter(Phase::kStopping, now);
  v1::Command command;
  command.mutable_stop()->set_end_ns(outcome_.end->ns);
  send_to_all(command, Step::kStarted);
}

void Conductor::forget(Player& player) {
  player.alive = false;
  player.step = Step::kAbsent;
  player.endpoints.clear();
  std::erase_if(pending_, [&](const auto& entry) { return entry.second.process == player.member.process; });
}

void Conductor::died(const std::string& process, const std::string& how, Instant now) {
  Player* player = find(process);
  if (player == nullptr || !player->alive) return;
  const std::uint64_t boot_id = player->boot_id;
  forget(*player);
  all_gone_ = now;
  if (phase_ >= Phase::kAborting) return;
  const Role role = player->member.role;
  if (phase_ < Phase::kRunning) {
    // Nobody is connected with it yet, or nobody waits for it.
    const bool replaceable = role == Role::kOnline || phase_ <= Phase::kConfiguring;
    if (replaceable && player->backoff.in_a_row() == 0) return restart(*player, how, now);
    return fail_setup(fmt::format("{} {} while it was set up", process, how), now);
  }
  if (phase_ == Phase::kClosing && role != Role::kOnline) return;
  if (role == Role::kOnline && player->finished) return;

  if (role != Role::kReadout && role != Role::kOnline) return break_off(fmt::format("{} {}", process, how), now);
  if (role == Role::kReadout) {
    v1::Command command;
    command.mutable_peer_lost()->set_process(process);
    command.mutable_peer_lost()->set_boot_id(boot_id);
    send_to_all(command, Step::kConfigured);
    // The others connect anew once all of it has settled.
    add_fault(process + " restarted");
  }
  restart(*player, how, now);
}

void Conductor::restart(Player& player, const std::string& how, Instant now) {
  const std::string& process = player.member.process;
  const Instant at = player.backoff.next(now);
  if (player.backoff.hopeless()) {
    const auto text = fmt::format("{} died {} times in a row", process, player.backoff.in_a_row());
    if (player.member.role == Role::kReadout) return break_off(text, now);
    return alarm(text + "; it is not started again");
  }
  alarm(fmt::format("{} {}; it is started again", process, how));
  player.alive = true;
  player.boot_id = 0;
  player.failed = false;
  player.finished = false;
  player.last_alarm.clear();
  actions_.emplace_back(Restart{process, at});
}

void Conductor::fail_setup(const std::string& what, Instant now) {
  if (phase_ >= Phase::kAborting) return;
  outcome_.setup_error = what;
  leave(now);
}

void Conductor::abort(const std::string& why, Instant now) {
  if (phase_ >= Phase::kLeaving || user_abort_) return;
  user_abort_ = true;
  outcome_.aborted = true;
  break_off(why, now);
}

void Conductor::add_fault(const std::string& fault) {
  const auto found = std::find(outcome_.faults.begin(), outcome_.faults.end(), fault);
  if (found == outcome_.faults.end()) outcome_.faults.push_back(fault);
}

void Conductor::break_off(const std::string& why, Instant now) {
  if (phase_ >= Phase::kLeaving) return;
  add_fault(why);
  if (phase_ == Phase::kAborting) return;
  alarm(why);
  enter(Phase::kAborting, now);
  all_gone_ = now;
  v1::Command command;
  command.mutable_abort()->set_why(why);
  command.mutable_abort()->set_by_user(user_abort_);
  send_off(command);
}

void Conductor::leave(Instant now) {
  enter(Phase::kLeaving, now);
  v1::Command command;
  command.mutable_exit();
  send_off(command);
}

/// To all; one that has not said hello hears nothing yet and is killed.
void Conductor::send_off(const v1::Command& command) {
  for (Player& player : players_) {
    if (!player.alive) continue;
    if (player.step == Step::kAbsent) {
      actions_.emplace_back(Kill{player.member.process});
    } else {
      send(player, command);
    }
  }
}

void Conductor::kill_all(bool also_builder) {
  for (const Player& player : players_) {
    if (player.alive && (also_builder || player.member.role != Role::kBuilder)) {
      actions_.emplace_back(Kill{player.member.process});
    }
  }
}

bool Conductor::all_is_told(Instant now) {
  const Player* online = of_role(Role::kOnline);
  if (online != nullptr && !outcome_.counts) {
    const bool hopeless = !online->alive || now - entered_ > kLongestCount;
    if (!hopeless) return false;
    outcome_.remarks.emplace_back("online stage gave no counts");
    alarm("online stage gave no counts");
  }
  if (now - entered_ > kLongestLastWord) return true;
  return std::all_of(players_.begin(), players_.end(), [](const Player& player) {
    return player.member.role != Role::kFrontEnd || player.finished || !player.alive;
  });
}

void Conductor::tick(Instant now) {
  const auto spent = now - entered_;
  switch (phase_) {
    case Phase::kStarting:
    case Phase::kConfiguring:
    case Phase::kConnecting:
    case Phase::kArming: {
      const auto limit = phase_ == Phase::kStarting ? kLongestStart : kLongestSetUpStep;
      if (spent <= limit) break;
      std::string silent;
      const Step wanted = phase_ == Phase::kStarting      ? Step::kPresent
                          : phase_ == Phase::kConfiguring ? Step::kConfigured
                          : phase_ == Phase::kConnecting  ? Step::kConnected
                                                          : Step::kStarted;
      for (const Player& player : players_) {
        if (player.step < wanted) silent += (silent.empty() ? "" : ", ") + player.member.process;
      }
      fail_setup(fmt::format("{} did not answer within {} s; its log says why", silent, limit.count()), now);
      break;
    }
    case Phase::kClosing:
      if (all_is_told(now)) leave(now);
      break;
    case Phase::kAborting: {
      if (spent > kLongestDeparture) kill_all(user_abort_ || spent > kLongestRescue);
      const bool last_word_heard = outcome_.report.has_value() || now - all_gone_ > kGraceForLastReport;
      if (!any_alive() && last_word_heard) enter(Phase::kDone, now);
      break;
    }
    case Phase::kLeaving:
      if (spent > kLongestDeparture) kill_all(true);
      if (!any_alive() || spent > 3 * kLongestDeparture) enter(Phase::kDone, now);
      break;
    case Phase::kRunning:
    case Phase::kStopping:
    case Phase::kDone:
      break;
  }
}

}  // namespace spillway::run_control
