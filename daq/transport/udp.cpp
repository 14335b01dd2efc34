#include "daq/transport/udp.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <unistd.h>

#include <fmt/format.h>

#include "daq/base/error.hpp"

namespace spillway::transport {

namespace {

constexpr std::size_t kBatch = 32;
constexpr std::string_view kScheme = "udp://";

sockaddr_in socket_address(const std::string& address, std::uint16_t port) {
  sockaddr_in made{};
  made.sin_family = AF_INET;
  made.sin_port = htons(port);
  if (inet_pton(AF_INET, address.c_str(), &made.sin_addr) != 1) {
    throw Error(fmt::format("\"{}\" is no IPv4 address; write it like 127.0.0.1", address));
  }
  return made;
}

int udp_socket() {
  const int file = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (file < 0) throw Error(fmt::format("no UDP socket to be had: {}", std::strerror(errno)));
  return file;
}

/// Of what the kernel counts against the buffer, payload is about a half.
std::size_t set_buffer(int file, std::size_t bytes) {
  const int wanted = static_cast<int>(std::min<std::size_t>(bytes, std::size_t{1} << 30));
  // Beyond the system's limit only where this process may.
  if (setsockopt(file, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof wanted) != 0) {
    setsockopt(file, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted);
  }
  int given = 0;
  socklen_t size = sizeof given;
  getsockopt(file, SOL_SOCKET, SO_RCVBUF, &given, &size);
  return static_cast<std::size_t>(given) / 2;
}

}  // namespace

UdpReceiver::UdpReceiver(const std::string& address, std::uint16_t port, std::size_t buffer_bytes)
    : file_(udp_socket()), memory_(kBatch * kLongestDatagram), places_(kBatch), headers_(kBatch) {
  sockaddr_in at{};
  try {
    at = socket_address(address, port);
    if (bind(file_, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) {
      throw Error(fmt::format("cannot take datagrams at {}:{}: {}", address, port, std::strerror(errno)));
    }
  } catch (const Error&) {
    close(file_);
    throw;
  }
  buffer_bytes_ = set_buffer(file_, buffer_bytes);
  socklen_t size = sizeof at;
  getsockname(file_, reinterpret_cast<sockaddr*>(&at), &size);
  endpoint_ = fmt::format("{}{}:{}", kScheme, address, ntohs(at.sin_port));
  for (std::size_t i = 0; i < kBatch; ++i) {
    places_[i] = {memory_.data() + i * kLongestDatagram, kLongestDatagram};
    headers_[i].msg_hdr.msg_iov = &places_[i];
    headers_[i].msg_hdr.msg_iovlen = 1;
  }
}

UdpReceiver::~UdpReceiver() {
  close(file_);
}

std::span<const ByteView> UdpReceiver::receive() {
  datagrams_.clear();
  int got = 0;
  do {
    got = recvmmsg(file_, headers_.data(), kBatch, MSG_DONTWAIT, nullptr);
  } while (got < 0 && errno == EINTR);
  for (std::size_t i = 0; i < static_cast<std::size_t>(std::max(got, 0)); ++i) {
    datagrams_.emplace_back(static_cast<const std::byte*>(places_[i].iov_base), headers_[i].msg_len);
  }
  return datagrams_;
}

std::uint64_t UdpReceiver::dropped() const {
  std::array<std::uint32_t, SK_MEMINFO_VARS> counts{};
  socklen_t size = sizeof counts;
  if (getsockopt(file_, SOL_SOCKET, SO_MEMINFO, counts.data(), &size) != 0) return 0;
  return counts[SK_MEMINFO_DROPS];
}

UdpSender::UdpSender(const std::string& endpoint) : file_(udp_socket()) {
  try {
    const std::size_t colon = endpoint.rfind(':');
    std::uint16_t port = 0;
    const char* end = endpoint.data() + endpoint.size();
    if (!endpoint.starts_with(kScheme) || colon < kScheme.size() ||
        std::from_chars(endpoint.data() + colon + 1, end, port).ptr != end || port == 0) {
      throw Error(fmt::format("\"{}\" is no endpoint for datagrams; write udp://ADDRESS:PORT", endpoint));
    }
    const auto to = socket_address(endpoint.substr(kScheme.size(), colon - kScheme.size()), port);
    if (connect(file_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
      throw Error(fmt::format("no way to {}: {}", endpoint, std::strerror(errno)));
    }
  } catch (const Error&) {
    close(file_);
    throw;
  }
}

UdpSender::~UdpSender() {
  close(file_);
}

std::size_t UdpSender::send(std::span<const Bytes> datagrams) {
  std::array<iovec, kBatch> places{};
  std::array<mmsghdr, kBatch> headers{};
  const std::size_t count = std::min(datagrams.size(), kBatch);
  for (std::size_t i = 0; i < count; ++i) {
    places[i] = {const_cast<std::byte*>(datagrams[i].data()), datagrams[i].size()};
    headers[i].msg_hdr.msg_iov = &places[i];
    headers[i].msg_hdr.msg_iovlen = 1;
  }
  const int sent = sendmmsg(file_, headers.data(), static_cast<unsigned>(count), MSG_DONTWAIT);
  if (sent >= 0) return static_cast<std::size_t>(sent);
  // No room: later. What else stands in the first one's way, the refusal of an earlier one among it, electronics would
  // not hear of.
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS || errno == EINTR ? 0 : 1;
}

}  // namespace spillway::transport
