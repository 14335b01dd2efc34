#include <csignal>
#include <cstring>
#include <filesystem>
#include <numeric>

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "daq/base/bytes.hpp"
#include "daq/transport/link.hpp"
#include "daq/transport/nonblocking.hpp"
#include "tests/unit/transport/support.hpp"

namespace spillway::transport {
namespace {

constexpr std::uint64_t kRun = 7;
constexpr std::size_t kWindow = 10'000'000;
constexpr std::size_t kShared = 1'000'000;
constexpr std::size_t kPayload = 100'000;

Bytes pattern(std::uint64_t seed, std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>((seed * 31 + i) % 251);
  return bytes;
}

v1::Envelope bulk(std::uint64_t sequence) {
  v1::Envelope envelope;
  envelope.mutable_bulk()->set_sequence(sequence);
  return envelope;
}

class SharedLink : public ::testing::Test {
 protected:
  LinkSender sender(std::uint64_t boot_id = 1, std::size_t shared_bytes = kShared) {
    return {context_, "test", receiver_.endpoint(), {kRun, boot_id}, shared_bytes};
  }
  bool pump(LinkSender& sender, const std::function<bool()>& done) {
    return test::eventually([&] {
      sender.flush();
      sender.tick();
      receive();
      receiver_.tick();
      return done();
    });
  }
  void receive() {
    while (auto message = receiver_.receive(placing_)) {
      if (release_at_once_) receiver_.release(message->cost);
      received_.push_back(std::move(*message));
    }
    receiver_.flush();
  }
  void expect_received(std::size_t count, std::size_t size) {
    ASSERT_EQ(received_.size(), count);
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_EQ(received_[i].envelope.bulk().sequence(), i);
      EXPECT_TRUE(std::ranges::equal(received_[i].payload_bytes(), pattern(i, size))) << i;
    }
  }
  void send(LinkSender& sender, std::uint64_t count, std::size_t size) {
    for (std::uint64_t i = 0; i < count; ++i) sender.send(bulk(i), message_of(pattern(i, size)));
  }

  test::SocketFolder folder_;
  zmq::context_t context_;
  LinkReceiver receiver_{context_, "test", folder_.endpoint("link"), kRun, kWindow};
  std::vector<Message> received_;
  Placing placing_;
  bool release_at_once_ = true;
};

TEST_F(SharedLink, CarriesLargePayloadsThroughMemory) {
  auto sending = sender();
  send(sending, 100, kPayload);
  ASSERT_TRUE(pump(sending, [&] { return received_.size() == 100; }));
  expect_received(100, kPayload);
  EXPECT_EQ(sending.payloads(), (Counters{{"shared", 100}}));
  EXPECT_TRUE(receiver_.discarded().empty());
}

TEST_F(SharedLink, CarriesSmallPayloadsThroughTheSocket) {
  auto sending = sender();
  send(sending, 100, 100);
  ASSERT_TRUE(pump(sending, [&] { return received_.size() == 100; }));
  expect_received(100, 100);
  EXPECT_TRUE(sending.payloads().empty());
}

TEST_F(SharedLink, KeepsTheOrderOfWhatGoesEitherWay) {
  auto sending = sender();
  for (std::uint64_t i = 0; i < 200; ++i) sending.send(bulk(i), message_of(pattern(i, i % 2 == 0 ? 10 : kPayload)));
  ASSERT_TRUE(pump(sending, [&] { return received_.size() == 200; }));
  for (std::uint64_t i = 0; i < 200; ++i) EXPECT_EQ(received_[i].envelope.number(), i + 1);
}

TEST_F(SharedLink, SendsWhatIsLargerThanTheMemoryThroughTheSocketAndCountsIt) {
  auto sending = sender();
  send(sending, 3, 2 * kShared);
  ASSERT_TRUE(pump(sending, [&] { return received_.size() == 3; }));
  expect_received(3, 2 * kShared);
  EXPECT_EQ(sending.payloads(), (Counters{{"too_large", 3}}));
}

TEST_F(SharedLink, SharesNothingWhereItIsNotAsked) {
  auto sending = sender(1, 0);
  send(sending, 3, kPayload);
  ASSERT_TRUE(pump(sending, [&] { return received_.size() == 3; }));
  EXPECT_TRUE(sending.payloads().empty());
}

TEST_F(SharedLink, GoesOnThroughTheSocketWhereTheSystemGivesNoMemory) {
  auto sending = sender(1, std::size_t{1} << 40);
  send(sending, 3, kPayload);
  ASSERT_TRUE(pump(sending, [&] { return received_.size() == 3; }));
  expect_received(3, kPayload);
  EXPECT_EQ(sending.payloads(), (Counters{{"no_memory", 3}}));
}

TEST_F(SharedLink, SharesNothingOverTcp) {
  LinkReceiver far(context_, "far", "tcp://127.0.0.1:*", kRun, kWindow);
  LinkSender sending(context_, "far", far.endpoint(), {kRun, 1}, kShared);
  sending.send(bulk(0), message_of(pattern(0, kPayload)));
  ASSERT_TRUE(test::eventually([&] {
    sending.flush();
    sending.tick();
    far.tick();
    return far.receive().has_value();
  }));
  EXPECT_TRUE(sending.payloads().empty());
}

TEST_F(SharedLink, WaitsWhileTheMemoryIsFull) {
  auto sending = sender();
  ASSERT_TRUE(pump(sending, [&] { return sending.open(); }));
  send(sending, 30, kPayload);
  // Nobody receives.
  EXPECT_FALSE(test::within(std::chrono::milliseconds(100), [&] {
    sending.flush();
    return sending.idle();
  }));
  EXPECT_GT(sending.backlog_bytes(), 20 * kPayload);
  ASSERT_TRUE(pump(sending, [&] { return received_.size() == 30; }));
  expect_received(30, kPayload);
  EXPECT_EQ(sending.payloads(), (Counters{{"shared", 30}}));
}

TEST_F(SharedLink, NeedsNoReleaseToHaveRoomAgain) {
  release_at_once_ = false;
  auto sending = sender();
  send(sending, 50, kPayload);
  ASSERT_TRUE(pump(sending, [&] { return received_.size() == 50; }));
  expect_received(50, kPayload);
}

TEST_F(SharedLink, LetsAPayloadBeWrittenToWhereItGoes) {
  for (const std::size_t shared : {kShared, std::size_t{0}}) {
    auto sending = sender(shared + 1, shared);
    ASSERT_TRUE(pump(sending, [&] { return sending.open(); }));
    for (std::uint64_t i = 0; i < 5; ++i) {
      const Bytes payload = pattern(i, kPayload);
      EXPECT_TRUE(sending.may_send(kPayload));
      sending.send(bulk(i), kPayload, [&](std::span<std::byte> to, v1::Envelope& envelope) {
        envelope.mutable_bulk()->set_crc32c(copy_summing(to, payload));
      });
      sending.flush();
    }
    ASSERT_TRUE(pump(sending, [&] { return received_.size() == 5; }));
    expect_received(5, kPayload);
    for (const Message& message : received_) {
      EXPECT_EQ(message.summed().crc32c, message.envelope.bulk().crc32c());
      EXPECT_EQ(message.summed().crc32c, crc32c(message.payload_bytes()));
    }
    EXPECT_EQ(sending.payloads(), shared == 0 ? Counters() : (Counters{{"shared", 5}}));
    received_.clear();
    receiver_.supersede(shared + 1);
  }
}

TEST_F(SharedLink, SaysWhatMayNotBeSentNow) {
  auto sending = sender();
  EXPECT_FALSE(sending.may_send(kPayload)) << "nobody has answered";
  ASSERT_TRUE(pump(sending, [&] { return sending.open(); }));
  std::uint64_t sent = 0;
  const auto write = [&](std::span<std::byte> to, v1::Envelope&) {
    std::ranges::copy(pattern(sent, kPayload), to.begin());
  };
  for (; sending.may_send(kPayload); ++sent) {
    sending.send(bulk(sent), kPayload, write);
    sending.flush();
  }
  EXPECT_GE(sent, kShared / kPayload - 1);
  EXPECT_LE(sent, kShared / kPayload);
  EXPECT_EQ(sending.backlog_bytes(), 0U);
  EXPECT_EQ(sending.wait().bytes, kPayload);
  EXPECT_GT(sending.wait().seconds, 0.0);
  // Written none the less, it waits elsewhere.
  sending.send(bulk(sent), kPayload, write);
  ++sent;
  ASSERT_TRUE(pump(sending, [&] { return received_.size() == sent && sending.may_send(kPayload); }));
  expect_received(sent, kPayload);
  EXPECT_EQ(sending.wait().bytes, 0U);
}

TEST_F(SharedLink, PutsPayloadsWhereTheReceiverWishes) {
  Bytes room(3 * kPayload);
  std::vector<std::uint64_t> asked;
  placing_ = [&](const v1::Envelope& envelope, std::size_t bytes) {
    asked.push_back(envelope.bulk().sequence());
    const std::size_t offset = envelope.bulk().sequence() * kPayload;
    return offset + bytes <= room.size() ? std::span(room).subspan(offset) : std::span<std::byte>();
  };
  for (const std::size_t shared : {kShared, std::size_t{0}}) {
    asked.clear();
    std::ranges::fill(room, std::byte{0});
    auto sending = sender(shared + 1, shared);
    send(sending, 4, kPayload);
    sending.send(bulk(4));
    ASSERT_TRUE(pump(sending, [&] { return received_.size() == 5; }));
    for (std::size_t i = 0; i < 5; ++i) {
      EXPECT_EQ(received_[i].placed.data(), i < 3 ? room.data() + i * kPayload : nullptr);
      EXPECT_TRUE(std::ranges::equal(received_[i].payload_bytes(), i < 4 ? pattern(i, kPayload) : Bytes()));
      EXPECT_EQ(received_[i].summed().crc32c, crc32c(received_[i].payload_bytes()));
    }
    EXPECT_EQ(asked, (std::vector<std::uint64_t>{0, 1, 2, 3})) << "an empty payload lies nowhere";
    received_.clear();
    receiver_.supersede(shared + 1);
  }
}

/// A link whose payloads the sender has in memory already.
class InPlace : public SharedLink {
 protected:
  static constexpr std::size_t kKept = 20 * kPayload;
  void SetUp() override {
    ASSERT_TRUE(memory_);
    ASSERT_TRUE(memory_->kept_part(memory_->kept()).through(memory_->description().bytes()));
    for (std::uint64_t i = 0; i < kKept / kPayload; ++i) std::ranges::copy(pattern(i, kPayload), kept(i).begin());
  }
  [[nodiscard]] std::span<std::byte> kept(std::uint64_t i) const {
    return memory_->kept().subspan(i * kPayload, kPayload);
  }
  LinkSender in_place(std::uint64_t boot_id) {
    return {context_, "test", receiver_.endpoint(), {kRun, boot_id}, memory_};
  }

  std::shared_ptr<OutgoingMemory> memory_ = OutgoingMemory::make(kShared, kKept);
};

TEST_F(InPlace, PayloadsGoAsTheyLieAndAreTakenInOrder) {
  auto sending = in_place(1);
  EXPECT_FALSE(sending.reaches(kept(0))) << "nobody has answered";
  ASSERT_TRUE(pump(sending, [&] { return sending.open(); }));
  for (std::uint64_t i = 0; i < 20; ++i) {
    ASSERT_TRUE(sending.reaches(kept(i)));
    if (i % 3 == 2) {
      sending.send(bulk(i), message_of(pattern(i, kPayload)));
    } else {
      EXPECT_EQ(sending.send_in_place(bulk(i), kept(i)), i + 1);
    }
  }
  EXPECT_EQ(sending.taken_number(), 0U);
  ASSERT_TRUE(pump(sending, [&] { return sending.taken_number() == 20; }));
  expect_received(20, kPayload);
  EXPECT_EQ(sending.payloads(), (Counters{{"in_place", 14}, {"shared", 6}}));
}

TEST_F(InPlace, PayloadsElsewhereOrTooSmallAreNotReached) {
  auto sending = in_place(1);
  ASSERT_TRUE(pump(sending, [&] { return sending.open(); }));
  EXPECT_TRUE(sending.reaches(memory_->kept()));
  EXPECT_FALSE(sending.reaches(memory_->kept().first(100)));
  EXPECT_FALSE(sending.reaches(ByteView()));
  const ByteView before(memory_->kept().data() - 1, kPayload);
  const ByteView behind(kept(19).data() + 1, kPayload);
  EXPECT_FALSE(sending.reaches(before));
  EXPECT_FALSE(sending.reaches(behind));
  EXPECT_FALSE(sending.reaches(pattern(0, kPayload)));
}

TEST_F(InPlace, PayloadsAreNotTakenWhileTheyWait) {
  auto sending = in_place(1);
  ASSERT_TRUE(pump(sending, [&] { return sending.open(); }));
  sending.send_in_place(bulk(0), kept(0));
  EXPECT_FALSE(test::within(std::chrono::milliseconds(100), [&] {
    sending.tick();
    receive();
    receiver_.tick();
    return sending.taken_number() > 0;
  })) << "not even sent";
}

TEST_F(InPlace, TheMemoryServesTheNextLink) {
  for (const std::uint64_t boot : {1U, 2U}) {
    auto sending = in_place(boot);
    ASSERT_TRUE(pump(sending, [&] { return sending.open(); }));
    // Of the first link nobody hears any more.
    for (std::uint64_t i = 0; i < 9; ++i) sending.send(bulk(i), message_of(pattern(i, kPayload)));
    EXPECT_EQ(sending.send_in_place(bulk(9), kept(9)), 10U);
    ASSERT_TRUE(pump(sending, [&] { return received_.size() == 10; }));
    expect_received(10, kPayload);
    EXPECT_EQ(sending.payloads(), (Counters{{"in_place", 1}, {"shared", 9}}));
    received_.clear();
    receiver_.supersede(boot);
  }
}

TEST_F(InPlace, PayloadsGoThroughTheSocketOnceTheReceiverHasLostTheMemory) {
  // A receiver that has it, and then has not.
  zmq::socket_t fake(context_, zmq::socket_type::router);
  fake.bind(folder_.endpoint("fake"));
  LinkSender sending(context_, "fake", folder_.endpoint("fake"), {kRun, 1}, memory_);
  std::string connection;
  const auto grant = [&](bool shared) {
    v1::Envelope envelope;
    envelope.set_run(kRun);
    envelope.mutable_grant()->set_boot_id(1);
    envelope.mutable_grant()->set_window_bytes(kWindow);
    envelope.mutable_grant()->set_shared(shared);
    EXPECT_TRUE(send_now(fake, connection, true) && send_now(fake, envelope.SerializeAsString()));
  };
  const auto next = [&] {
    std::vector<zmq::message_t> parts;
    EXPECT_TRUE(test::eventually([&] {
      sending.flush();
      sending.tick();
      auto got = receive_all_now(fake);
      if (got) parts = std::move(*got);
      return got.has_value();
    }));
    return parts;
  };
  connection = next().front().to_string();
  grant(true);
  ASSERT_TRUE(test::eventually([&] {
    sending.tick();
    return sending.open();
  }));
  EXPECT_EQ(sending.send_in_place(bulk(0), kept(0)), 1U);
  grant(false);
  ASSERT_TRUE(test::eventually([&] {
    sending.tick();
    return !sending.reaches(kept(0));
  }));
  EXPECT_EQ(sending.taken_number(), 1U);
  auto parts = next();
  while (parts.size() == 2) parts = next();  // a hello more
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts.back().to_string_view(), as_text(pattern(0, kPayload)));
}

TEST_F(SharedLink, CostsTheSameCreditEitherWay) {
  auto sending = sender();
  send(sending, 1, kPayload);
  ASSERT_TRUE(pump(sending, [&] { return received_.size() == 1; }));
  const auto shared = received_[0].cost;
  receiver_.supersede(1);
  auto plain = sender(2, 0);
  send(plain, 1, kPayload);
  ASSERT_TRUE(pump(plain, [&] { return received_.size() == 2; }));
  EXPECT_EQ(received_[1].cost, shared);
}

TEST_F(SharedLink, StartsAnewWithTheNextBoot) {
  {
    auto old = sender(1);
    send(old, 5, kPayload);
    ASSERT_TRUE(pump(old, [&] { return received_.size() == 5; }));
  }
  receiver_.supersede(1);
  received_.clear();
  auto fresh = sender(2);
  send(fresh, 5, kPayload);
  ASSERT_TRUE(pump(fresh, [&] { return received_.size() == 5; }));
  expect_received(5, kPayload);
  EXPECT_EQ(fresh.payloads(), (Counters{{"shared", 5}}));
}

TEST_F(SharedLink, IsReadToTheEndAfterItsSenderIsGone) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the thread sanitizer allows no threads in a forked process";
#endif
  const pid_t pid = fork();
  if (pid == 0) {
    {
      zmq::context_t context;
      LinkSender sending(context, "test", receiver_.endpoint(), {kRun, 1}, kShared);
      for (std::uint64_t i = 0; i < 5; ++i) sending.send(bulk(i), message_of(pattern(i, kPayload)));
      while (!sending.idle()) {
        sending.flush();
        sending.tick();
      }
      // The context waits until all of it has left the process.
    }
    _exit(0);
  }
  // One message is taken while the sender lives, so that credit is given; the others are left where they are.
  int status = -1;
  const bool gone = test::eventually([&] {
    receiver_.tick();
    if (received_.empty()) {
      if (auto message = receiver_.receive()) received_.push_back(std::move(*message));
    }
    return waitpid(pid, &status, WNOHANG) == pid;
  });
  if (!gone) kill(pid, SIGKILL);
  ASSERT_TRUE(gone);
  ASSERT_EQ(status, 0);
  ASSERT_TRUE(test::eventually([&] {
    receive();
    return received_.size() == 5;
  }));
  expect_received(5, kPayload);
}

TEST_F(SharedLink, LeavesNothingWhereOtherProcessesCouldFindIt) {
  auto sending = sender();
  send(sending, 5, kPayload);
  ASSERT_TRUE(pump(sending, [&] { return received_.size() == 5; }));
  for (const auto& entry : std::filesystem::directory_iterator("/dev/shm")) {
    EXPECT_EQ(entry.path().string().find("spillway"), std::string::npos) << entry.path();
  }
}

/// A peer that has memory, and says of it what it likes.
class HostilePlaces : public SharedLink {
 protected:
  void SetUp() override {
    socket_.set(zmq::sockopt::linger, 0);
    socket_.connect(receiver_.endpoint());
    v1::Envelope hello = envelope(0);
    *hello.mutable_hello()->mutable_shared() = memory_->description();
    ASSERT_TRUE(send_now(socket_, hello.SerializeAsString()));
    ASSERT_TRUE(test::eventually([&] {
      receive();
      return receiver_.peer() == 1;
    }));
  }
  static v1::Envelope envelope(std::uint64_t number) {
    v1::Envelope envelope = number == 0 ? v1::Envelope() : bulk(number - 1);
    envelope.set_run(kRun);
    envelope.set_boot_id(1);
    envelope.set_number(number);
    return envelope;
  }
  void send_place(std::uint64_t number, const std::string& place, const std::string& payload = {}) {
    ASSERT_TRUE(send_now(socket_, envelope(number).SerializeAsString(), true));
    ASSERT_TRUE(send_now(socket_, payload, true));
    ASSERT_TRUE(send_now(socket_, place));
  }
  void send_place(std::uint64_t number, std::uint64_t offset, std::uint64_t bytes) {
    v1::SharedPlace place;
    place.set_offset(offset);
    place.set_bytes(bytes);
    send_place(number, place.SerializeAsString());
  }
  bool discards(const std::string& reason, std::uint64_t count) {
    return test::eventually([&] {
      receive();
      const auto found = receiver_.discarded().find(reason);
      return found != receiver_.discarded().end() && found->second == count;
    });
  }

  zmq::socket_t socket_{context_, zmq::socket_type::dealer};
  std::unique_ptr<OutgoingMemory> memory_ = OutgoingMemory::make(kShared);
};

TEST_F(HostilePlaces, OutsideOfTheMemoryAreCountedAndGiveTheirCreditBack) {
  const std::uint64_t size = memory_->description().bytes();
  constexpr std::uint64_t kHuge = ~std::uint64_t{0};
  std::uint64_t number = 0;
  for (const auto& [offset, bytes] : std::initializer_list<std::pair<std::uint64_t, std::uint64_t>>{
           {size, 1}, {0, size + 1}, {kHuge, 2}, {2, kHuge}, {size - 1, 2}}) {
    send_place(++number, offset, bytes);
  }
  EXPECT_TRUE(discards("bad_place", number));
  EXPECT_TRUE(received_.empty());
  EXPECT_EQ(receiver_.messages(), 0U);
  send_place(++number, size - 10, 10);
  EXPECT_TRUE(test::eventually([&] {
    receive();
    return received_.size() == 1;
  }));
  EXPECT_FALSE(receiver_.discarded().contains("missing_number"));
}

TEST_F(HostilePlaces, ChangeNothingThatHasBeenReceived) {
  const auto place = memory_->take(kPayload, 1);
  ASSERT_TRUE(place);
  std::ranges::copy(pattern(1, kPayload), memory_->at(*place).begin());
  send_place(1, place->offset(), place->bytes());
  ASSERT_TRUE(test::eventually([&] {
    receive();
    return received_.size() == 1;
  }));
  std::ranges::fill(memory_->at(*place), std::byte{0xff});
  EXPECT_TRUE(std::ranges::equal(received_[0].payload_bytes(), pattern(1, kPayload)));
  EXPECT_EQ(received_[0].summed().crc32c, crc32c(pattern(1, kPayload)));
}

TEST_F(HostilePlaces, GiveBackAllTheCreditThatTheirSenderWasCharged) {
  constexpr std::uint64_t kAbsurd = ~std::uint64_t{0};
  std::uint64_t number = 0;
  std::uint64_t charged = 0;
  for (const std::uint64_t bytes : {std::uint64_t{kPayload}, std::uint64_t{kShared} * 2, kAbsurd}) {
    send_place(++number, memory_->description().bytes(), bytes);
    const v1::Envelope sent = envelope(number);
    charged += message_cost(sent, sent.ByteSizeLong(), bytes == kAbsurd ? 0 : bytes);
  }
  ASSERT_TRUE(discards("bad_place", number));
  std::uint64_t released = 0;
  EXPECT_TRUE(test::eventually([&] {
    receiver_.tick();
    while (const auto parts = receive_all_now(socket_)) {
      v1::Envelope back;
      EXPECT_TRUE(back.ParseFromArray(parts->back().data(), static_cast<int>(parts->back().size())));
      released = back.grant().released_bytes();
    }
    return released == charged;
  })) << released
      << " of " << charged;
}

TEST_F(HostilePlaces, ThatAreNotWrittenAsPlacesAreUnparsable) {
  send_place(1, "\xff\xff\xff");
  EXPECT_TRUE(discards("unparsable", 1));
  send_place(2, "", "a payload and a place");
  EXPECT_TRUE(discards("unparsable", 2));
}

TEST_F(HostilePlaces, InMemoryThatIsNotMappedAreCounted) {
  receiver_.supersede(1);
  zmq::socket_t other(context_, zmq::socket_type::dealer);
  other.set(zmq::sockopt::linger, 0);
  other.connect(receiver_.endpoint());
  v1::Envelope hello = envelope(0);
  hello.set_boot_id(2);
  hello.mutable_hello()->mutable_shared()->set_bytes(kShared);
  ASSERT_TRUE(send_now(other, hello.SerializeAsString()));
  v1::Envelope data = envelope(1);
  data.set_boot_id(2);
  v1::SharedPlace place;
  place.set_bytes(10);
  ASSERT_TRUE(send_now(other, data.SerializeAsString(), true) && send_now(other, "", true) &&
              send_now(other, place.SerializeAsString()));
  EXPECT_TRUE(discards("bad_place", 1));
}

}  // namespace
}  // namespace spillway::transport
