#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daq/model/setup.hpp"
#include "daq/service/service.hpp"
#include "trigger/message_folder.hpp"
#include "trigger/trigger_core.hpp"

namespace spillway::trigger {

/// The process around TriggerCore: pulses and primitives come in, decisions go to the event builder, requests to the
/// readouts, the release horizon to the front ends.
class TriggerService : public service::Service {
 public:
  explicit TriggerService(service::Host& host) : host_(&host) {}

  void configure(service::RunSettings settings) override;
  [[nodiscard]] service::Endpoints endpoints() const override;
  void connect(const service::Endpoints& peers) override;
  void peer_lost(const std::string& process, std::uint64_t boot_id) override;
  void start() override { started_ = true; }
  void stop(Timestamp end) override;
  void end_run() override { core_->end_run(); }
  void pause() override { core_->pause(); }
  void resume() override { core_->resume(); }
  void abort(const service::Abort& abort) override;
  bool work() override;
  void describe(v1::Heartbeat& heartbeat) const override;

 private:
  struct In {
    std::string process;
    std::unique_ptr<transport::LinkReceiver> link;
  };

  std::unique_ptr<transport::LinkReceiver> bind(const std::string& link);
  void rebind(In& in, std::uint64_t lost_boot);
  bool take_pulses(std::size_t source);
  bool take_primitives(std::size_t process);
  void take_acknowledgements();
  void send_output();
  void send_requests(const TriggerOutput& output);
  void send_horizon(bool always);
  void report_run_end();
  void end_when_drained();
  void report_finished();
  void flush_and_tick(bool tick);

  service::Host* host_;
  std::optional<service::RunSettings> settings_;
  model::Setup setup_;
  std::unique_ptr<TriggerCore> core_;
  std::optional<MessageFolder> folder_;
  std::vector<In> pulses_;      ///< of each front end
  std::vector<In> primitives_;  ///< of each readout process
  std::unique_ptr<transport::LinkSender> decisions_;
  std::string decisions_endpoint_;
  std::vector<Timestamp> told_done_before_;  ///< to each readout process
  std::string told_horizon_;
  std::string inhibit_reason_;
  unsigned bound_ = 0;
  bool started_ = false;
  bool run_end_reported_ = false;
  bool end_sent_ = false;
  bool finished_ = false;
  Counters refused_pulses_;
  Counters refused_primitives_;
  Counters discarded_;  ///< by links that are closed
};

}  // namespace spillway::trigger
