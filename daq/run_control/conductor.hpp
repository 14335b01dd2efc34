#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daq/base/counters.hpp"
#include "daq/base/time.hpp"
#include "daq/proto/control.pb.h"
#include "daq/run_control/backoff.hpp"
#include "daq/run_control/share.hpp"

namespace spillway::run_control {

/// In the order in which they are started: who receives starts before who sends.
enum class Role { kBuilder, kTrigger, kReadout, kOnline, kFrontEnd };

struct Member {
  std::string process;  ///< "readout.dt5730.0"
  Role role = Role::kReadout;
  Share share = {};
};

/// What the conductor wants done.
struct Send {
  std::string process;
  std::uint64_t boot_id = 0;
  v1::Command command;
};
struct Restart {
  std::string process;
  Instant at;
};
struct Kill {
  std::string process;
};
/// Something to be shown, logged and stored with the run.
struct Alarm {
  std::string text;
};
using Action = std::variant<Send, Restart, Kill, Alarm>;

enum class Phase {
  kStarting,  ///< waiting for each service's hello
  kConfiguring,
  kConnecting,
  kArming,  ///< services are started one after the other
  kRunning,
  kStopping,  ///< T1 is fixed, everybody drains
  kClosing,   ///< the event builder has closed the books; waiting for the last counts
  kAborting,
  kLeaving,  ///< services were told to exit
  kDone,
};

/// What a run came to.
struct Outcome {
  std::string setup_error;  ///< not empty: the run never ran
  bool aborted = false;
  std::vector<std::string> faults;      ///< why the run is not complete, besides what the event builder reports
  std::vector<std::string> remarks;     ///< what else must be said
  std::optional<v1::RunReport> report;  ///< of the event builder
  std::optional<std::vector<v1::Counts>> counts;  ///< of the online stage
  Counters input_skipped;
  Counters messages;                                             ///< on the links into each process, and back
  std::optional<Timestamp> end;                                  ///< T1
  std::uint64_t decisions_made = 0, decisions_acknowledged = 0;  ///< as the trigger counted them
  double wall_s = 0;  ///< from the start of the last service to the closed books
  std::string why_ended;
};

/// Conducts the services of one run: reports, deaths and wishes in, commands out. Knows no sockets, processes or clock.
class Conductor {
 public:
  Conductor(std::vector<Member> members, v1::Configure settings, Instant now);

  void take(const v1::Report& report, Instant now);
  /// The process has ended; `how`: "was killed by signal 9".
  void died(const std::string& process, const std::string& how, Instant now);
  /// Ends the run at the next boundary of the data, as Ctrl-C does.
  void end_run(Instant now);
  void pause();
  void resume();
  /// The user wants it over.
  void abort(const std::string& why, Instant now);
  /// Something that makes the run impossible before it ran.
  void fail_setup(const std::string& what, Instant now);
  /// Looks at the deadlines.
  void tick(Instant now);

  [[nodiscard]] std::vector<Action> take_actions();
  [[nodiscard]] Phase phase() const { return phase_; }
  [[nodiscard]] bool done() const { return phase_ == Phase::kDone; }
  /// "idle", "configured", "running", "paused", "stopping".
  [[nodiscard]] std::string_view state() const;
  [[nodiscard]] const Outcome& outcome() const { return outcome_; }
  /// Boot id of the living process of this name; 0 where there is none.
  [[nodiscard]] std::uint64_t boot_of(const std::string& process) const;

 private:
  enum class Step { kAbsent, kPresent, kConfiguring, kConfigured, kConnecting, kConnected, kStarting, kStarted };
  struct Player {
    Member member;
    Step step = Step::kAbsent;
    bool alive = true;  ///< launched, or about to be launched again
    std::uint64_t boot_id = 0;
    std::map<std::string, std::string> endpoints;
    bool failed = false;  ///< said that it is in error
    bool finished = false;
    std::string last_alarm;
    Backoff backoff;
  };
  struct Pending {
    std::string process;
    v1::Command::CommandCase what = v1::Command::COMMAND_NOT_SET;
  };

  Player* find(const std::string& process);
  Player* of_role(Role role);
  void say_hello(Player& player, std::uint64_t boot_id);
  void take_reply(Player& player, const v1::Reply& reply, Instant now);
  void take_refusal(Player& player, v1::Command::CommandCase what, const std::string& error, Instant now);
  void take_heartbeat(Player& player, const v1::Heartbeat& heartbeat, Instant now);
  void take_decisions(const google::protobuf::Map<std::string, std::uint64_t>& counters);
  void take_finished(Player& player, const v1::Finished& finished, Instant now);
  void take_run_end(const v1::RunEnd& end);
  void advance(Instant now);
  void arm_next(Instant now);
  void catch_up();
  void rejoin();
  void restart(Player& player, const std::string& how, Instant now);
  void begin_stopping(Instant now);
  [[nodiscard]] bool all_is_told(Instant now);
  void add_fault(const std::string& fault);
  void break_off(const std::string& why, Instant now);
  void leave(Instant now);
  void send_off(const v1::Command& command);
  void enter(Phase phase, Instant now);
  void kill_all(bool also_builder);
  void forget(Player& player);
  [[nodiscard]] bool all_at_least(Step step) const;
  [[nodiscard]] bool any_alive() const;
  [[nodiscard]] bool is_pending(v1::Command::CommandCase what) const;
  [[nodiscard]] v1::Command connect_command() const;
  void send(Player& player, v1::Command command);
  void send_to_all(const v1::Command& command, Step at_least = Step::kPresent);
  void alarm(std::string text) { actions_.emplace_back(Alarm{std::move(text)}); }

  std::vector<Player> players_;
  v1::Configure settings_;
  Phase phase_ = Phase::kStarting;
  Instant entered_;     ///< the phase
  Instant started_{};   ///< all services were running
  Instant all_gone_{};  ///< when the last process ended, while aborting
  bool paused_ = false;
  bool end_wanted_ = false;
  bool end_asked_ = false;
  bool user_abort_ = false;
  std::uint64_t next_number_ = 1;
  std::map<std::uint64_t, Pending> pending_;
  std::vector<Action> actions_;
  Outcome outcome_;
};

}  // namespace spillway::run_control
