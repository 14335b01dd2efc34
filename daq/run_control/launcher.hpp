#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "daq/run_control/share.hpp"

namespace spillway::run_control {

struct ProcessSpec {
  std::string process;  ///< its name in the run
  std::filesystem::path program;
  std::vector<std::string> arguments;
  std::filesystem::path output;  ///< where its standard output and error go
  Share share = {};
};

struct Ended {
  std::string process;
  std::string how;    ///< "was killed by signal 9", "ended with status 1"
  double cpu_s = 0;   ///< user + system, over its life
  bool well = false;  ///< with status 0
};

/// Starts and watches processes. Services do not know which launcher started them.
class Launcher {
 public:
  virtual ~Launcher() = default;
  /// Throws Error where the program cannot be started.
  virtual void start(const ProcessSpec& spec) = 0;
  /// Those that ended since the last call.
  virtual std::vector<Ended> ended() = 0;
  virtual void signal(const std::string& process, int number) = 0;
  [[nodiscard]] virtual bool runs(const std::string& process) const = 0;
};

/// Child processes of this one. Each has a process group of its own, so that Ctrl-C in a terminal reaches run control
/// alone, and gets SIGTERM when run control dies.
class LocalLauncher final : public Launcher {
 public:
  LocalLauncher() = default;
  LocalLauncher(const LocalLauncher&) = delete;
  LocalLauncher& operator=(const LocalLauncher&) = delete;
  /// Kills what is left.
  ~LocalLauncher() override;
  void start(const ProcessSpec& spec) override;
  std::vector<Ended> ended() override;
  void signal(const std::string& process, int number) override;
  [[nodiscard]] bool runs(const std::string& process) const override { return children_.contains(process); }

 private:
  std::map<std::string, pid_t> children_;
};

}  // namespace spillway::run_control
