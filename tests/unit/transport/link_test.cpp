#include "daq/transport/link.hpp"

#include <gtest/gtest.h>

#include "daq/base/bytes.hpp"
#include "daq/transport/nonblocking.hpp"
#include "tests/unit/transport/support.hpp"

namespace spillway::transport {
namespace {

constexpr std::uint64_t kRun = 7;
constexpr std::size_t kWindow = 100'000;

class Link : public ::testing::Test {
 protected:
  LinkSender sender(std::uint64_t boot_id = 1, std::uint64_t run = kRun) {
    return {context_, "test", receiver_.endpoint(), {run, boot_id}};
  }

  /// Lets both ends work until `done`.
  bool pump(LinkSender& sender, const std::function<bool()>& done) {
    return test::eventually([&] {
      sender.flush();
      sender.tick();
      receiver_.flush();
      while (auto message = receiver_.receive()) {
        if (release_at_once_) receiver_.release(message->cost);
        received_.push_back(std::move(*message));
      }
      receiver_.tick();
      return done();
    });
  }

  bool open(LinkSender& sender) {
    return pump(sender, [&] { return sender.open(); });
  }

  static v1::Envelope bulk(std::uint64_t sequence) {
    v1::Envelope envelope;
    envelope.mutable_bulk()->set_stream("detector/0");
    envelope.mutable_bulk()->set_sequence(sequence);
    return envelope;
  }

  test::SocketFolder folder_;
  zmq::context_t context_;
  LinkReceiver receiver_{context_, "test", folder_.endpoint("link"), kRun, kWindow};
  std::vector<Message> received_;
  bool release_at_once_ = true;
};

TEST_F(Link, DeliversMessagesInOrderWithTheirPayloads) {
  auto sending = sender();
  for (std::uint64_t i = 0; i < 1000; ++i) sending.send(bulk(i), zmq::message_t(&i, sizeof(i)));
  ASSERT_TRUE(pump(sending, [&] { return received_.size() == 1000; }));
  for (std::uint64_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(received_[i].envelope.bulk().sequence(), i);
    EXPECT_EQ(received_[i].envelope.number(), i + 1);
    EXPECT_EQ(received_[i].envelope.boot_id(), 1U);
    ASSERT_EQ(received_[i].payload.size(), sizeof(i));
    EXPECT_EQ(*received_[i].payload.data<std::uint64_t>(), i);
  }
  EXPECT_TRUE(receiver_.discarded().empty());
  EXPECT_EQ(sending.backlog_bytes(), 0U);
}

TEST_F(Link, SendsNoMoreThanTheWindowUntilTheReceiverLetsGo) {
  release_at_once_ = false;
  auto sending = sender();
  for (std::uint64_t i = 0; i < 30; ++i) sending.send(bulk(i), zmq::message_t(10'000));
  ASSERT_TRUE(pump(sending, [&] { return received_.size() == 9; }));
  // The rest waits, however often both ends are asked.
  EXPECT_FALSE(test::within(std::chrono::milliseconds(200),
                            [&] { return pump(sending, [] { return true; }) && received_.size() > 9; }));
  EXPECT_GT(sending.backlog_bytes(), 200'000U);
  EXPECT_GT(sending.wait().seconds, 0.0);
  EXPECT_EQ(sending.wait().link, "test");

  for (const Message& message : received_) receiver_.release(message.cost);
  ASSERT_TRUE(pump(sending, [&] { return received_.size() == 18; }));
  release_at_once_ = true;
  for (std::size_t i = 9; i < 18; ++i) receiver_.release(received_[i].cost);
  ASSERT_TRUE(pump(sending, [&] { return received_.size() == 30; }));
  EXPECT_TRUE(sending.idle());
  EXPECT_EQ(sending.wait().seconds, 0.0);
}

TEST_F(Link, SendsAMessageLargerThanTheWindowAlone) {
  release_at_once_ = false;
  auto sending = sender();
  sending.send(bulk(0), zmq::message_t(10));
  sending.send(bulk(1), zmq::message_t(5 * kWindow));
  sending.send(bulk(2), zmq::message_t(10));
  ASSERT_TRUE(pump(sending, [&] { return received_.size() == 1; }));
  receiver_.release(received_[0].cost);
  ASSERT_TRUE(pump(sending, [&] { return received_.size() == 2; }));
  EXPECT_EQ(received_[1].payload.size(), 5 * kWindow);
  EXPECT_FALSE(sending.idle());
  receiver_.release(received_[1].cost);
  ASSERT_TRUE(pump(sending, [&] { return received_.size() == 3; }));
}

TEST_F(Link, CarriesMessagesBackWhileTheForwardDirectionIsFull) {
  release_at_once_ = false;
  auto sending = sender();
  for (std::uint64_t i = 0; i < 30; ++i) sending.send(bulk(i), zmq::message_t(20'000));
  ASSERT_TRUE(pump(sending, [&] { return received_.size() == 4; }));
  for (int i = 0; i < 100; ++i) {
    v1::Envelope back;
    back.mutable_requests()->set_done_before_ns(i);
    receiver_.send_back(std::move(back));
  }
  for (int i = 0; i < 100; ++i) {
    std::optional<v1::Envelope> back;
    ASSERT_TRUE(pump(sending, [&] { return (back = sending.receive_back()).has_value(); }));
    EXPECT_EQ(back->requests().done_before_ns(), i);
  }
  EXPECT_EQ(receiver_.messages(), 4U + 100U);
}

TEST_F(Link, KeepsWhatIsSentBackBeforeThePeerIsThere) {
  v1::Envelope back;
  back.mutable_horizon()->add_before_ns(42);
  receiver_.send_back(std::move(back));
  auto sending = sender();
  std::optional<v1::Envelope> taken;
  ASSERT_TRUE(pump(sending, [&] { return (taken = sending.receive_back()).has_value(); }));
  EXPECT_EQ(taken->horizon().before_ns(0), 42);
}

TEST_F(Link, OpensWhenTheReceiverAppearsLate) {
  const auto endpoint = folder_.endpoint("late");
  LinkSender sending(context_, "late", endpoint, {kRun, 1});
  sending.send(bulk(0));
  sending.tick();
  EXPECT_FALSE(sending.flush());
  LinkReceiver late(context_, "late", endpoint, kRun, kWindow);
  std::optional<Message> message;
  ASSERT_TRUE(test::eventually([&] {
    sending.tick();
    sending.flush();
    late.tick();
    return (message = late.receive()).has_value();
  }));
  EXPECT_EQ(message->envelope.number(), 1U);
}

TEST_F(Link, DiscardsAndCountsMessagesOfAnotherRun) {
  auto other = sender(1, kRun + 1);
  ASSERT_TRUE(pump(other, [&] { return receiver_.discarded().contains("other_run"); }));
  EXPECT_EQ(receiver_.peer(), 0U);
  EXPECT_FALSE(other.open());
}

TEST_F(Link, FencesASupersededProcess) {
  auto old = sender(1);
  old.send(bulk(0));
  ASSERT_TRUE(pump(old, [&] { return received_.size() == 1; }));
  receiver_.supersede(1);
  EXPECT_EQ(receiver_.peer(), 0U);
  old.send(bulk(1));
  ASSERT_TRUE(pump(old, [&] { return receiver_.discarded().contains("superseded_boot"); }));
  EXPECT_EQ(received_.size(), 1U);
}

TEST_F(Link, StartsAnewWithTheNextBootAndKeepsTheOldOneOut) {
  {
    auto old = sender(1);
    for (std::uint64_t i = 0; i < 5; ++i) old.send(bulk(i));
    ASSERT_TRUE(pump(old, [&] { return received_.size() == 5; }));
  }
  receiver_.supersede(1);
  auto fresh = sender(2);
  fresh.send(bulk(0));
  ASSERT_TRUE(pump(fresh, [&] { return received_.size() == 6; }));
  EXPECT_EQ(receiver_.peer(), 2U);
  EXPECT_EQ(received_.back().envelope.number(), 1U);
  auto again = sender(1);
  ASSERT_TRUE(pump(again, [&] { return receiver_.discarded().contains("superseded_boot"); }));
  EXPECT_EQ(receiver_.peer(), 2U);
}

TEST_F(Link, TakesANewLinkOfTheSameProcess) {
  {
    auto first = sender(1);
    for (std::uint64_t i = 0; i < 5; ++i) first.send(bulk(i));
    ASSERT_TRUE(pump(first, [&] { return received_.size() == 5; }));
  }
  auto second = sender(1);
  second.send(bulk(9));
  ASSERT_TRUE(pump(second, [&] { return received_.size() == 6; }));
  EXPECT_EQ(received_.back().envelope.bulk().sequence(), 9U);
}

/// A peer that sends what it likes.
class RawPeer {
 public:
  RawPeer(zmq::context_t& context, const std::string& endpoint) : socket_(context, zmq::socket_type::dealer) {
    socket_.set(zmq::sockopt::linger, 0);
    socket_.connect(endpoint);
  }
  void send(const std::vector<std::string>& parts) {
    for (std::size_t i = 0; i < parts.size(); ++i) ASSERT_TRUE(send_now(socket_, parts[i], i + 1 < parts.size()));
  }
  static std::string envelope(std::uint64_t boot_id, std::uint64_t number) {
    v1::Envelope envelope;
    envelope.set_run(kRun);
    envelope.set_boot_id(boot_id);
    envelope.set_number(number);
    if (number == 0) {
      envelope.mutable_hello();
    } else {
      envelope.mutable_bulk();
    }
    return envelope.SerializeAsString();
  }

 private:
  zmq::socket_t socket_;
};

class MalformedLink : public Link {
 protected:
  bool discards(const std::string& reason, std::uint64_t count = 1) {
    return test::eventually([&] {
      while (auto message = receiver_.receive()) received_.push_back(std::move(*message));
      const auto found = receiver_.discarded().find(reason);
      return found != receiver_.discarded().end() && found->second == count;
    });
  }
  RawPeer peer_{context_, receiver_.endpoint()};
};

TEST_F(MalformedLink, CountsBytesThatAreNoEnvelope) {
  peer_.send({std::string("\xff\xff\xff\xff", 4)});
  peer_.send({"", "payload without an envelope"});
  peer_.send({RawPeer::envelope(1, 1), "payload", "a part too many"});
  EXPECT_TRUE(discards("unparsable", 2));
  EXPECT_TRUE(discards("other_run", 1));
  EXPECT_TRUE(received_.empty());
}

TEST_F(MalformedLink, CountsDataBeforeAHello) {
  peer_.send({RawPeer::envelope(1, 1)});
  EXPECT_TRUE(discards("unknown_boot"));
}

TEST_F(MalformedLink, LetsNoStrangerTakeThePlaceOfAPeer) {
  auto sending = sender();
  ASSERT_TRUE(open(sending));
  const std::uint64_t peer = receiver_.peer();
  peer_.send({RawPeer::envelope(777, 0)});
  EXPECT_TRUE(discards("unknown_boot"));
  EXPECT_EQ(receiver_.peer(), peer);
}

TEST_F(MalformedLink, CountsAHelloWithoutABoot) {
  peer_.send({RawPeer::envelope(0, 0)});
  EXPECT_TRUE(discards("unknown_boot"));
  EXPECT_EQ(receiver_.peer(), 0U);
}

TEST_F(MalformedLink, CountsRepeatedAndMissingNumbers) {
  peer_.send({RawPeer::envelope(1, 0)});
  for (const std::uint64_t number : {1, 2, 2, 1, 6}) peer_.send({RawPeer::envelope(1, number)});
  EXPECT_TRUE(discards("repeated_number", 2));
  EXPECT_TRUE(discards("missing_number", 3));
  ASSERT_EQ(received_.size(), 3U);
  EXPECT_EQ(received_.back().envelope.number(), 6U);
}

TEST_F(MalformedLink, StillDeliversToAnHonestPeerAfterGarbage) {
  auto sending = sender();
  ASSERT_TRUE(open(sending));
  for (int i = 0; i < 1000; ++i) peer_.send({std::string(1000, '\xff')});
  ASSERT_TRUE(discards("unparsable", 1000));
  for (std::uint64_t i = 0; i < 100; ++i) sending.send(bulk(i), zmq::message_t(10'000));
  EXPECT_TRUE(pump(sending, [&] { return received_.size() == 100; }));
}

TEST(LinkEndpoint, ThatCannotBeBoundIsNamed) {
  zmq::context_t context;
  try {
    LinkReceiver receiver(context, "frames.a.b", "ipc:///nonexistent/folder/socket", kRun, kWindow);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("frames.a.b"));
  }
}

}  // namespace
}  // namespace spillway::transport
