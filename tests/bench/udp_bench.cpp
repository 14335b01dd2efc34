#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "daq/transport/udp.hpp"
#include "detectors/lartpc/wibeth.hpp"
#include "readout/datagram_input.hpp"
#include "tests/bench/bench_case.hpp"

namespace spillway::bench {

namespace {

using namespace detectors::lartpc;
using readout::DatagramInput;

constexpr std::size_t kMessageFrames = 37;  ///< that a front end announces at once
constexpr std::size_t kMessages = 8;        ///< of a call
constexpr std::size_t kFrames = kMessageFrames * kMessages;
constexpr std::size_t kBuffer = std::size_t{1} << 20;
constexpr Timestamp kEpoch{1'767'225'600'000'000'000};
constexpr std::int64_t kFrameNs = kTicksPerFrame * kTickNs;

/// Frames of one link, whose times go on from call to call.
class Link {
 public:
  Link() : message_(kMessageFrames, Bytes(kFrameBytes)) {
    for (Bytes& frame : message_) encode_wib_eth(kAddress, {}, {}, whole(frame));
  }

  /// The next message's frames.
  const std::vector<Bytes>& next() {
    for (Bytes& frame : message_) {
      stamp_wib_eth(whole(frame), static_cast<std::uint16_t>(sent_ % kSequences), sent_ * kTicksPerFrame);
      ++sent_;
    }
    return message_;
  }
  /// What is said of them behind them.
  [[nodiscard]] v1::Bulk announcement() const {
    v1::Bulk bulk;
    bulk.set_count(kMessageFrames);
    bulk.set_covered_from_ns(time_of(sent_ - kMessageFrames).ns);
    bulk.set_watermark_ns(time_of(sent_).ns);
    return bulk;
  }
  [[nodiscard]] static readout::StreamDescription description() {
    return {"tpc/0", kAddress.link(), wib_eth_clock(kEpoch), 512};
  }

 private:
  static constexpr DaqEthHeader kAddress{.crate = 1};
  static std::span<std::byte, kFrameBytes> whole(Bytes& frame) {
    return std::span<std::byte, kFrameBytes>(frame.data(), kFrameBytes);
  }
  static Timestamp time_of(std::uint64_t frame) {
    return kEpoch + Duration{static_cast<std::int64_t>(frame) * kFrameNs};
  }

  std::vector<Bytes> message_;
  std::uint64_t sent_ = 0;
};

/// A link, a socket that sends its frames, and whatever takes them.
template <typename Input>
struct Path {
  explicit Path(Input made) : input(std::move(made)), sender(input.endpoint()) {}
  Link link;
  Input input;
  transport::UdpSender sender;

  /// Sends a message `at_once` frames a call, and gives how many bytes of it arrived.
  std::size_t carry(std::size_t at_once) {
    const std::span<const Bytes> frames = link.next();
    std::size_t arrived = 0;
    for (std::size_t at = 0; at < frames.size();) {
      at += sender.send(frames.subspan(at, std::min(at_once, frames.size() - at)));
      if (at_once == 1) arrived += input.take(link);
    }
    return at_once == 1 ? arrived : input.take(link);
  }
  bool carry_all(std::size_t at_once) {
    bool all = true;
    for (std::size_t i = 0; i < kMessages; ++i) all &= carry(at_once) == kMessageFrames * kFrameBytes;
    return all;
  }
};

/// As a readout does: frames by time into the message that announced them.
struct AsMessages {
  std::unique_ptr<DatagramInput> datagrams = std::make_unique<DatagramInput>(
      readout::DatagramSettings{"127.0.0.1", 0, kBuffer, std::chrono::milliseconds(200), 64 * kBuffer},
      std::vector{Link::description()});
  [[nodiscard]] const std::string& endpoint() const { return datagrams->socket().endpoint(); }
  std::size_t take(const Link& link) {
    const auto now = std::chrono::steady_clock::now();
    datagrams->drain(now);
    datagrams->announce(0, link.announcement(), {}, now);
    const auto message = datagrams->close_next(0, now);
    return message ? message->arrived.good.size() * kFrameBytes : 0;
  }
};

/// Into memory that stays, and no look at it.
struct Unseen {
  std::unique_ptr<transport::UdpReceiver> socket =
      std::make_unique<transport::UdpReceiver>("127.0.0.1", std::uint16_t{0}, kBuffer);
  [[nodiscard]] const std::string& endpoint() const { return socket->endpoint(); }
  std::size_t take(const Link&) {
    std::size_t bytes = 0;
    for (auto some = socket->receive(); !some.empty(); some = socket->receive()) {
      for (const ByteView datagram : some) bytes += datagram.size();
    }
    return bytes;
  }
};

template <typename Input>
Work carrying(const std::shared_ptr<Path<Input>>& path, std::size_t at_once) {
  return {kFrames / 1e3, [path, at_once] { path->carry_all(at_once); }};
}

Trial make_trial() {
  const auto ours = std::make_shared<Path<AsMessages>>(AsMessages{});
  const auto baseline = std::make_shared<Path<Unseen>>(Unseen{});
  const auto limit = std::make_shared<Path<Unseen>>(Unseen{});
  return {carrying(ours, kMessageFrames), carrying(baseline, 1), carrying(limit, kMessageFrames), [=] {
            return ours->carry_all(kMessageFrames) && baseline->carry_all(1) && limit->carry_all(kMessageFrames);
          }};
}

}  // namespace

std::vector<BenchCase> udp_cases() {
  return {{"udp.frames", "noise", "L2", "kframes/s", make_trial}};
}

}  // namespace spillway::bench
