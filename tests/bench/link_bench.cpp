#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <zmq.hpp>

#include "daq/transport/link.hpp"
#include "detectors/lartpc/wibeth.hpp"
#include "detectors/registry.hpp"
#include "tests/bench/bench_case.hpp"
#include "tests/bench/crossing.hpp"
#include "tests/bench/plain_ways.hpp"

namespace spillway::bench {

namespace {

using detectors::lartpc::kFrameBytes;

/// A front end sends a message when it holds 256 KiB.
constexpr std::size_t kMessageBytes = ((std::size_t{256} << 10) / kFrameBytes + 1) * kFrameBytes;
constexpr std::size_t kBytes = 256 * kMessageBytes;     ///< of a round
constexpr std::size_t kBaselineBytes = kBytes / 4;      ///< which is slower
constexpr std::size_t kCredit = std::size_t{64} << 20;  ///< as a readout gives
constexpr std::size_t kMostSentAtOnce = 4;              ///< fragments are about as many in a turn of a readout
constexpr std::size_t kMostMessagesAtOnce = 32;
constexpr std::chrono::milliseconds kLongestWait{10};
constexpr std::uint64_t kRun = 1;
constexpr std::uint64_t kBoot = 2;

/// What is done with the checksum that a message of frames carries.
enum class Checks { kNone, kBothEnds };

std::size_t shared_bytes_of_a_run() {
  return static_cast<std::size_t>(detectors::plain_section(Config::parse("", ""), "link").integer("shared_bytes"));
}

void wait_for(zmq::socket_ref socket) {
  zmq_pollitem_t item{socket.handle(), 0, ZMQ_POLLIN, 0};
  zmq_poll(&item, 1, kLongestWait.count());
}

class LinkFrameSender final : public Sender {
 public:
  LinkFrameSender(const std::string& address, Checks checks)
      : link_(context_, "frames", address, {kRun, kBoot}, shared_bytes_of_a_run()), checks_(checks) {}
  void send(ByteView bytes) override {
    while (!bytes.empty() || !link_.idle()) {
      for (std::size_t i = 0; i < kMostSentAtOnce && !bytes.empty() && link_.may_send(kMessageBytes); ++i) {
        send_message(bytes.first(kMessageBytes));
        bytes = bytes.subspan(kMessageBytes);
      }
      // The credit for the next one may have been read just now.
      const bool sent = link_.flush();
      if (!sent && (bytes.empty() || !link_.may_send(kMessageBytes))) wait_for(link_.socket());
    }
  }

 private:
  void send_message(ByteView payload) {
    v1::Envelope envelope;
    v1::Bulk& bulk = *envelope.mutable_bulk();
    bulk.set_stream("tpc/0");
    bulk.set_sequence(sequence_);
    bulk.set_encoding(model::Encoding::of(model::EncodingFamily::kWibEth).value);
    const std::vector<std::uint32_t> sizes(payload.size() / kFrameBytes, kFrameBytes);
    sequence_ += sizes.size();
    link_.send(std::move(envelope), payload.size(), [&](std::span<std::byte> to, v1::Envelope& filled) {
      if (checks_ == Checks::kNone) {
        std::memcpy(to.data(), payload.data(), payload.size());
        transport::describe_items(*filled.mutable_bulk(), sizes, {to, 0});
      } else {
        transport::describe_items(*filled.mutable_bulk(), sizes, {to, copy_summing(to, payload)});
      }
    });
  }

  zmq::context_t context_;
  transport::LinkSender link_;
  Checks checks_;
  std::uint64_t sequence_ = 0;
};

class LinkFrameReceiver final : public Receiver {
 public:
  LinkFrameReceiver(const std::string& endpoint, Checks checks)
      : link_(context_, "frames", endpoint, kRun, kCredit), checks_(checks) {}
  [[nodiscard]] std::string address() const override { return link_.endpoint(); }
  void receive(std::size_t bytes, const std::function<void(ByteView)>& take) override {
    while (bytes > 0) {
      std::size_t taken = 0;
      for (; taken < kMostMessagesAtOnce && bytes > 0; ++taken) {
        const auto message = link_.receive();
        if (!message) break;
        const ByteView payload = message->payload_bytes();
        if (checks_ == Checks::kNone || transport::items_of(message->envelope.bulk(), message->summed())) take(payload);
        link_.release(message->cost);
        bytes -= payload.size();
      }
      link_.flush();
      if (taken == 0) wait_for(link_.socket());
    }
  }

 private:
  zmq::context_t context_;
  transport::LinkReceiver link_;
  Checks checks_;
};

Way link(const std::string& endpoint, Checks checks) {
  return {[=] { return std::make_unique<LinkFrameReceiver>(endpoint, checks); },
          [=](const std::string& address) { return std::make_unique<LinkFrameSender>(address, checks); }};
}

std::shared_ptr<const Bytes> random_frames() {
  auto bytes = std::make_shared<Bytes>();
  bytes->reserve(kBytes);
  std::mt19937_64 random(1);
  while (bytes->size() < kBytes) append(*bytes, random());
  return bytes;
}

Work carrying(const std::shared_ptr<Crossing>& crossing, const std::shared_ptr<const Bytes>& frames,
              std::size_t bytes) {
  return {static_cast<double>(bytes) / 1e9,
          [crossing, frames, bytes] { crossing->carry(ByteView(*frames).first(bytes)); },
          static_cast<double>(bytes) / kFrameBytes, [crossing] { return crossing->cpu_seconds(); }};
}

Trial make_trial(const Way& ours, const Way& baseline, const Way& limit) {
  const auto frames = random_frames();
  const auto l = std::make_shared<Crossing>(limit);
  const auto b = std::make_shared<Crossing>(baseline);
  const auto o = std::make_shared<Crossing>(ours);
  return {carrying(o, frames, kBytes), carrying(b, frames, kBaselineBytes), carrying(l, frames, kBytes),
          [=] {
            const Crossing::Receipt sent{frames->size(), crc32c(*frames)};
            return o->carry(*frames, true) == sent && b->carry(*frames, true) == sent &&
                   l->carry(*frames, true) == sent;
          },
          Clock::kWall};
}

}  // namespace

std::vector<BenchCase> link_cases() {
  struct Row {
    Checks checks;
    std::string_view set;
  };
  std::vector<BenchCase> cases;
  for (const Row row : {Row{Checks::kNone, "moved"}, Row{Checks::kBothEnds, "crc"}}) {
    cases.push_back({"link.tcp", std::string(row.set), "L3", "GB/s", [checks = row.checks] {
                       return make_trial(link("tcp://127.0.0.1:*", checks),
                                         message_for_each("tcp://127.0.0.1:*", kFrameBytes), raw_tcp());
                     }});
    cases.push_back({"link.host", std::string(row.set), "L3", "GB/s", [checks = row.checks] {
                       return make_trial(link("ipc://*", checks), message_for_each("ipc://*", kFrameBytes),
                                         shared_ring());
                     }});
  }
  return cases;
}

}  // namespace spillway::bench
