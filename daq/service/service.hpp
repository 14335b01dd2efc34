#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include <zmq.hpp>

#include "daq/base/config.hpp"
#include "daq/base/counters.hpp"
#include "daq/proto/control.pb.h"
#include "daq/transport/link.hpp"
#include "daq/transport/reactor.hpp"

namespace spillway::service {

/// What a service is told when it is configured.
struct RunSettings {
  std::string process;  ///< its own name: "readout.lartpc.0"
  std::uint64_t run = 0;
  std::uint64_t seed = 0;
  double speed = 1;         ///< data seconds per wall second; 0: as fast as possible
  std::uint64_t gates = 0;  ///< 0: no limit
  Duration duration;        ///< 0: no limit
  std::filesystem::path run_directory;
  std::filesystem::path socket_directory;
  std::string replay;
  Config config;
};

using Endpoints = std::map<std::string, std::string>;  ///< link -> endpoint

/// What the host of a service offers it.
class Host {
 public:
  virtual ~Host() = default;
  virtual zmq::context_t& context() = 0;
  virtual transport::Reactor& reactor() = 0;
  [[nodiscard]] virtual std::uint64_t boot_id() const = 0;
  /// To run control: a RunEnd, Finished or Alarm. Process name and boot id are filled in.
  virtual void report(v1::Report report) = 0;
  /// An alarm that run control shows; also logged.
  virtual void alarm(const std::string& text) = 0;
};

/// Why a run is left at once.
struct Abort {
  std::string why;
  bool by_user = false;  ///< the run is ABORTED; else it ends INCOMPLETE
};

/// What a service implements; the host calls it from one thread. Exceptions derived from Error become the reply to run
/// control's command and, when running, an alarm and the state `error`.
class Service {
 public:
  virtual ~Service() = default;
  /// Takes the settings and binds the receiving ends of its links.
  virtual void configure(RunSettings settings) = 0;
  /// Link -> endpoint of the receiving ends bound here.
  [[nodiscard]] virtual Endpoints endpoints() const { return {}; }
  /// Connects the sending ends; called again, with changed endpoints, after a peer was restarted.
  virtual void connect(const Endpoints& peers) { (void)peers; }
  /// A peer died; its receiving links get fresh endpoints, which the reply reports.
  virtual void peer_lost(const std::string& process, std::uint64_t boot_id) {
    (void)process;
    (void)boot_id;
  }
  virtual void start() = 0;
  /// T1 is fixed: drain up to it, then report Finished.
  virtual void stop(Timestamp end) { (void)end; }
  virtual void end_run() {}
  virtual void pause() {}
  virtual void resume() {}
  virtual void abort(const Abort& abort) { (void)abort; }  ///< no work follows
  /// One bounded turn of work; true: there is more to do at once.
  virtual bool work() = 0;
  /// Adds counters, gauges, waits and ledgers to a heartbeat.
  virtual void describe(v1::Heartbeat& heartbeat) const { (void)heartbeat; }
};

/// Adds counts under "<prefix><name>".
void add_counters(v1::Heartbeat& heartbeat, const std::string& prefix, const Counters& counters);
/// Adds what a link waits for, where it waits for anything.
void add_wait(v1::Heartbeat& heartbeat, const transport::LinkWait& wait);
/// A Finished with the counters of the service's last heartbeat.
v1::Report finished_report(const Service& service);

using ServiceFactory = std::function<std::unique_ptr<Service>(Host&)>;

/// `main` of every service: `spillway-<role> [--control ENDPOINT] [--name PROCESS] [--log FILE]`. Without --control it
/// waits at the default endpoint (default_control_endpoint()) and says so. Returns the exit status.
int run_service(int argc, char** argv, const std::string& role, const std::string& what, const ServiceFactory& factory);

/// ipc:// under $XDG_RUNTIME_DIR or /tmp/spillway-<uid>, folder mode 0700.
std::string default_control_endpoint();
/// A fresh private folder (0700) for a run's sockets, short enough for ipc:// paths.
std::filesystem::path make_socket_directory(std::uint64_t run);

/// Names of links, the same at both ends.
std::string frames_link(const std::string& front_end, const std::string& readout);
/// Endpoint name of a readout process's UDP socket.
std::string datagrams_link(const std::string& readout);
std::string pulses_link(const std::string& front_end);
std::string primitives_link(const std::string& readout);
std::string fragments_link(const std::string& readout);
inline std::string decisions_link() {
  return "decisions";
}
/// Endpoint name of the event builder's PUB socket of FileNotice.
inline std::string notices_link() {
  return "notices";
}

/// Process names.
std::string front_end_process(const std::string& front_end);
std::string readout_process(const std::string& detector, std::uint32_t index);

}  // namespace spillway::service
