#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "detectors/registry.hpp"

namespace spillway::detectors {
namespace {

using testing::HasSubstr;

constexpr const char* kGood = R"([setup]
name = "bench"

[facility.bench]
on_before_ns = 1000
on_after_ns = 3000
off_offsets_ns = [50_000_000]

[detector.csi]
facility = "bench"
channels = [0, 2]

[front_end.recorder]
facility = "bench"
gate_channel = 1
)";

model::Setup load(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return load_setup(Config::parse(text, "test.toml", overrides));
}

std::string replaced(const std::string& what, const std::string& by) {
  std::string text = kGood;
  text.replace(text.find(what), what.size(), by);
  return text;
}

struct Refusal {
  std::string text, file, key;
  std::uint32_t line = 0;
};

Refusal refusal(const std::string& text, const std::vector<std::string>& overrides = {}) {
  try {
    load(text, overrides);
  } catch (const ConfigError& error) {
    return {error.what(), error.file(), error.key(), error.line()};
  }
  return {};
}

TEST(LoadSetup, FillsInWhatIsNotSaid) {
  const model::Setup setup = load(kGood);
  EXPECT_EQ(setup.name, "bench");
  EXPECT_EQ(setup.epoch, parse_tai("2026-01-01T00:00:00"));
  EXPECT_EQ(setup.look_ahead, seconds(1));
  ASSERT_EQ(setup.facilities.size(), 1U);
  EXPECT_EQ(setup.facilities[0].on_before, microseconds(1));
  EXPECT_EQ(setup.facilities[0].off_offsets, std::vector{milliseconds(50)});
  ASSERT_EQ(setup.detectors.size(), 1U);
  EXPECT_EQ(setup.detectors[0].streams, (std::vector<std::string>{"csi/0", "csi/2"}));
  EXPECT_EQ(setup.detectors[0].kind, "caen_digitizer");
  EXPECT_EQ(setup.detectors[0].readout_processes, 1U);
  EXPECT_EQ(setup.detectors[0].ring_bytes, 67'108'864U);
  EXPECT_EQ(setup.detectors[0].trigger.readout, model::ReadoutRule::kZeroBias);
  EXPECT_EQ(setup.storage.chunk_bytes, 262'144U);
}

TEST(LoadSetup, TakesOverridesOfSectionsThatAreNotInTheFile) {
  const model::Setup setup = load(kGood, {"readout.csi.processes=2", "trigger.csi.readout=\"coincidence\""});
  EXPECT_EQ(setup.detectors[0].readout_processes, 2U);
  EXPECT_EQ(setup.detectors[0].trigger.readout, model::ReadoutRule::kCoincidence);
}

TEST(LoadSetup, NamesFileLineKeyAndRemedyOfAnUnknownKey) {
  const Refusal bad = refusal(replaced("on_before_ns", "on_befor_ns"));
  EXPECT_EQ(bad.file, "test.toml");
  EXPECT_EQ(bad.line, 5U);
  EXPECT_EQ(bad.key, "facility.bench.on_befor_ns");
  EXPECT_THAT(bad.text, HasSubstr("did you mean on_before_ns?"));
}

struct Case {
  std::string what, by, key, words;
};

TEST(LoadSetup, RefusesWhatIsImpossible) {
  const std::vector<Case> cases = {
      {"on_before_ns = 1000", "on_before_ns = \"soon\"", "facility.bench.on_before_ns", "integer"},
      {"on_after_ns = 3000", "on_after_ns = -2000", "facility.bench.on_after_ns", "give more than -1000"},
      {"on_after_ns = 3000", "on_after_ns = -1000", "facility.bench.on_after_ns", "empty"},
      {"[50_000_000]", "[4000]", "facility.bench.off_offsets_ns", "4000"},
      {"[50_000_000]", "[-4000]", "facility.bench.off_offsets_ns", "touches its own on-gate"},
      {"[50_000_000]", "[50_000_000, 50_002_000]", "facility.bench.off_offsets_ns", "overlap"},
      {"[50_000_000]", "[-2_000_000_000]", "setup.look_ahead_ns", "give at least"},
      {"on_after_ns = 3000", "random_rate_hz = 1", "facility.bench.random_length_ns", "length"},
      {"facility = \"bench\"\nchannels", "facility = \"bunch\"\nchannels", "detector.csi.facility",
       "did you mean bench?"},
      {"channels = [0, 2]", "kind = \"caen_digitiser\"", "detector.csi.kind", "did you mean caen_digitizer?"},
      {"channels = [0, 2]", "channels = [0, 0]", "detector.csi.channels", "twice"},
      {"channels = [0, 2]", "channels = []", "detector.csi.channels", "empty"},
      {"channels = [0, 2]", "channels = [0, 70000]", "detector.csi.channels", "out of bounds"},
      {"channels = [0, 2]", "channels = [0, 1]", "front_end.recorder.gate_channel", "also a channel of detector csi"},
      {"channels = [0, 2]", "pre_ns = -1", "detector.csi.pre_ns", "out of bounds"},
      {"channels = [0, 2]", "pre_ns = 2_000_000_000", "setup.look_ahead_ns", "longest window"},
      {"channels = [0, 2]", "emission = \"gated\"", "front_end.recorder.source", "gated"},
      {"gate_channel = 1", "", "front_end.recorder.gate_channel", "missing"},
      {"gate_channel = 1", "gate_channel = 1\nsource = \"compas\"", "front_end.recorder.source",
       "did you mean compass?"},
      {"name = \"bench\"", "epoch = \"yesterday\"", "setup.epoch", "yesterday"},
      {"[front_end.recorder]", "[frontend.recorder]", "frontend.recorder", "did you mean front_end?"},
      {"[facility.bench]", "[facility]", "facility", "needs a name"},
      {"[setup]", "[setup.x]", "setup.x", "takes no name"},
      {"[setup]", "[readout.ccd]\n[setup]", "readout.ccd", "no detector"},
      {"[setup]", "[facility.other]\n[setup]", "facility.other", "no front end"},
      {"[setup]", "[front_end.two]\nfacility = \"bench\"\ngate_channel = 5\n[setup]", "front_end.two.facility",
       "one front end"},
      {"[setup]", "[detector.twin]\nfacility = \"bench\"\nchannels = [2]\n[setup]", "front_end.recorder.source",
       "to detector csi and to detector twin"},
  };
  for (const Case& c : cases) {
    const Refusal bad = refusal(replaced(c.what, c.by));
    EXPECT_EQ(bad.key, c.key) << c.by;
    EXPECT_THAT(bad.text, HasSubstr(c.words)) << c.by;
  }
}

TEST(LoadSetup, RefusesActivitiesThatAreAlwaysOrNever) {
  EXPECT_EQ(refusal(kGood, {"trigger.csi.activity_window_ns=1000"}).key, "trigger.csi.activity_window_ns");
  EXPECT_EQ(refusal(kGood, {"trigger.csi.activity_channels=5"}).key, "trigger.csi.activity_window_ns");
  EXPECT_EQ(refusal(kGood, {"trigger.csi.readout=\"activity\""}).key, "trigger.csi.readout");
  EXPECT_EQ(refusal(kGood, {"trigger.csi.activity_channel_gap=63"}).key, "trigger.csi.activity_channel_gap");
  const model::Setup setup = load(kGood, {"trigger.csi.readout=\"activity\"", "trigger.csi.activity_window_ns=1000",
                                          "trigger.csi.activity_channels=2", "trigger.csi.activity_integral=7"});
  const model::TriggerPolicy& policy = setup.detectors[0].trigger;
  EXPECT_EQ(policy.readout, model::ReadoutRule::kActivity);
  EXPECT_EQ(policy.activity.window, nanoseconds(1000));
  EXPECT_EQ(policy.activity.channels, 2U);
  EXPECT_EQ(policy.activity.integral, 7U);
  EXPECT_EQ(setup.detectors[0].first_channels, (std::vector<std::uint32_t>{0, 1}));
}

TEST(LoadSetup, RefusesCoincidencesThatCannotHappen) {
  const std::vector<std::string> two = {"trigger.csi.coincidence_primitives=2"};
  const auto refused = [&](std::string more) {
    std::vector<std::string> overrides = two;
    overrides.push_back(std::move(more));
    return refusal(kGood, overrides).key;
  };
  EXPECT_EQ(refused("trigger.csi.coincidence_group=3"), "trigger.csi.coincidence_group");
  EXPECT_EQ(refused("trigger.csi.coincidence_streams=3"), "trigger.csi.coincidence_streams");
  EXPECT_EQ(refusal(kGood, {"trigger.csi.coincidence_group=1", "trigger.csi.coincidence_streams=2", two[0]}).key,
            "trigger.csi.coincidence_streams");
  const model::Setup setup =
      load(kGood, {two[0], "trigger.csi.coincidence_group=2", "trigger.csi.coincidence_streams=2"});
  EXPECT_EQ(setup.detectors[0].trigger.coincidence_group, 2U);
  EXPECT_EQ(setup.detectors[0].trigger.coincidence_streams, 2U);
}

TEST(LoadSetup, MakesTheClockOfADetectorFromItsKeys) {
  const std::string csi = replaced("channels = [0, 2]", "kind = \"csi_laapd\"\ntick_ns = 2\npre_trigger_samples = 100");
  const model::Setup setup = load(csi, {"front_end.recorder.gate_channel=99", "readout.csi.ring_bytes=1000000000"});
  const model::Detector& detector = setup.detectors[0];
  EXPECT_EQ(detector.streams.size(), 8U);
  EXPECT_EQ(detector.streams.back(), "csi/7");
  // The tick is that of the trigger, the first of 4 ns samples 100 of them before it.
  EXPECT_EQ(detector.clock.to_tai(0), setup.epoch - nanoseconds(400));
  EXPECT_EQ(detector.clock.to_tai(1'000), setup.epoch + nanoseconds(1'600));
  EXPECT_EQ(refusal(csi, {"front_end.recorder.gate_channel=99", "detector.csi.tick_ns=3"}).key, "detector.csi.tick_ns");
}

TEST(LoadSetup, RefusesARingThatDoesNotCoverThePulseLatency) {
  const Refusal bad = refusal(kGood, {"readout.csi.ring_bytes=15999999"});
  EXPECT_EQ(bad.key, "readout.csi.ring_bytes");
  EXPECT_EQ(bad.file, "--define");
  EXPECT_THAT(bad.text, HasSubstr("16000000"));
  EXPECT_EQ(refusal(kGood, {"readout.csi.ring_bytes=16000000"}).text, "");
  EXPECT_EQ(refusal(kGood, {"readout.csi.ring_bytes=8000000", "readout.csi.processes=2"}).text, "");
}

TEST(LoadSetup, RefusesALookAheadShorterThanThePulseLatency) {
  const Refusal bad = refusal(kGood, {"facility.bench.max_pulse_lateness_ns=5_000_000_000"});
  EXPECT_EQ(bad.key, "setup.look_ahead_ns");
  EXPECT_THAT(bad.text, HasSubstr("5000000000"));
  // 4000 ns of gate, which begins 1000 ns before its pulse, 3 watermark periods and the reordering.
  EXPECT_EQ(refusal(kGood, {"setup.look_ahead_ns=30015000"}).text, "");
  EXPECT_EQ(refusal(kGood, {"setup.look_ahead_ns=30014999"}).key, "setup.look_ahead_ns");
}

TEST(LoadSetup, RefusesALookAheadInWhichAnOffGateCouldNeverBecomeFinal) {
  // An off-gate is final when every on-gate that could touch it is known, on_before_ns beyond its end.
  const std::vector<std::string> long_before = {"facility.bench.on_before_ns=700_000_000",
                                                "facility.bench.off_offsets_ns=[2_000_000_000]"};
  EXPECT_EQ(refusal(kGood, long_before).key, "setup.look_ahead_ns");
}

TEST(LoadSetup, RefusesPrimitivesOfADetectorThatKnowsNone) {
  const Refusal error = refusal(kGood, {"simulation.csi.level=\"primitives\""});
  EXPECT_EQ(error.key, "simulation.csi.level");
  EXPECT_THAT(error.text, HasSubstr("level = \"raw\""));
}

constexpr const char* kChamber = R"(
[setup]
name = "chamber"
[facility.lhc]
[front_end.lhc]
source = "simulated"
facility = "lhc"
pulse_period_ns = 70_000_000
pulse_length_ns = 86_000
protons_per_pulse = 3e14
[detector.lartpc]
facility = "lhc"
kind = "lartpc"
stream_bytes_per_second = 1
[simulation.lartpc]
level = "primitives"
)";

TEST(LoadSetup, RefusesASelectionOnHitsThatPrimitivesDoNotHave) {
  // By default the selection goes further down than the readout does.
  const Refusal error = refusal(kChamber);
  EXPECT_EQ(error.key, "readout.lartpc.collection_threshold_adc");
  EXPECT_THAT(error.text, HasSubstr("collection_threshold_adc = 30"));
  EXPECT_TRUE(load(kChamber, {"readout.lartpc.collection_threshold_adc=30"}).detectors[0].primitives);
  EXPECT_FALSE(load(kChamber, {"simulation.lartpc.level=\"raw\""}).detectors[0].primitives);
}

TEST(LoadSetup, KnowsHowCloseSimulatedPulsesCome) {
  const std::string raw = "simulation.lartpc.level=\"raw\"";
  const auto period = [&](const std::string& change) {
    return load(kChamber, {raw, change}).facilities[0].min_pulse_period;
  };
  EXPECT_EQ(period("front_end.lhc.pulse_jitter_ns=0"), milliseconds(70));
  EXPECT_EQ(period("front_end.lhc.pulse_jitter_ns=20_000_000"), milliseconds(50));
  EXPECT_EQ(period("facility.lhc.min_pulse_period_ns=60_000_000"), milliseconds(60));
  const Refusal error = refusal(kChamber, {raw, "facility.lhc.min_pulse_period_ns=80_000_000"});
  EXPECT_EQ(error.key, "front_end.lhc.pulse_period_ns");
  EXPECT_THAT(error.text, HasSubstr("at most 70000000"));
  EXPECT_EQ(load(kGood).facilities[0].min_pulse_period, Duration{}) << "a recording does not say";
}

TEST(LoadSetup, RefusesPrimitivesByDatagram) {
  const Refusal error =
      refusal(kChamber, {"readout.lartpc.collection_threshold_adc=30", "front_end.lhc.transport=\"udp\""});
  EXPECT_EQ(error.key, "front_end.lhc.transport");
  EXPECT_THAT(error.text, HasSubstr("simulation.lartpc.level = \"raw\""));
}

TEST(LoadSetup, RefusesAPrescaleOfZero) {
  EXPECT_EQ(refusal(kGood, {"trigger.csi.prescale=0"}).key, "trigger.csi.prescale");
}

TEST(Registry, ExplainsEveryKeyThatAFileMayHave) {
  const auto keys = all_keys();
  const auto has = [&](std::string_view section, std::string_view key) {
    for (const ExplainedKey& entry : keys) {
      if (entry.section == section && entry.spec.key == key) return true;
    }
    return false;
  };
  EXPECT_TRUE(has("setup", "epoch"));
  EXPECT_TRUE(has("facility.<name>", "off_offsets_ns"));
  EXPECT_TRUE(has("detector.<name>", "pre_ns"));
  EXPECT_TRUE(has("detector.<name> (caen_digitizer)", "channels"));
  EXPECT_TRUE(has("readout.<name> (caen_digitizer)", "threshold_adc"));
  EXPECT_TRUE(has("front_end.<name> (compass)", "gate_channel"));
  EXPECT_TRUE(has("online.<name> (caen_digitizer)", "min_integral"));
  for (const ExplainedKey& entry : keys) EXPECT_FALSE(entry.spec.meaning.empty()) << entry.spec.key;
}

TEST(Registry, GivesTheValuesOfASectionWithItsKindsKeys) {
  const Config config = Config::parse(kGood, "test.toml");
  EXPECT_EQ(detector_section(config, "csi").integers("channels"), (std::vector<std::int64_t>{0, 2}));
  EXPECT_EQ(readout_section(config, "csi").text("polarity"), "positive");
  EXPECT_EQ(online_section(config, "csi").integer("min_integral"), 0);
  EXPECT_EQ(front_end_section(config, "recorder").integer("gate_channel"), 1);
  EXPECT_EQ(plain_section(config, "web").integer("port"), 8080);
}

}  // namespace
}  // namespace spillway::detectors
