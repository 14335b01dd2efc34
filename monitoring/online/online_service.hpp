#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daq/service/service.hpp"
#include "monitoring/online/event_feed.hpp"
#include "monitoring/online/run_files.hpp"

namespace spillway::online {

[[nodiscard]] v1::Counts to_proto(const CountsLine& line);

/// spillway-online: counts what the event builder has written, from its files alone. Notices only say when to look.
class OnlineService final : public service::Service {
 public:
  explicit OnlineService(service::Host& host);
  ~OnlineService() override;

  void configure(service::RunSettings settings) override;
  void connect(const service::Endpoints& peers) override;
  void start() override;
  void stop(Timestamp end) override;
  void abort(const service::Abort& abort) override;
  bool work() override;
  void describe(v1::Heartbeat& heartbeat) const override;

 private:
  void read_notices();
  void update();
  void finish();
  template <typename Map>
  void add_counters_to(Map& counters) const;

  service::Host& host_;
  std::uint64_t run_ = 0;
  std::optional<EventFeed> feed_;
  std::optional<RunFiles> files_;
  std::optional<zmq::socket_t> notices_;
  std::vector<v1::Counts> newest_;
  Counters counters_;
  bool running_ = false;
  bool changed_ = false;
  bool reported_ = false;
  bool complained_ = false;
};

}  // namespace spillway::online
