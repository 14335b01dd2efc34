#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daq/service/service.hpp"
#include "daq/transport/udp.hpp"
#include "sim_front_end/stream_message.hpp"

namespace spillway::sim_front_end {

/// One link out of a front end, and what becomes of it when the process at its other end is restarted: electronics do
/// not wait, so what is sent meanwhile is lost with the old process. Only the news that nothing follows waits here.
class Outlet {
 public:
  struct Way {
    std::size_t shared_bytes = 0;  ///< memory shared with the other end
    bool by_udp = false;           ///< frames go as datagrams
  };
  /// `process`: who is at the other end.
  Outlet(service::Host& host, std::string link, std::string process, std::uint64_t run, Way way);
  ~Outlet();
  Outlet(const Outlet&) = delete;
  Outlet& operator=(const Outlet&) = delete;

  /// Takes the link's endpoint from `peers`; true where there is a new process at the other end. Throws Error where the
  /// endpoint was never there.
  bool connect(const service::Endpoints& peers);
  /// The other end is gone, and what it had been sent is lost with it.
  void lose();
  void send(OutMessage message);
  /// True where something was sent.
  bool flush();
  void tick() {
    if (sender_) sender_->tick();
  }
  std::optional<v1::Envelope> receive_back() { return sender_ ? sender_->receive_back() : std::nullopt; }
  void abandon();

  [[nodiscard]] bool idle() const { return sender_ && sender_->idle() && queue_.empty(); }
  /// Bytes that a living peer does not take fast enough.
  [[nodiscard]] std::size_t backlog_bytes() const { return sender_ ? sender_->backlog_bytes() + queued_bytes_ : 0; }
  [[nodiscard]] transport::LinkWait wait() const;
  /// How its payloads went; see LinkSender.
  [[nodiscard]] Counters payloads() const { return sender_ ? sender_->payloads() : Counters(); }
  /// What came back that is none of this link's.
  [[nodiscard]] Counters discarded() const { return sender_ ? sender_->discarded() : Counters(); }
  [[nodiscard]] const std::string& process() const { return process_; }

 private:
  void drop_sender();
  bool send_datagrams(OutMessage& message);

  service::Host& host_;
  std::string link_;
  std::string process_;
  std::uint64_t run_;
  std::string endpoint_;  ///< of the present or the last sender
  std::unique_ptr<transport::LinkSender> sender_;
  Way way_;
  std::unique_ptr<transport::UdpSender> datagrams_;
  std::deque<OutMessage> queue_;  ///< announcements whose datagrams have not gone
  std::size_t queued_bytes_ = 0;
  std::vector<OutMessage> ends_;  ///< of streams, for the next process
};

}  // namespace spillway::sim_front_end
