#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daq/event_builder/run_builder.hpp"
#include "daq/event_builder/worker.hpp"
#include "daq/service/service.hpp"

namespace spillway::event_builder {

/// The process around RunBuilder: decisions and fragments come in, acknowledgements go to the trigger, and whoever
/// listens is told when there is more to read in the files.
class BuilderService : public service::Service {
 public:
  explicit BuilderService(service::Host& host) : host_(&host) {}

  void configure(service::RunSettings settings) override;
  [[nodiscard]] service::Endpoints endpoints() const override;
  void peer_lost(const std::string& process, std::uint64_t boot_id) override;
  void start() override;
  void abort(const service::Abort& abort) override;
  bool work() override;
  void describe(v1::Heartbeat& heartbeat) const override;

 private:
  using Clock = std::chrono::steady_clock;
  struct Readout {
    std::string process;
    std::vector<std::string> streams;
    bool large = false;  ///< its fragments are few and large: taken one at a time
    /// Shared with the fragments under way, which give their credit back to the link that they came by.
    std::shared_ptr<transport::LinkReceiver> link;
    std::shared_ptr<std::size_t> held_bytes;
    bool ended = false;
  };

  std::shared_ptr<transport::LinkReceiver> bind(const std::string& link, std::size_t window_bytes);
  /// Which links' messages are waited for.
  enum class Listening : std::uint8_t { kNothing, kPrompt, kAll };
  void listen(Listening to);
  [[nodiscard]] bool hears(const Readout& readout) const;
  /// True where there may be more.
  bool take_prompt();
  bool take_large();
  bool take_decisions();
  bool take_fragments(Readout& readout, std::size_t most);
  Arrival arrival_of(Readout& readout, transport::Message message);
  void write(std::size_t steps, std::uint64_t bytes, RunBuilder::What what);
  void set_blocked(bool blocked);
  void make_a_long_step(bool idle);
  [[nodiscard]] bool disk_lags() const;
  [[nodiscard]] bool is_due(RunBuilder::Way way, bool idle) const;
  void commit_to_journal(bool idle);
  [[nodiscard]] bool flush_is_due(bool idle) const;
  void flush();
  /// What a storage::DamagedFile asks for.
  void go_on_in_new_file(std::string why);
  /// Once more where a file is damaged at it.
  template <typename Function>
  void undamaged(Function&& function) {
    try {
      function();
    } catch (const storage::DamagedFile& problem) {
      go_on_in_new_file(problem.what());
      function();
    }
  }
  /// Starts a thread that waits for the disk, in place of one that may have failed.
  void renew(std::optional<Worker>& disk);
  /// Begins it; what comes of it is told when `disk` is done.
  void make_durable(Worker& disk, RunBuilder::Commit commit);
  /// Flushes and waits for all.
  void finish_commits();
  void acknowledge();
  void notify(bool run_closed);
  void finish_if_complete();
  void close(model::Condition unless_complete);
  void report_failure(const std::string& what);
  void leave();
  [[nodiscard]] std::uint64_t messages() const;
  void flush_and_tick(bool tick);

  service::Host* host_;
  std::optional<service::RunSettings> settings_;
  model::Setup setup_;
  std::unique_ptr<RunBuilder> builder_;
  std::optional<Worker> disk_;     ///< syncs files, and is gone before them
  std::optional<Worker> journal_;  ///< syncs their journals meanwhile
  std::shared_ptr<transport::LinkReceiver> decisions_;
  std::vector<Readout> readouts_;
  std::size_t large_turn_ = 0;  ///< of the readouts
  Listening listening_ = Listening::kNothing;
  bool large_waits_ = false;  ///< there was more to take of large fragments
  std::optional<zmq::socket_t> notices_;
  std::string notices_endpoint_;
  std::optional<v1::FileNotice> last_notice_;  ///< repeated: a new listener hears nothing of the past
  unsigned bound_ = 0;
  bool started_ = false;
  bool finished_ = false;
  bool blocked_ = false;  ///< the disk is full
  Clock::time_point retry_at_{};
  std::optional<Clock::time_point> unflushed_since_;
  Clock::time_point committed_at_{};
  Clock::time_point flushed_at_{};
  std::vector<std::uint64_t> acknowledged_;
  Counters discarded_;
  Counters refused_;
};

}  // namespace spillway::event_builder
