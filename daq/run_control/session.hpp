#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <zmq.hpp>

#include "daq/base/config.hpp"
#include "daq/model/setup.hpp"
#include "daq/run_control/conductor.hpp"
#include "daq/run_control/file_disposal.hpp"
#include "daq/run_control/options.hpp"
#include "daq/run_control/plan.hpp"
#include "daq/run_control/progress.hpp"
#include "daq/run_control/run_records.hpp"
#include "daq/run_control/sockets.hpp"
#include "daq/run_control/status_board.hpp"
#include "daq/run_control/supervisor.hpp"
#include "daq/transport/reactor.hpp"

namespace spillway::run_control {

/// One run while it is taken: binds the conductor to sockets, processes, signals, screen and clock.
class Session {
 public:
  Session(const Options& options, const Config& config, const model::Setup& setup, RunRecords& records,
          const Places& places, const std::filesystem::path& socket_directory);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Until all services have gone.
  const Outcome& conduct();
  /// User + system time by process, of those that have ended.
  [[nodiscard]] const std::map<std::string, double>& cpu_s() const { return cpu_s_; }
  /// What became of files that are not to be kept.
  [[nodiscard]] const FileDisposal& disposal() const { return disposal_; }
  /// Stores the summary in the catalogue; where that cannot be written (a full disk) it tries again for a while, or
  /// until the next Ctrl-C. Returns what went wrong, or "".
  [[nodiscard]] std::string store(const model::RunSummary& summary);
  /// Tells whoever looks how it ended, and sends the web server away.
  void close(const model::RunSummary& summary);

 private:
  v1::Configure configure_command(const std::filesystem::path& socket_directory) const;
  void start_processes();
  void turn();
  void take_reports();
  void take_signals(Instant now);
  void take_deaths(Instant now);
  void carry_out();
  void carry_out(const Send& action);
  void say_alarm(const std::string& text);
  void show_progress();
  void look_for_page();
  v1::QueryReply answer(const v1::Query& query);
  [[nodiscard]] v1::RunStatus status(Instant now) const;
  void publish();

  const Options* options_;
  const Config* config_;
  const model::Setup* setup_;
  RunRecords* records_;
  Places places_;
  zmq::context_t context_;
  Sockets sockets_;
  transport::Reactor reactor_;
  LocalLauncher launcher_;
  Supervisor supervisor_;
  Backoff web_backoff_;
  FileDisposal disposal_;
  std::map<std::string, double> cpu_s_;
  std::vector<Member> members_;
  Conductor conductor_;
  StatusBoard board_;
  Progress progress_;
  std::string page_;  ///< URL as last printed
  std::string condition_ = "RUNNING";
  Phase shown_phase_ = Phase::kStarting;
  Instant last_signal_{};
  unsigned signals_ = 0;
};

}  // namespace spillway::run_control
