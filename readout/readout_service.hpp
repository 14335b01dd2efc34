#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daq/model/setup.hpp"
#include "daq/service/service.hpp"
#include "readout/datagram_input.hpp"
#include "readout/quarantine.hpp"
#include "readout/request_book.hpp"
#include "readout/stream_readout.hpp"

namespace spillway::readout {

/// Takes the frames of some streams of one detector, sends primitives to the trigger, and answers its data requests to
/// the event builder.
class ReadoutService final : public service::Service {
 public:
  explicit ReadoutService(service::Host& host);
  ~ReadoutService() override;

  void configure(service::RunSettings settings) override;
  [[nodiscard]] service::Endpoints endpoints() const override;
  void connect(const service::Endpoints& peers) override;
  void start() override { started_ = true; }
  void stop(Timestamp end) override;
  void abort(const service::Abort& abort) override;
  bool work() override;
  void describe(v1::Heartbeat& heartbeat) const override;

 private:
  using Sender = std::unique_ptr<transport::LinkSender>;
  /// Frames from one front end; a message that must wait for the end of the run to be known is kept.
  struct Input {
    std::unique_ptr<transport::LinkReceiver> link;
    std::optional<transport::Message> waiting;
    bool watched = false;
    bool datagrams = false;  ///< its messages announce frames that come by UDP
  };

  void make_streams();
  void bind_inputs();
  void connect_one(Sender& sender, std::string& endpoint, const std::string& link, const service::Endpoints& peers);
  void drop(Sender& sender);
  [[nodiscard]] LatencyBuffer make_buffer(std::size_t bytes, std::size_t index) const;
  void take_back();
  bool take_frames();
  [[nodiscard]] bool may_take(const Input& input) const;
  [[nodiscard]] bool must_wait(const transport::Message& message) const;
  [[nodiscard]] std::span<std::byte> room_for(const v1::Bulk& bulk, std::size_t bytes);
  void watch(Input& input, bool wanted);
  bool take_message(Input& input);
  void take_bulk(Input& input, const transport::Message& message);
  void open_datagrams();
  bool close_announced();
  void pass_on(std::size_t stream, PrimitiveMessage found, const std::vector<ByteView>& bad);
  void read_requests();
  bool answer_requests();
  void send_fragment(std::size_t stream, const DataRequest& request, FragmentMessage answer);
  void finish();
  void take_no_more();
  [[nodiscard]] bool streams_ended() const;

  service::Host& host_;
  std::optional<service::RunSettings> settings_;
  model::Setup setup_;
  std::size_t detector_ = 0;
  std::uint32_t process_index_ = 0;  ///< of the detector's processes
  std::vector<StreamReadout> streams_;
  std::vector<StreamDescription> descriptions_;  ///< of the streams
  std::unique_ptr<DatagramInput> datagrams_;     ///< where a front end sends frames by UDP
  std::map<std::string, std::size_t, std::less<>> stream_index_;
  std::optional<RequestBook> book_;
  std::optional<Quarantine> quarantine_;
  std::vector<Input> inputs_;
  /// Shared with the event builder, with the streams' buffers in it; null where there is none, or not so much.
  std::shared_ptr<transport::OutgoingMemory> memory_;
  Sender primitives_;
  Sender fragments_;
  std::string primitives_endpoint_;
  std::string fragments_endpoint_;
  Counters refused_;  ///< messages that no stream here takes
  std::uint64_t fragments_sent_ = 0;
  std::optional<std::size_t> answer_waits_;  ///< bytes of a reply that could not go; its frames lie where they are
  bool started_ = false;
  std::optional<Timestamp> run_end_;
  bool end_sent_ = false;
  bool finished_ = false;
};

}  // namespace spillway::readout
