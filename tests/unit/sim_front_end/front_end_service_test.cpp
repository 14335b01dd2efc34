#include "sim_front_end/front_end_service.hpp"

#include <set>

#include "daq/proto/beam_pulse.hpp"
#include "daq/proto/convert.hpp"
#include "list_files.hpp"
#include "sim_front_end/list_file_writer.hpp"
#include "tests/support/fake_host.hpp"

namespace spillway::sim_front_end {
namespace {

constexpr const char* kConfig = R"(
[facility.bench]
on_before_ns = 1000
on_after_ns = 3000
off_offsets_ns = [50_000_000]
[detector.csi]
facility = "bench"
channels = [0, 2]
[readout.csi]
processes = 2
[front_end.recorder]
facility = "bench"
gate_channel = 1
)";

/// A front end that plays a list file of `gates` gates to two readouts and a trigger.
class FrontEnd : public testing::Test {
 protected:
  void SetUp() override {
    ListFileOptions options;
    options.gates = 20;
    options.channels = {0, 2};
    write_compass_file(host_.folder() / "list.bin", options);
    auto settings = host_.settings("front_end.recorder", kConfig);
    settings.replay = host_.folder() / "list.bin";
    service_.configure(std::move(settings));
    service_.connect(peers_);
  }

  void others() {
    for (service::Receiving* end : {&first_, &second_, &trigger_}) end->turn();
    if (spare_) spare_->turn();
  }
  void horizon(Timestamp before) {
    v1::Envelope envelope;
    envelope.mutable_horizon()->add_before_ns(before.ns);
    trigger_.link().send_back(std::move(envelope));
  }
  bool until(const std::function<bool()>& condition) {
    return host_.work_until(service_, condition, [this] { others(); });
  }
  static std::uint64_t items(const service::Receiving& end) {
    std::uint64_t sum = 0;
    for (const auto& message : end.messages) sum += message.envelope.bulk().count();
    return sum;
  }
  static Timestamp watermark(const service::Receiving& end) {
    return end.messages.empty() ? Timestamp::min() : Timestamp{end.messages.back().envelope.bulk().watermark_ns()};
  }

  /// What the trigger was last told of it.
  [[nodiscard]] std::optional<Timestamp> input_end() const {
    if (trigger_.messages.empty()) return std::nullopt;
    const v1::Bulk& bulk = trigger_.messages.back().envelope.bulk();
    return bulk.has_input_end_ns() ? std::optional(Timestamp{bulk.input_end_ns()}) : std::nullopt;
  }

  const Timestamp epoch_ = parse_tai("2026-01-01T00:00:00");
  service::FakeHost host_;
  service::Receiving first_{host_, "frames.recorder.readout.csi.0", host_.endpoint("f0")};
  service::Receiving second_{host_, "frames.recorder.readout.csi.1", host_.endpoint("f1")};
  service::Receiving trigger_{host_, "pulses.recorder", host_.endpoint("p")};
  std::unique_ptr<service::Receiving> spare_;
  service::Endpoints peers_ = {{"frames.recorder.readout.csi.0", host_.endpoint("f0")},
                               {"frames.recorder.readout.csi.1", host_.endpoint("f1")},
                               {"pulses.recorder", host_.endpoint("p")}};
  FrontEndService service_{host_};
};

TEST_F(FrontEnd, SendsNothingLaterThanTheHorizonAndTheLookAhead) {
  service_.start();
  ASSERT_TRUE(
      until([&] { return watermark(first_) == epoch_ + seconds(1) && watermark(trigger_) == epoch_ + seconds(1); }));
  EXPECT_EQ(items(first_), 10U);
  EXPECT_EQ(items(trigger_), 10U);
  horizon(epoch_ + milliseconds(300));
  ASSERT_TRUE(until([&] { return watermark(first_) == epoch_ + milliseconds(1300); }));
  EXPECT_EQ(items(first_), 13U);
}

TEST_F(FrontEnd, PlaysTheFileAndEndsEachStreamWithItsTotals) {
  service_.start();
  horizon(epoch_ + seconds(10));
  ASSERT_TRUE(until([&] { return input_end().has_value(); }));
  const Timestamp end = *input_end();
  // The last gate lies at 1.95 s; its off-gate ends 50.003 ms later.
  EXPECT_GT(end, epoch_ + milliseconds(2'000));
  EXPECT_LT(end, epoch_ + milliseconds(2'001));
  service_.stop(end);
  ASSERT_TRUE(until([&] { return host_.find(v1::Report::kFinished) != nullptr; }));
  ASSERT_TRUE(until([&] { return first_.ended() && second_.ended() && trigger_.ended(); }));
  for (const service::Receiving* receiving : {&first_, &second_, &trigger_}) {
    EXPECT_EQ(receiving->messages.back().envelope.bulk().totals().sent(), 20U);
    Timestamp covered{receiving->messages.front().envelope.bulk().covered_from_ns()};
    EXPECT_EQ(covered, epoch_);
    std::uint64_t sequence = 0;
    for (const auto& message : receiving->messages) {
      const v1::Bulk& bulk = message.envelope.bulk();
      EXPECT_EQ(bulk.covered_from_ns(), covered.ns);
      EXPECT_EQ(bulk.sequence(), sequence);
      covered = Timestamp{bulk.watermark_ns()};
      sequence += bulk.count();
    }
    EXPECT_GE(receiving->messages.back().envelope.bulk().covered_from_ns(), (end + nanoseconds(4000)).ns);
  }
  const auto& message = trigger_.messages.front();
  EXPECT_EQ(message.envelope.bulk().stream(), "pulses/bench");
  ASSERT_EQ(message.payload.size(), message.envelope.bulk().count() * proto::kBeamPulseBytes);
  const auto pulse =
      proto::decode_beam_pulse({static_cast<const std::byte*>(message.payload.data()), proto::kBeamPulseBytes});
  ASSERT_TRUE(pulse);
  EXPECT_EQ(pulse->id, 1U);
  EXPECT_EQ(host_.find(v1::Report::kFinished)->finished().counters().at("frames_sent"), 40U);
  EXPECT_EQ(host_.find(v1::Report::kFinished)->finished().counters().at("pulses_sent"), 20U);
}

TEST_F(FrontEnd, SaysWhereItsInputEndsBeforeItsWatermarkGetsThere) {
  service_.start();
  horizon(epoch_ + seconds(100));
  // It goes on, as others may still have something.
  ASSERT_TRUE(until([&] { return watermark(trigger_) > epoch_ + seconds(10); }));
  ASSERT_TRUE(input_end().has_value());
  for (const auto& message : trigger_.messages) {
    const v1::Bulk& bulk = message.envelope.bulk();
    EXPECT_TRUE(bulk.watermark_ns() <= input_end()->ns || bulk.has_input_end_ns());
  }
}

TEST_F(FrontEnd, LosesWhatItSendsWhileAReadoutIsRestartedAndTellsTheNextOneWhereItIs) {
  service_.start();
  ASSERT_TRUE(
      until([&] { return watermark(first_) == epoch_ + seconds(1) && watermark(second_) == epoch_ + seconds(1); }));
  service_.peer_lost("readout.csi.0", 99);
  horizon(epoch_ + milliseconds(200));
  ASSERT_TRUE(until([&] { return watermark(second_) == epoch_ + milliseconds(1200); }));
  EXPECT_EQ(watermark(first_), epoch_ + seconds(1));
  service_.connect(peers_);
  EXPECT_EQ(watermark(first_), epoch_ + seconds(1)) << "the endpoint of the dead process is of no use";

  spare_ = std::make_unique<service::Receiving>(host_, "frames.recorder.readout.csi.0", host_.endpoint("f0-again"));
  peers_["frames.recorder.readout.csi.0"] = host_.endpoint("f0-again");
  service_.connect(peers_);
  ASSERT_TRUE(until([&] { return watermark(*spare_) == epoch_ + milliseconds(1200); }));
  const v1::Bulk& bulk = spare_->messages.front().envelope.bulk();
  EXPECT_EQ(bulk.sequence(), 12U);
  EXPECT_EQ(bulk.totals().sent(), 12U) << "what was lost had been sent";
  EXPECT_EQ(bulk.covered_from_ns(), (epoch_ + milliseconds(1200)).ns);

  // A process that comes after the end hears of it all the same.
  service_.stop(epoch_ + milliseconds(1100));
  ASSERT_TRUE(until([&] { return spare_->ended() && host_.find(v1::Report::kFinished) != nullptr; }));
  service_.peer_lost("readout.csi.0", 100);
  spare_ = std::make_unique<service::Receiving>(host_, "frames.recorder.readout.csi.0", host_.endpoint("f0-third"));
  peers_["frames.recorder.readout.csi.0"] = host_.endpoint("f0-third");
  service_.connect(peers_);
  ASSERT_TRUE(until([&] { return spare_->ended(); }));
}

TEST_F(FrontEnd, RefusesToConnectWhereALinkHasNoEndpoint) {
  service::FakeHost host;
  FrontEndService service(host);
  auto settings = host.settings("front_end.recorder", kConfig);
  settings.replay = host_.folder() / "list.bin";
  service.configure(std::move(settings));
  EXPECT_THROW(service.connect({}), Error);
}

TEST_F(FrontEnd, RefusesAConfigurationThatItCannotPlay) {
  service::FakeHost host;
  FrontEndService service(host);
  EXPECT_THROW(service.configure(host.settings("front_end.recorder", kConfig)), ConfigError);
  EXPECT_THROW(service.configure(host.settings("front_end.other", kConfig)), Error);
}

/// The pulses of the first 20 s of a beam of 14 Hz, as the trigger is told them.
struct Told {
  std::vector<model::Pulse> pulses;
  std::size_t trains = 0;
};

Told told_at(const std::string& level, const std::string& more = "") {
  service::FakeHost host;
  auto settings = host.settings("front_end.ess", R"(
[setup]
look_ahead_ns = 20_000_000_000
[facility.ess]
[front_end.ess]
source = "simulated"
facility = "ess"
pulse_period_ns = 1_000_000_000
pulse_period_divisor = 14
pulse_length_ns = 2_800_000
protons_per_pulse = 1e15
)" + more + R"(
[detector.csi]
facility = "ess"
kind = "csi_laapd"
emission = "gated"
stream_bytes_per_second = 300_000
[simulation.csi]
level = ")" + level + "\"");
  const Timestamp epoch = parse_tai("2026-01-01T00:00:00");
  service::Receiving frames(host, "frames.ess.readout.csi.0", host.endpoint("f"));
  service::Receiving pulses(host, "pulses.ess", host.endpoint("p"));
  FrontEndService service(host);
  service.configure(std::move(settings));
  service.connect({{"frames.ess.readout.csi.0", host.endpoint("f")}, {"pulses.ess", host.endpoint("p")}});
  service.start();
  const auto others = [&] {
    frames.turn();
    pulses.turn();
  };
  const auto all_told = [&] {
    return !pulses.messages.empty() &&
           pulses.messages.back().envelope.bulk().watermark_ns() >= (epoch + seconds(20)).ns;
  };
  EXPECT_TRUE(host.work_until(service, all_told, others));

  Told told;
  for (const auto& message : pulses.messages) {
    const v1::Bulk& bulk = message.envelope.bulk();
    EXPECT_EQ(bulk.sequence(), told.pulses.size());
    for (const v1::Pulse& train : bulk.pulse_trains()) {
      ++told.trains;
      proto::train_of(train).for_each([&](const model::Pulse& pulse) { told.pulses.push_back(pulse); });
    }
    const ByteView records{static_cast<const std::byte*>(message.payload.data()), message.payload.size()};
    for (std::size_t i = 0; i < bulk.count(); ++i) {
      const auto pulse = proto::decode_beam_pulse(records.subspan(i * proto::kBeamPulseBytes, proto::kBeamPulseBytes));
      EXPECT_TRUE(pulse);
      if (pulse) told.pulses.push_back(*pulse);
    }
  }
  return told;
}

TEST(FrontEndTrains, AreThePulsesOfAFacilityWhoseDetectorsSendPrimitives) {
  const Told singly = told_at("raw");
  EXPECT_EQ(singly.trains, 0U);
  EXPECT_EQ(singly.pulses.size(), 280U);
  const Told folded = told_at("primitives");
  EXPECT_GT(folded.trains, 0U);
  EXPECT_EQ(folded.pulses, singly.pulses);
}

TEST(FrontEndTrains, AreNoneWherePulsesDiffer) {
  const std::string spread = "protons_spread = 0.01\n";
  const Told told = told_at("primitives", spread);
  EXPECT_EQ(told.trains, 0U);
  EXPECT_EQ(told.pulses, told_at("raw", spread).pulses);
}

TEST_F(FrontEnd, LeavesAtOnceWhenAborted) {
  service_.start();
  service_.abort({"test", false});
  EXPECT_FALSE(service_.work());
  v1::Heartbeat heartbeat;
  service_.describe(heartbeat);
}

}  // namespace
}  // namespace spillway::sim_front_end
