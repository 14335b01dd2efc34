#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "detectors/lartpc/wibeth.hpp"
#include "detectors/registry.hpp"
#include "monitoring/online/selection.hpp"
#include "sim_front_end/digitiser.hpp"

namespace spillway::online {
namespace {

/// A dump every 20 ms of a chamber whose collection wires alone are read, with an off-gate 10 ms later.
Config config_at(const std::string& level) {
  std::string links;
  for (std::size_t link = 62; link < 88; ++link) links += fmt::format("{}, {}, ", link, link + 88);
  const std::string text = fmt::format(R"(
[setup]
name = "levels"
[facility.lhc]
[front_end.lhc]
source = "simulated"
facility = "lhc"
pulse_period_ns = 20_000_000
pulse_length_ns = 86_000
protons_per_pulse = 3.036e14
[detector.lartpc]
facility = "lhc"
kind = "lartpc"
links = [{}]
emission = "gated"
pre_ns = 300_000
post_ns = 2_600_000
stream_bytes_per_second = 1
[readout.lartpc]
collection_threshold_adc = 30
[simulation.lartpc]
level = "{}"
signal_rate_scale = 3
background_rate_scale = 20
)",
                                       links, level);
  return Config::parse(text, "levels.toml");
}

struct Found {
  std::vector<Candidate> candidates;
  std::size_t bytes = 0;
};

/// Of so many dumps and as many off-gates, the front end asked for stretches of this length.
Found candidates_of(const std::string& level, int dumps, Duration step) {
  const Config config = config_at(level);
  const model::Setup setup = detectors::load_setup(config);
  const model::Detector& detector = setup.detectors[0];
  const auto digitiser = sim_front_end::make_digitiser({config, setup, 0, 7});
  const auto selections = make_selections(config, setup);
  Found found;
  const auto look_at = [&](Interval gate, std::span<const model::Pulse> pulses) {
    const Interval window{gate.begin - detector.pre, gate.end + detector.post};
    std::vector<sim_front_end::SourceFrame> frames;
    std::vector<model::TruthEvent> truth;
    for (Timestamp at = window.begin - milliseconds(1); at < window.end; at = at + step) {
      digitiser->simulate({{at, std::min(at + step, window.end)}, pulses, {&window, 1}}, frames, truth);
    }
    std::vector<Hit> hits;
    Counters rejected;
    for (std::uint32_t stream = 0; stream < detector.streams.size(); ++stream) {
      Bytes payload;
      std::vector<std::uint32_t> sizes;
      for (const auto& frame : frames) {
        if (frame.stream != stream || !window.overlaps(frame.time)) continue;
        payload.insert(payload.end(), frame.bytes.begin(), frame.bytes.end());
        sizes.push_back(static_cast<std::uint32_t>(frame.bytes.size()));
      }
      found.bytes += payload.size();
      selections[0]->find({stream, digitiser->encoding(), payload, sizes, {}}, hits, rejected);
    }
    EXPECT_TRUE(rejected.empty());
    selections[0]->select(gate, hits, found.candidates);
  };
  model::Pulse pulse;
  pulse.protons = 3.036e14;
  for (int i = 0; i < dumps; ++i) {
    // Windows begin anywhere in a frame.
    const Timestamp begin = setup.epoch + milliseconds(20 * i + 5) + Duration{i * 7'919};
    pulse.id = static_cast<std::uint64_t>(i) + 1;
    pulse.time = {begin, begin + microseconds(86)};
    look_at(pulse.time, {&pulse, 1});
    look_at({begin + milliseconds(10), begin + milliseconds(10) + microseconds(86)}, {&pulse, 1});
  }
  return found;
}

TEST(LartpcLevels, PrimitivesAreTheSameCandidatesAsRaw) {
  constexpr int kDumps = 12;
  const Found raw = candidates_of("raw", kDumps, microseconds(200));
  EXPECT_GT(raw.candidates.size(), 30U);
  for (const Duration step : {microseconds(37), microseconds(200), milliseconds(10)}) {
    const Found primitives = candidates_of("primitives", kDumps, step);
    EXPECT_LT(primitives.bytes * 50, raw.bytes);
    ASSERT_EQ(primitives.candidates.size(), raw.candidates.size());
    for (std::size_t i = 0; i < raw.candidates.size(); ++i) {
      EXPECT_EQ(primitives.candidates[i].time, raw.candidates[i].time) << i;
      EXPECT_EQ(primitives.candidates[i].energy, raw.candidates[i].energy) << i;
    }
  }
}

TEST(LartpcLevels, AWireThatALinkHasNotIsCountedAndLeftOut) {
  const Config config = config_at("primitives");
  const model::Setup setup = detectors::load_setup(config);
  model::Primitive primitive;
  primitive.time_start_ns = setup.epoch.ns;
  primitive.channel = detectors::lartpc::kChannels;
  Bytes payload;
  append(payload, primitive);
  const auto size = static_cast<std::uint32_t>(payload.size());
  std::vector<Hit> hits;
  Counters rejected;
  make_selections(config, setup)[0]->find(
      {0, model::Encoding::of(model::EncodingFamily::kPrimitives), payload, {&size, 1}, {}}, hits, rejected);
  EXPECT_TRUE(hits.empty());
  EXPECT_EQ(rejected, (Counters{{"unknown_channel", 1}}));
}

}  // namespace
}  // namespace spillway::online
