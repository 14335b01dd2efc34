#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <sys/socket.h>

#include "daq/base/bytes.hpp"

namespace spillway::transport {

/// A UDP socket that takes datagrams in batches. Nothing here ever blocks.
class UdpReceiver {
 public:
  /// Longer datagrams than this are cut: a jumbo frame of Ethernet holds less.
  static constexpr std::size_t kLongestDatagram = 9216;

  /// Binds `address` (dotted IPv4) and `port` (0: one that is free). `buffer_bytes` is asked of the kernel, which may
  /// give less. Throws Error.
  UdpReceiver(const std::string& address, std::uint16_t port, std::size_t buffer_bytes);
  ~UdpReceiver();
  UdpReceiver(const UdpReceiver&) = delete;
  UdpReceiver& operator=(const UdpReceiver&) = delete;

  /// The datagrams of one system call; empty where there are none. The views live until the next call.
  [[nodiscard]] std::span<const ByteView> receive();

  /// Datagrams that the kernel dropped since the socket was made, most of all for want of room (the count that
  /// SO_RXQ_OVFL tells with a datagram).
  [[nodiscard]] std::uint64_t dropped() const;
  /// Bytes of payload that may wait in the socket.
  [[nodiscard]] std::size_t buffer_bytes() const { return buffer_bytes_; }
  [[nodiscard]] int file() const { return file_; }
  /// "udp://127.0.0.1:20000".
  [[nodiscard]] const std::string& endpoint() const { return endpoint_; }

 private:
  int file_;
  std::size_t buffer_bytes_ = 0;
  std::string endpoint_;
  Bytes memory_;
  std::vector<iovec> places_;
  std::vector<mmsghdr> headers_;
  std::vector<ByteView> datagrams_;
};

/// A UDP socket that sends to one receiver.
class UdpSender {
 public:
  /// Throws Error where `endpoint` is not as UdpReceiver::endpoint() writes it.
  explicit UdpSender(const std::string& endpoint);
  ~UdpSender();
  UdpSender(const UdpSender&) = delete;
  UdpSender& operator=(const UdpSender&) = delete;

  /// Sends the first of them, each as one datagram; returns how many it could for now. What nobody takes at the other
  /// end, or the network refuses, counts as sent.
  std::size_t send(std::span<const Bytes> datagrams);

 private:
  int file_;
};

}  // namespace spillway::transport
