#include "sim_front_end/csi_digitiser.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "detectors/caen/dpp_daw.hpp"

namespace spillway::sim_front_end {
namespace {

namespace csi = detectors::csi_laapd;

constexpr Timestamp kEpoch{1'000'000'000'000};

model::Detector detector() {
  model::Detector made;
  made.name = "csi";
  made.kind = "csi_laapd";
  for (int i = 0; i < 8; ++i) made.streams.push_back("csi/" + std::to_string(i));
  return made;
}

csi::Electronics electronics() {
  csi::Electronics made;
  made.sample_ns = 20;
  made.pre_samples = 150;
  made.post_samples = 150;
  return made;
}

/// Nothing but what a test asks for: the threshold is beyond the noise.
CsiEvents quiet() {
  CsiEvents events;
  events.response.noise_eh = 0.2;
  return events;
}

model::Pulse pulse(std::uint64_t id, Duration after, double protons = 1e15) {
  model::Pulse made;
  made.id = id;
  made.time = {kEpoch + after, kEpoch + after + microseconds(2800)};
  made.protons = protons;
  return made;
}

struct Output {
  std::vector<SourceFrame> frames;
  std::vector<model::TruthEvent> truth;
};

Output simulate(const CsiEvents& events, Interval span, const std::vector<model::Pulse>& pulses = {},
                const std::vector<Interval>& windows = {}, std::uint64_t seed = 1) {
  CsiDigitiser digitiser(detector(), 0, kEpoch, seed, electronics(), {electronics(), 500, 4000, 4}, events);
  Output output;
  for (Timestamp begin = span.begin; begin < span.end; begin = begin + digitiser.longest_span()) {
    const Interval step{begin, std::min(begin + digitiser.longest_span(), span.end)};
    digitiser.simulate({step, pulses, windows}, output.frames, output.truth);
  }
  return output;
}

Interval first(Duration length) {
  return {kEpoch, kEpoch + length};
}

TEST(CsiDigitiser, DrawsSignalByTheProtonsOfEachPulse) {
  CsiEvents events = quiet();
  events.signal_per_proton = 2e-14;
  std::vector<model::Pulse> pulses;
  for (std::uint64_t i = 0; i < 100; ++i) {
    pulses.push_back(pulse(i + 1, milliseconds(static_cast<std::int64_t>(10 * i)), i % 2 == 0 ? 1e15 : 3e15));
  }
  const Output output = simulate(events, first(seconds(1)), pulses);
  double even = 0, odd = 0;
  for (const model::TruthEvent& event : output.truth) {
    EXPECT_EQ(event.kind, model::TruthKind::kCevns);
    EXPECT_TRUE(event.signal);
    EXPECT_EQ(event.above_threshold, event.energy_kev >= 1);
    EXPECT_GT(event.neutrino_mev, 0);
    (event.pulse_id % 2 == 1 ? even : odd) += 1;
  }
  EXPECT_NEAR(even, 50 * 20, 4 * std::sqrt(1000));
  EXPECT_NEAR(odd, 50 * 60, 4 * std::sqrt(3000));
}

TEST(CsiDigitiser, SpreadsSignalOverTheSpillAndTheMuonsLifeTime) {
  CsiEvents events = quiet();
  events.signal_per_proton = 3e-13;
  std::vector<model::Pulse> pulses;
  for (std::uint64_t i = 0; i < 40; ++i) {
    pulses.push_back(pulse(i + 1, milliseconds(static_cast<std::int64_t>(20 * i))));
    pulses.back().time.end = pulses.back().time.begin + microseconds(1);
  }
  double prompt = 0, delayed = 0, delay_sum = 0;
  for (const model::TruthEvent& event : simulate(events, first(seconds(1)), pulses).truth) {
    const double after = static_cast<double>((event.time - pulses[event.pulse_id - 1].time.begin).ns);
    ASSERT_GE(after, 0);
    if (event.neutrino_mev != physics::kPromptEnergy_mev) {
      ++delayed;
      delay_sum += after;
    } else {
      ASSERT_LE(after, 1000);
      ++prompt;
    }
  }
  ASSERT_GT(delayed, 5000);
  EXPECT_GT(prompt, 1000);
  EXPECT_NEAR(delay_sum / delayed, 500 + 2197, 4 * 2200 / std::sqrt(delayed));
}

TEST(CsiDigitiser, MakesSteadyBackgroundFlatInEnergy) {
  CsiEvents events = quiet();
  events.background_hz = 500;
  events.background_max_kev = 40;
  const Output output = simulate(events, first(seconds(4)));
  double low = 0;
  std::array<int, 4> crystals{};
  for (const model::TruthEvent& event : output.truth) {
    EXPECT_EQ(event.kind, model::TruthKind::kBackground);
    EXPECT_FALSE(event.signal);
    EXPECT_EQ(event.pulse_id, 0U);
    EXPECT_LE(std::abs(event.position_mm[2]), 250);
    low += event.energy_kev < 10 ? 1 : 0;
    ++crystals[(event.position_mm[0] < 0 ? 0U : 1U) + (event.position_mm[1] < 0 ? 0U : 2U)];
  }
  const auto count = static_cast<double>(output.truth.size());
  EXPECT_NEAR(count, 2000, 4 * std::sqrt(2000));
  EXPECT_NEAR(low / count, 0.25, 4 * std::sqrt(0.25 * 0.75 / count));
  for (const int crystal : crystals) EXPECT_NEAR(crystal, count / 4, 4 * std::sqrt(count / 4));
}

TEST(CsiDigitiser, NoiseTriggersEachChannelAsOftenAsItCrossesTheThreshold) {
  const CsiEvents events;
  const double rate = csi::WaveformMaker(electronics(), events.response.noise_eh, 1000).noise_trigger_hz();
  std::array<double, 8> seen{};
  for (const SourceFrame& frame : simulate(events, first(seconds(2))).frames) ++seen[frame.stream];
  for (const double count : seen) EXPECT_NEAR(count, 2 * rate, 5 * std::sqrt(2 * rate));
}

TEST(CsiDigitiser, EveryRecordDecodesToItsStreamTimeAndTrigger) {
  CsiEvents events;
  events.background_hz = 200;
  model::Detector of = detector();
  // The clock that the set-up makes of the keys: ticks of 4 ns of the trigger, 3000 ns behind the first sample.
  const detectors::ClockSegment clock{0, kEpoch - nanoseconds(3000), 4, 1};
  std::vector<Timestamp> last(8, Timestamp::min());
  const Output output = simulate(events, first(seconds(1)));
  ASSERT_GT(output.frames.size(), 500U);
  for (const SourceFrame& frame : output.frames) {
    const auto encoding = model::Encoding::of(model::EncodingFamily::kDppDaw);
    const auto time = detectors::frame_time(encoding, frame.bytes, clock, 20);
    ASSERT_TRUE(time);
    EXPECT_EQ(time->time, frame.time);
    EXPECT_EQ(time->channel, frame.stream);
    EXPECT_GE(frame.time.begin, last[frame.stream]) << "records of a stream overlap or are out of order";
    last[frame.stream] = frame.time.end;
    const auto record = detectors::caen::decode_dpp_daw(frame.bytes);
    EXPECT_LT(record->sample(149), 1032);
    EXPECT_GE(record->sample(150), 1032);
    EXPECT_EQ(record->baseline, 1000);
  }
}

TEST(CsiDigitiser, ShowsAnEventInBothSensorsOfItsCrystalAndNoOther) {
  CsiEvents events = quiet();
  events.background_hz = 20;
  const Output output = simulate(events, first(seconds(5)));
  for (const model::TruthEvent& event : output.truth) {
    if (event.energy_kev < 10) continue;
    std::multiset<std::size_t> streams;
    for (const SourceFrame& frame : output.frames) {
      if (frame.time.contains(event.time)) streams.insert(frame.stream);
    }
    const std::size_t crystal = (event.position_mm[0] < 0 ? 0U : 1U) + (event.position_mm[1] < 0 ? 0U : 2U);
    EXPECT_EQ(streams, (std::multiset<std::size_t>{2 * crystal, 2 * crystal + 1}));
  }
}

TEST(CsiDigitiser, PulsesThatOverlapShareOneRecord) {
  CsiEvents events = quiet();
  events.signal_per_proton = 4e-12;
  events.response.quenching = 1;
  // About 4000 recoils in a pulse of 10 ms: some 1000 a crystal, 10 us apart.
  std::vector<model::Pulse> pulses = {pulse(1, milliseconds(1))};
  pulses[0].time.end = pulses[0].time.begin + milliseconds(40);
  const Output output = simulate(events, first(milliseconds(50)), pulses);
  std::size_t longest = 0;
  std::size_t of_stream_0 = 0;
  for (const SourceFrame& frame : output.frames) {
    longest = std::max(longest, frame.bytes.size());
    of_stream_0 += frame.stream == 0 ? 1 : 0;
  }
  EXPECT_LT(of_stream_0, output.truth.size() / 4);
  EXPECT_GT(longest, std::size_t{2 * 2 * 500}) << "longer than any single pulse's record";
}

TEST(CsiDigitiser, RefusesToSimulateAnEndlessPileUp) {
  CsiEvents events = quiet();
  events.background_hz = 1e6;
  EXPECT_THROW(simulate(events, first(milliseconds(10))), Error);
}

TEST(CsiDigitiser, SendsWithGatedEmissionExactlyWhatOverlapsAWindow) {
  CsiEvents events;
  events.background_hz = 300;
  const std::vector<Interval> windows = {{kEpoch + milliseconds(100), kEpoch + milliseconds(130)},
                                         {kEpoch + milliseconds(500), kEpoch + milliseconds(501)}};
  const Output all = simulate(events, first(seconds(1)));
  const Output gated = simulate(events, first(seconds(1)), {}, windows);
  std::size_t expected = 0;
  for (const SourceFrame& frame : all.frames) {
    expected += std::ranges::any_of(windows, [&](const Interval& w) { return w.overlaps(frame.time); }) ? 1 : 0;
  }
  EXPECT_GT(expected, 20U);
  EXPECT_EQ(gated.frames.size(), expected);
  EXPECT_EQ(gated.truth.size(), all.truth.size());
}

TEST(CsiDigitiser, AnotherSeedIsAnotherRun) {
  CsiEvents events;
  events.background_hz = 300;
  const Output one = simulate(events, first(milliseconds(300)));
  const Output again = simulate(events, first(milliseconds(300)));
  const Output other = simulate(events, first(milliseconds(300)), {}, {}, 2);
  EXPECT_EQ(one.truth, again.truth);
  EXPECT_NE(one.truth, other.truth);
}

}  // namespace
}  // namespace spillway::sim_front_end
