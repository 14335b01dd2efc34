#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "daq/base/counters.hpp"
#include "daq/transport/udp.hpp"
#include "readout/datagram_assembler.hpp"

namespace spillway::readout {

struct DatagramSettings {
  std::string address;  ///< dotted IPv4
  std::uint16_t port = 0;
  std::size_t buffer_bytes = 0;  ///< asked of the kernel
  std::chrono::nanoseconds longest_wait{};
  std::size_t most_bytes = 0;  ///< of frames that wait to be announced or for others; what comes beyond is not kept
};

/// Takes the frames of a process's streams as the electronics send them, one in each datagram. A frame's stream is told
/// by the link in its header (crate, slot, stream).
class DatagramInput {
 public:
  using WallTime = DatagramAssembler::WallTime;

  /// Throws Error where the address cannot be bound.
  DatagramInput(const DatagramSettings& settings, const std::vector<StreamDescription>& streams);

  /// Takes what waits in the socket, within bounds; true where there may be more.
  bool drain(WallTime now);
  /// What was sent before this message has been drained, but for what the network reorders.
  void announce(std::size_t stream, v1::Bulk bulk, AnnouncementCost cost, WallTime now);
  /// The next message of a stream, where it can be closed now.
  [[nodiscard]] std::optional<AssembledMessage> close_next(std::size_t stream, WallTime now);

  /// What the front end may send before messages are closed.
  [[nodiscard]] std::size_t credit() const { return std::min(socket_.buffer_bytes(), settings_.most_bytes / 2); }
  [[nodiscard]] const transport::UdpReceiver& socket() const { return socket_; }
  /// "frames_dropped" (by the kernel), "unknown_link", "no_header", "no_room".
  [[nodiscard]] Counters counters() const;

 private:
  struct Link {
    std::uint32_t number = 0;
    std::size_t stream = 0;
  };
  void take(ByteView datagram, WallTime deadline);
  [[nodiscard]] std::size_t pending_bytes() const;

  DatagramSettings settings_;
  transport::UdpReceiver socket_;
  std::vector<DatagramAssembler> assemblers_;
  std::vector<Link> links_;  ///< by number
  std::uint64_t unknown_link_ = 0;
  std::uint64_t no_header_ = 0;
  std::uint64_t no_room_ = 0;
  std::uint64_t overflows_booked_ = 0;
};

}  // namespace spillway::readout
