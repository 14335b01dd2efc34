#include <tuple>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "sim_front_end/csi_digitiser.hpp"

namespace spillway::sim_front_end {
namespace {

constexpr Timestamp kEpoch{5'000'000'000};
constexpr Timestamp kEnd = kEpoch + milliseconds(60);

struct Output {
  std::vector<std::tuple<std::size_t, std::int64_t, Bytes>> frames;
  std::vector<model::TruthEvent> truth;
};

model::Detector detector() {
  model::Detector made;
  made.name = "csi";
  for (int i = 0; i < 8; ++i) made.streams.push_back("csi/" + std::to_string(i));
  return made;
}

/// What begins in [from, kEnd), asked for piece by piece; every call is told of exactly the pulses it may know.
Output play(std::uint64_t seed, const std::vector<model::Pulse>& pulses, std::int64_t from_ns,
            const std::vector<std::int64_t>& steps) {
  detectors::csi_laapd::Electronics electronics;
  electronics.sample_ns = 20;
  electronics.pre_samples = 150;
  electronics.post_samples = 150;
  CsiEvents events;
  events.signal_per_proton = 1e-15;
  events.background_hz = 2000;
  CsiDigitiser digitiser(detector(), 0, kEpoch, seed, electronics, {electronics, 500, 4000, 4}, events);

  std::vector<SourceFrame> frames;
  Output output;
  Interval span{kEpoch + nanoseconds(from_ns), kEpoch + nanoseconds(from_ns)};
  const auto advance = [&](Timestamp until) {
    span = {span.end, std::min(until, kEnd)};
    if (span.empty()) return;
    std::vector<model::Pulse> known;
    for (const model::Pulse& pulse : pulses) {
      const Timestamp begin = pulse.time.begin;
      if (begin >= span.begin - digitiser.history() && begin < span.end + digitiser.foresight()) known.push_back(pulse);
    }
    const std::size_t before = frames.size();
    const std::size_t truth_before = output.truth.size();
    digitiser.simulate({span, known, {}}, frames, output.truth);
    for (std::size_t i = before; i < frames.size(); ++i) RC_ASSERT(span.contains(frames[i].time.begin));
    for (std::size_t i = truth_before; i < output.truth.size(); ++i) RC_ASSERT(span.contains(output.truth[i].time));
  };
  for (const std::int64_t step : steps) advance(span.end + nanoseconds(step));
  while (span.end < kEnd) advance(kEnd);
  for (SourceFrame& frame : frames)
    output.frames.emplace_back(frame.stream, frame.time.begin.ns, std::move(frame.bytes));
  // Frames of one call come stream by stream.
  std::ranges::sort(output.frames);
  return output;
}

TEST(CsiDigitiserProperty, WhatComesOutDependsNeitherOnHowTimeIsCutNorOnWhereOneBegins) {
  EXPECT_TRUE(rc::check([] {
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    std::vector<model::Pulse> pulses;
    for (std::uint64_t id = 1; id <= 3; ++id) {
      model::Pulse pulse;
      pulse.id = id;
      pulse.time.begin = kEpoch + milliseconds(static_cast<std::int64_t>(20 * id - 15)) +
                         nanoseconds(*rc::gen::inRange<std::int64_t>(0, 1'000'000));
      pulse.time.end = pulse.time.begin + nanoseconds(*rc::gen::inRange<std::int64_t>(1, 3'000'000));
      pulse.protons = 3e16;
      pulses.push_back(pulse);
    }
    const auto steps = *rc::gen::resize(
        12, rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, 9'000'000)));
    const Output whole = play(seed, pulses, 0, {});
    RC_ASSERT(whole.frames.size() > 50U);
    const Output cut = play(seed, pulses, 0, steps);
    RC_ASSERT(cut.frames == whole.frames);
    RC_ASSERT(cut.truth == whole.truth);

    const auto from = *rc::gen::inRange<std::int64_t>(0, 50'000'000);
    Output rest = whole;
    std::erase_if(rest.frames, [&](const auto& frame) { return std::get<1>(frame) < kEpoch.ns + from; });
    std::erase_if(rest.truth, [&](const auto& event) { return event.time.ns < kEpoch.ns + from; });
    const Output later = play(seed, pulses, from, steps);
    RC_ASSERT(later.frames == rest.frames);
    RC_ASSERT(later.truth == rest.truth);
  }));
}

}  // namespace
}  // namespace spillway::sim_front_end
