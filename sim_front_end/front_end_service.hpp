#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daq/model/setup.hpp"
#include "daq/service/service.hpp"
#include "sim_front_end/faults.hpp"
#include "sim_front_end/outlet.hpp"
#include "sim_front_end/pacer.hpp"
#include "sim_front_end/source.hpp"
#include "sim_front_end/stream_message.hpp"

namespace spillway::sim_front_end {

/// Sends what a source has, paced, to the readout processes of its facility's detectors, and its pulses to the trigger.
class FrontEndService final : public service::Service {
 public:
  explicit FrontEndService(service::Host& host);
  ~FrontEndService() override;

  void configure(service::RunSettings settings) override;
  void connect(const service::Endpoints& peers) override;
  void peer_lost(const std::string& process, std::uint64_t boot_id) override;
  void start() override;
  void stop(Timestamp end) override;
  void abort(const service::Abort& abort) override;
  bool work() override;
  void describe(v1::Heartbeat& heartbeat) const override;

 private:
  enum class Phase { kIdle, kReady, kRunning, kDraining, kEnding, kFinished };

  struct Stream {
    StreamMessage message;
    std::size_t outlet = 0;
    std::optional<Faults> faults = std::nullopt;
    bool flip_bit = false;  ///< of the message under way
    bool by_udp = false;
    std::vector<Bytes> datagrams = {};  ///< behind the last message
  };

  void make_streams();
  void read_horizon();
  /// True where there is more to send at once.
  bool advance();
  [[nodiscard]] Timestamp bound() const;
  void distribute();
  void distribute_pulses();
  /// How many of the first reports may go as one train, which is then in `train`; 0 where they go singly.
  std::size_t fold(std::span<const PulseReport> reports, v1::Pulse& train) const;
  void add(Stream& stream, Timestamp time, ByteView frame);
  void add_datagram(Stream& stream, Interval time, Bytes frame);
  void keep_datagrams(Stream& stream);
  void add_faulty(Stream& stream, std::span<const Faults::Out> frames);
  void pass_on(Stream& stream, bool all);
  /// A message with what is there before `time`.
  void send_up_to(Stream& stream, Timestamp time);
  void send(Stream& stream, OutMessage message);
  void tell_end_once();
  void end_streams();
  void finish();
  [[nodiscard]] bool backlogged() const;
  [[nodiscard]] std::optional<Timestamp> input_end() const;

  service::Host& host_;
  std::optional<service::RunSettings> settings_;
  model::Setup setup_;
  std::string name_;
  std::uint32_t facility_ = 0;
  Duration lead_;  ///< pulses must be known this much further than gates
  std::unique_ptr<Source> source_;
  Pacer pacer_;
  std::vector<std::unique_ptr<Outlet>> outlets_;  ///< the last one takes the pulses
  std::vector<Stream> streams_;                   ///< the last one holds the pulses
  Batch batch_;
  std::vector<Faults::Out> faulty_;
  Phase phase_ = Phase::kIdle;
  Timestamp drain_end_;
  bool told_end_ = false;
  bool pulse_trains_ = false;
  std::uint32_t pulse_sequence_ = 0;  ///< of records
};

}  // namespace spillway::sim_front_end
