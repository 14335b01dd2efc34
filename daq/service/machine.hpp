#pragma once

#include <functional>
#include <string_view>

#include "daq/service/service.hpp"

namespace spillway::service {

enum class State { kIdle, kConfigured, kRunning, kPaused, kStopping, kError };
/// "idle", "configured", ...
[[nodiscard]] std::string_view name(State state);

/// The states of one service and what each command does in them. Knows no sockets.
class Machine {
 public:
  explicit Machine(Service& service, std::string process) : service_(&service), process_(std::move(process)) {}

  /// Carries out the command. What throws or does not fit the state becomes the reply's error.
  v1::Reply take(const v1::Command& command);
  /// One turn of the service's work, in the states that have any. False: nothing more to do at once.
  bool work();
  /// The service has reported Finished.
  void finished();
  /// Something failed outside of a command: the first fault is kept.
  void fail() { state_ = State::kError; }
  /// Leaves the run, as on Abort. Never throws.
  void abort(const Abort& abort);

  [[nodiscard]] State state() const { return state_; }
  /// True after Abort or Exit: the process ends.
  [[nodiscard]] bool leaving() const { return leaving_; }
  [[nodiscard]] bool aborted() const { return aborted_; }

 private:
  void carry_out(const v1::Command& command);
  void require(std::initializer_list<State> states, std::string_view command) const;
  void configure(const v1::Configure& command);

  Service* service_;
  std::string process_;
  State state_ = State::kIdle;
  bool leaving_ = false;
  bool aborted_ = false;
};

}  // namespace spillway::service
