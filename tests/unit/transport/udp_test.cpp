#include "daq/transport/udp.hpp"

#include <gtest/gtest.h>

#include "daq/base/error.hpp"
#include "daq/transport/reactor.hpp"
#include "tests/unit/transport/support.hpp"

namespace spillway::transport {
namespace {

constexpr std::size_t kBuffer = std::size_t{1} << 20;

TEST(Udp, CarriesDatagramsInOrderWithTheirBorders) {
  UdpReceiver receiver("127.0.0.1", 0, kBuffer);
  UdpSender sender(receiver.endpoint());
  std::vector<Bytes> sent;
  for (std::size_t i = 0; i < 40; ++i) sent.emplace_back(7000 + i, static_cast<std::byte>(i));
  for (std::size_t at = 0; at < sent.size();) at += sender.send(std::span(sent).subspan(at));
  std::vector<Bytes> got;
  EXPECT_TRUE(test::eventually([&] {
    for (const ByteView datagram : receiver.receive()) got.emplace_back(datagram.begin(), datagram.end());
    return got.size() == sent.size();
  }));
  EXPECT_EQ(got, sent);
  EXPECT_EQ(receiver.dropped(), 0U);
}

TEST(Udp, CountsWhatTheKernelHadNoRoomFor) {
  UdpReceiver receiver("127.0.0.1", 0, 16'000);
  UdpSender sender(receiver.endpoint());
  const std::vector<Bytes> sent(32, Bytes(7200));
  EXPECT_EQ(sender.send(sent), sent.size());
  std::size_t got = 0;
  for (auto some = receiver.receive(); !some.empty(); some = receiver.receive()) got += some.size();
  EXPECT_LT(got, sent.size());
  EXPECT_EQ(receiver.dropped(), sent.size() - got);
}

TEST(Udp, CutsWhatIsLongerThanAJumboFrame) {
  UdpReceiver receiver("127.0.0.1", 0, kBuffer);
  UdpSender sender(receiver.endpoint());
  EXPECT_EQ(sender.send(std::vector<Bytes>{Bytes(20'000)}), 1U);
  const auto got = receiver.receive();
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].size(), UdpReceiver::kLongestDatagram);
}

TEST(Udp, CountsAsSentWhatNobodyTakes) {
  std::string endpoint;
  { endpoint = UdpReceiver("127.0.0.1", 0, kBuffer).endpoint(); }
  UdpSender sender(endpoint);
  const std::vector<Bytes> sent(3, Bytes(100));
  for (std::size_t at = 0; at < sent.size();) {
    const std::size_t now = sender.send(std::span(sent).subspan(at));
    ASSERT_GT(now, 0U);
    at += now;
  }
}

TEST(Udp, CountsAsSentWhatNoNetworkCarries) {
  UdpReceiver receiver("127.0.0.1", 0, kBuffer);
  UdpSender sender(receiver.endpoint());
  const std::vector<Bytes> sent = {Bytes(100'000), Bytes(10)};
  EXPECT_EQ(sender.send(sent), 1U);
  EXPECT_EQ(sender.send(std::span(sent).subspan(1)), 1U);
  const auto got = receiver.receive();
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].size(), 10U);
}

TEST(Udp, SaysWhatIsWrongWithAnAddress) {
  EXPECT_THROW(UdpReceiver("localhost", 0, kBuffer), Error);
  EXPECT_THROW(UdpReceiver("192.0.2.1", 0, kBuffer), Error);
  for (const char* endpoint : {"", "127.0.0.1:1", "udp://127.0.0.1", "udp://127.0.0.1:x", "udp://127.0.0.1:0"}) {
    EXPECT_THROW(UdpSender{endpoint}, Error) << endpoint;
  }
}

TEST(Udp, WakesAReactor) {
  UdpReceiver receiver("127.0.0.1", 0, kBuffer);
  UdpSender sender(receiver.endpoint());
  Reactor reactor;
  std::size_t got = 0;
  reactor.watch(receiver.file(), [&] { got += receiver.receive().size(); });
  sender.send(std::vector<Bytes>{Bytes(10)});
  EXPECT_TRUE(test::eventually([&] {
    reactor.turn(std::chrono::milliseconds(10));
    return got == 1;
  }));
  reactor.unwatch(receiver.file());
  sender.send(std::vector<Bytes>{Bytes(10)});
  reactor.turn(std::chrono::milliseconds(1));
  EXPECT_EQ(got, 1U);
}

}  // namespace
}  // namespace spillway::transport
