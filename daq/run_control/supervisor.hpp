#pragma once

#include <map>
#include <string>
#include <vector>

#include "daq/run_control/backoff.hpp"
#include "daq/run_control/launcher.hpp"

namespace spillway::run_control {

/// The processes of a run: starts them, now or later, and tells which ended.
class Supervisor {
 public:
  explicit Supervisor(Launcher& launcher) : launcher_(&launcher) {}

  void add(ProcessSpec spec);
  /// Throws Error where the program cannot be started.
  void start(const std::string& process);
  void start_at(const std::string& process, Instant at) { due_[process] = at; }
  /// Asks it to leave, or ends it; one that waits for its start is not started any more.
  void terminate(const std::string& process);
  void kill(const std::string& process);
  /// Starts what is due. Returns those that ended, could not be started or were called off since the last call.
  [[nodiscard]] std::vector<Ended> tick(Instant now);
  [[nodiscard]] bool runs(const std::string& process) const { return launcher_->runs(process); }
  /// The end of what a process wrote to standard output and error.
  [[nodiscard]] std::string last_words(const std::string& process) const;

 private:
  bool call_off(const std::string& process);

  Launcher* launcher_;
  std::map<std::string, ProcessSpec> specs_;
  std::map<std::string, Instant> due_;
  std::vector<Ended> called_off_;
};

}  // namespace spillway::run_control
