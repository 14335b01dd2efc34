#include "readout/readout_service.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "daq/transport/link.hpp"
#include "frames.hpp"
#include "tests/support/fake_host.hpp"

namespace spillway::readout {
namespace {

constexpr const char* kConfig = R"(
[setup]
epoch = "1970-01-01T00:00:00.001"
[facility.bench]
on_before_ns = 1000
on_after_ns = 3000
[detector.csi]
facility = "bench"
channels = [3]
[readout.csi]
processes = 2
ring_bytes = 8_000_000
[front_end.recorder]
facility = "bench"
gate_channel = 1
)";

/// One that runs, and its front end; others need not be there.
struct Started {
  explicit Started(service::FakeHost& host) : service(host) {
    service.configure(host.settings("readout.csi.0", kConfig));
    const auto endpoints = service.endpoints();
    EXPECT_EQ(endpoints.size(), 1U);
    frames.emplace(host.context(), endpoints.begin()->first, endpoints.begin()->second, transport::Identity{12, 77});
    service.connect(
        {{"primitives.readout.csi.0", host.endpoint("t")}, {"fragments.readout.csi.0", host.endpoint("b")}});
    service.start();
  }
  void send(const FramesMessage& message) {
    v1::Envelope envelope;
    *envelope.mutable_bulk() = message.bulk;
    frames->send(std::move(envelope), zmq::message_t(message.payload.data(), message.payload.size()));
  }

  ReadoutService service;
  std::optional<transport::LinkSender> frames;
};

void ask(service::Receiving& trigger, std::uint64_t decision, Interval window, bool end = false) {
  v1::Envelope envelope;
  auto& request = *envelope.mutable_requests()->add_requests();
  request.set_decision(decision);
  request.set_begin_ns(window.begin.ns);
  request.set_end_ns(window.end.ns);
  envelope.mutable_requests()->set_end(end);
  trigger.link().send_back(std::move(envelope));
}

class Readout : public testing::Test {
 protected:
  void others() {
    readout_.frames->tick();
    readout_.frames->flush();
    trigger_.turn();
    builder_.turn();
  }
  bool until(const std::function<bool()>& condition) {
    return host_.work_until(service_, condition, [this] { others(); });
  }
  void send(const FramesMessage& message) { readout_.send(message); }

  service::FakeHost host_;
  service::Receiving trigger_{host_, "primitives.readout.csi.0", host_.endpoint("t")};
  service::Receiving builder_{host_, "fragments.readout.csi.0", host_.endpoint("b")};
  Started readout_{host_};
  ReadoutService& service_ = readout_.service;
};

TEST_F(Readout, TakesFramesAnswersRequestsOnceAndEnds) {
  const Bytes frame = pulse_record(2'000);
  send(frames_message(0, 0, 10'000, {frame}));
  ASSERT_TRUE(until([&] { return !trigger_.messages.empty(); }));
  EXPECT_EQ(trigger_.messages[0].envelope.bulk().count(), 1U);
  EXPECT_EQ(trigger_.messages[0].payload.size(), sizeof(model::Primitive));

  ask(trigger_, 0, after_epoch(1'000, 5'000));
  ask(trigger_, 1, after_epoch(9'000, 13'000));
  ask(trigger_, 1, after_epoch(9'000, 13'000));
  ASSERT_TRUE(until([&] { return !builder_.messages.empty(); }));
  EXPECT_EQ(builder_.messages.size(), 1U) << "the second window is not complete yet";
  EXPECT_EQ(builder_.messages[0].payload.to_string_view(), as_text(frame));

  send(frames_message(1, 10'000, 20'000, {}));
  ASSERT_TRUE(until([&] { return builder_.messages.size() == 2; }));
  ask(trigger_, 2, after_epoch(90'000, 94'000), true);
  send(end_message(1, 20'000));
  int turns = 0;
  ASSERT_TRUE(until([&] { return ++turns > 20; }));
  EXPECT_FALSE(trigger_.ended()) << "the stream's last books wait for the end of the run";
  service_.stop(kEpoch + nanoseconds(15'000));
  ASSERT_TRUE(until([&] { return host_.find(v1::Report::kFinished) != nullptr && builder_.messages.size() == 4; }));
  EXPECT_EQ(builder_.messages[2].envelope.fragment().status(),
            static_cast<std::uint32_t>(model::FragmentStatus::kNoData));
  ASSERT_TRUE(builder_.messages[3].envelope.has_fragment_end());
  EXPECT_EQ(builder_.messages[3].envelope.fragment_end().totals(0).accepted(), 1U);
  EXPECT_TRUE(trigger_.ended());
  const auto& counters = host_.find(v1::Report::kFinished)->finished().counters();
  EXPECT_EQ(counters.at("fragments_sent"), 3U);
  EXPECT_EQ(counters.at("refused.repeated_request"), 1U);
}

TEST_F(Readout, KeepsBadFramesInQuarantineAndCountsStrangeMessages) {
  Bytes bad = record(500);
  bad.resize(30);
  send(frames_message(0, 0, 1'000, {bad}));
  FramesMessage strange = frames_message(0, 0, 1'000, {record(1)});
  strange.bulk.set_stream("csi/9");
  send(strange);
  v1::Envelope pulses;
  pulses.mutable_horizon();
  readout_.frames->send(std::move(pulses));
  v1::Heartbeat heartbeat;
  ASSERT_TRUE(until([&] {
    heartbeat.Clear();
    service_.describe(heartbeat);
    return heartbeat.counters().contains("refused.unexpected_message");
  }));
  EXPECT_EQ(heartbeat.counters().at("refused.unknown_stream"), 1U);
  EXPECT_EQ(heartbeat.counters().at("frames_quarantined"), 1U);
  EXPECT_EQ(heartbeat.streams(0).rejected().at("truncated"), 1U);
  EXPECT_EQ(std::filesystem::file_size(host_.folder() / "run" / "quarantine" / "csi_3.bin"), 4U + 30U);
}

TEST_F(Readout, TakesNoMoreFramesThanTheTriggerTakesPrimitives) {
  // Nobody listens to the primitives, so messages are taken up to the backlog and come in up to the credit.
  service::FakeHost host;
  Started readout(host);
  ReadoutService& service = readout.service;
  transport::LinkSender& frames = *readout.frames;
  std::int64_t t = 0;
  ASSERT_TRUE(host.work_until(
      service, [&] { return frames.backlog_bytes() > (16U << 20U); },
      [&] {
        frames.tick();
        for (int i = 0; i < 2000; ++i, ++t) {
          v1::Envelope envelope;
          *envelope.mutable_bulk() = frames_message(0, t, t + 1, {}).bulk;
          frames.send(std::move(envelope));
        }
        for (int i = 0; i < 50; ++i) {
          frames.flush();
          service.work();
        }
      }));
  v1::Heartbeat heartbeat;
  service.describe(heartbeat);
  ASSERT_EQ(heartbeat.waits().size(), 1);
  EXPECT_EQ(heartbeat.waits(0).link(), "primitives.readout.csi.0");
  EXPECT_LT(heartbeat.waits(0).bytes(), 17U << 20U);
  service.abort({"test", false});
  EXPECT_FALSE(service.work());
}

TEST_F(Readout, KeepsFramesThatTheEventBuilderHasYetToTakeAndTakesNoMore) {
  // Nobody listens to the fragments.
  service::FakeHost host;
  service::Receiving trigger(host, "primitives.readout.csi.0", host.endpoint("t"));
  Started readout(host);
  ReadoutService& service = readout.service;
  transport::LinkSender& frames = *readout.frames;
  std::int64_t t = 0;
  std::uint64_t sequence = 0;
  const auto large = [](std::int64_t time) { return record(time, std::vector<std::uint16_t>(10'000, 100)); };
  const auto send = [&] {
    readout.send(frames_message(sequence++, t, t + 1'000'000, {large(t + 10)}));
    t += 1'000'000;
  };
  const auto others = [&] {
    frames.tick();
    frames.flush();
    trigger.turn();
    if (frames.backlog_bytes() < (1U << 20U)) send();
  };
  ask(trigger, 1, after_epoch(0, 1'000'000));
  ASSERT_TRUE(host.work_until(
      service, [&] { return frames.wait().seconds > 0.3; }, others));
  v1::Heartbeat heartbeat;
  service.describe(heartbeat);
  EXPECT_EQ(heartbeat.streams(0).lost().size(), 0) << "nothing is overwritten";
  ASSERT_EQ(heartbeat.waits().size(), 1);
  EXPECT_EQ(heartbeat.waits(0).link(), "fragments.readout.csi.0");
  EXPECT_GE(heartbeat.waits(0).bytes(), large(0).size());

  service::Receiving builder(host, "fragments.readout.csi.0", host.endpoint("b"));
  ASSERT_TRUE(host.work_until(
      service, [&] { return !builder.messages.empty(); },
      [&] {
        others();
        builder.turn();
      }));
  EXPECT_EQ(builder.messages[0].envelope.fragment().status(), static_cast<std::uint32_t>(model::FragmentStatus::kOk));
  EXPECT_EQ(builder.messages[0].envelope.fragment().frames(), 1U);
}

TEST_F(Readout, LeavesFramesThatItSentAsTheyLieUntilTheEventBuilderHasCopiedThem) {
  std::int64_t t = 0;
  std::uint64_t sequence = 0;
  const auto large = [](std::int64_t time) { return record(time, std::vector<std::uint16_t>(10'000, 100)); };
  const auto feed = [&] {
    readout_.frames->tick();
    readout_.frames->flush();
    trigger_.turn();
    if (readout_.frames->backlog_bytes() > (1U << 20U)) return;
    send(frames_message(sequence++, t, t + 1'000'000, {large(t + 10)}));
    t += 1'000'000;
  };
  const auto counter = [&](const std::string& name) {
    v1::Heartbeat heartbeat;
    service_.describe(heartbeat);
    const auto found = heartbeat.counters().find(name);
    return found == heartbeat.counters().end() ? 0 : found->second;
  };
  // The event builder answers the hello, and then does nothing for a while.
  ASSERT_TRUE(until([&] { return builder_.link().peer() != 0; }));
  v1::Envelope wanted;
  auto& request = *wanted.mutable_requests()->add_requests();
  request.set_decision(1);
  request.set_begin_ns(after_epoch(0, 1).begin.ns);
  request.set_end_ns(after_epoch(0, 1'000'000).end.ns);
  ASSERT_TRUE(host_.work_until(
      service_, [&] { return trigger_.link().peer() != 0 && !trigger_.messages.empty(); }, feed));
  trigger_.link().send_back(wanted);
  ASSERT_TRUE(host_.work_until(
      service_, [&] { return counter("payloads.in_place") == 1; }, feed));
  // Nothing will be asked for again, so that only the fragment keeps frames where they are.
  v1::Envelope done;
  done.mutable_requests()->set_done_before_ns(Timestamp::max().ns);
  trigger_.link().send_back(done);
  ASSERT_TRUE(host_.work_until(
      service_, [&] { return readout_.frames->wait().seconds > 0.3; }, feed));
  const auto taken = trigger_.messages.size();
  EXPECT_EQ(counter("payloads.shared"), 0U);

  ASSERT_TRUE(host_.work_until(
      service_, [&] { return !builder_.messages.empty() && trigger_.messages.size() > taken + 1'000; },
      [&] {
        feed();
        builder_.turn();
      }));
  const transport::Message& fragment = builder_.messages[0];
  EXPECT_EQ(fragment.envelope.fragment().status(), static_cast<std::uint32_t>(model::FragmentStatus::kOk));
  EXPECT_EQ(fragment.payload.to_string_view(), as_text(large(10)));
  EXPECT_EQ(fragment.envelope.fragment().crc32c(), *fragment.crc32c);
  v1::Heartbeat heartbeat;
  service_.describe(heartbeat);
  EXPECT_EQ(heartbeat.streams(0).lost().size(), 0) << "nothing was overwritten";
}

TEST_F(Readout, WithoutStreamsEndsWithTheRun) {
  service::FakeHost host;
  ReadoutService idle(host);
  idle.configure(host.settings("readout.csi.1", kConfig));
  EXPECT_TRUE(idle.endpoints().empty());
  idle.connect({});
  idle.start();
  idle.stop({0});
  idle.work();
  EXPECT_NE(host.find(v1::Report::kFinished), nullptr);
}

TEST_F(Readout, RefusesANameThatTheConfigurationDoesNotHave) {
  service::FakeHost host;
  ReadoutService other(host);
  EXPECT_THROW(other.configure(host.settings("readout.csi.2", kConfig)), Error);
}

}  // namespace
}  // namespace spillway::readout
