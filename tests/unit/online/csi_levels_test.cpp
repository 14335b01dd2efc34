#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "daq/base/bytes.hpp"
#include "detectors/registry.hpp"
#include "monitoring/online/csi_selection.hpp"
#include "sim_front_end/csi_digitiser.hpp"

namespace spillway::online {
namespace {

Config config_at(const std::string& level) {
  const std::string text = fmt::format(R"(
[setup]
name = "levels"
[facility.ess]
[front_end.ess]
source = "simulated"
facility = "ess"
pulse_period_ns = 70_000_000
pulse_length_ns = 2_800_000
protons_per_pulse = 1.1e15
[detector.csi]
facility = "ess"
kind = "csi_laapd"
[simulation.csi]
level = "{}"
)",
                                       level);
  const std::vector<std::string> overrides = {
      "simulation.csi.signal_rate_scale=300000", "simulation.csi.background_rate_scale=100",
      "detector.csi.sample_ns=20", "detector.csi.pre_trigger_samples=150", "detector.csi.post_trigger_samples=150"};
  return Config::parse(text, "levels.toml", overrides);
}

/// Candidates of so many spills and of as many gates 30 ms later, noise included.
std::vector<Candidate> candidates_of(const std::string& level, int spills) {
  const Config config = config_at(level);
  const model::Setup setup = detectors::load_setup(config);
  const auto digitiser = sim_front_end::make_csi_digitiser({config, setup, 0, 7});
  const auto selection = make_csi_selection(config, setup, setup.detectors[0]);
  std::vector<Candidate> candidates;
  const auto look_at = [&](Interval gate, std::span<const model::Pulse> pulses) {
    std::vector<sim_front_end::SourceFrame> frames;
    std::vector<model::TruthEvent> truth;
    digitiser->simulate({{gate.begin, gate.end + microseconds(50)}, pulses, {}}, frames, truth);
    std::vector<Hit> hits;
    Counters rejected;
    for (std::uint32_t stream = 0; stream < setup.detectors[0].streams.size(); ++stream) {
      for (const auto& frame : frames) {
        const auto bytes = static_cast<std::uint32_t>(frame.bytes.size());
        if (frame.stream == stream) {
          selection->find({stream, digitiser->encoding(), frame.bytes, {&bytes, 1}, {}}, hits, rejected);
        }
      }
    }
    EXPECT_TRUE(rejected.empty());
    std::vector<Candidate> found;
    selection->select(gate, hits, found);
    // A record that began before the stretch is not in it, though its primitive may be: keep off the begin.
    const Interval inner{gate.begin + microseconds(50), gate.end};
    std::ranges::copy_if(found, std::back_inserter(candidates),
                         [&](const Candidate& candidate) { return inner.contains(candidate.time); });
  };
  model::Pulse pulse;
  pulse.protons = 1.1e15;
  for (int i = 0; i < spills; ++i) {
    const Timestamp begin = setup.epoch + milliseconds(70 * i + 1);
    pulse.id = static_cast<std::uint64_t>(i) + 1;
    pulse.time = {begin, begin + microseconds(2800)};
    look_at(pulse.time, {&pulse, 1});
    look_at({begin + milliseconds(30), begin + milliseconds(30) + microseconds(2800)}, {});
  }
  return candidates;
}

TEST(CsiLevels, PrimitivesAreTheSameEventsAsRaw) {
  const std::vector<Candidate> raw = candidates_of("raw", 300);
  const std::vector<Candidate> primitives = candidates_of("primitives", 300);
  EXPECT_GT(raw.size(), 2000U);
  ASSERT_EQ(raw.size(), primitives.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    // One level rounds the begin down before it is bounded by the record, the other after; a charge in a primitive is
    // rounded to a whole ADC count x sample.
    EXPECT_LE(std::abs((raw[i].time - primitives[i].time).ns), 20) << i;
    EXPECT_NEAR(raw[i].energy, primitives[i].energy, 1e-3) << i;
  }
}

}  // namespace
}  // namespace spillway::online
