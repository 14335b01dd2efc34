#include "daq/model/gate.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/property/model/generators.hpp"

namespace spillway::model {
namespace {

Facility any_facility() {
  Facility facility;
  facility.name = "bench";
  facility.on_before = {any_in<std::int64_t>(-3, 10)};
  facility.on_after = {any_in<std::int64_t>(0, 20)};
  facility.off_offsets.resize(static_cast<std::size_t>(any_in(0, 4)));
  for (Duration& offset : facility.off_offsets) offset = {any_in<std::int64_t>(-120, 120)};
  facility.min_pulse_period = {any_in<std::int64_t>(0, 100)};
  if (any_in(0, 4) == 0) {
    // So many a second that now and then one falls into the 1000 ns of the run.
    facility.random_rate_hz = 2e5;
    facility.random_length = {any_in<std::int64_t>(1, 2000)};
  }
  return facility;
}

/// Distinct ids, in the order of their begins.
std::vector<Pulse> any_pulses() {
  std::vector<Pulse> pulses(static_cast<std::size_t>(any_in(0, 25)));
  for (std::size_t i = 0; i < pulses.size(); ++i) {
    const auto begin = any_in<std::int64_t>(-100, 1100);
    pulses[i].id = i + 1;
    pulses[i].time = {{begin}, {begin + any_in<std::int64_t>(1, 30)}};
    pulses[i].protons = static_cast<double>(i);
  }
  std::sort(pulses.begin(), pulses.end(), [](const Pulse& a, const Pulse& b) { return a.time.begin < b.time.begin; });
  return pulses;
}

constexpr Interval kRun{{0}, {1000}};

/// They overlap or share an edge.
bool touch(const Interval& a, const Interval& b) {
  return a.begin <= b.end && b.begin <= a.end;
}

/// The rules word by word, without regard to cost.
struct ByRules {
  std::vector<Gate> gates;
  Counters dropped;
};

template <typename Candidates, typename Reject>
void accept(ByRules& result, Candidates candidates, const std::string& rule, Reject rejected) {
  std::vector<Gate> accepted;
  for (const Gate& gate : candidates) {
    const bool in_run = kRun.contains(gate.time.begin);
    const std::string why = rejected(gate, accepted, rule);
    if (!why.empty()) {
      if (in_run) ++result.dropped[why];
      continue;
    }
    accepted.push_back(gate);
  }
  std::uint64_t index = 0;
  for (Gate gate : accepted) {
    if (!kRun.contains(gate.time.begin)) continue;
    gate.index = index++;
    result.gates.push_back(gate);
  }
}

ByRules by_the_rules(std::vector<Pulse> pulses, const Facility& facility) {
  ByRules result;
  std::sort(pulses.begin(), pulses.end(),
            [](const Pulse& a, const Pulse& b) { return std::tuple(a.time, a.id) < std::tuple(b.time, b.id); });
  std::vector<Interval> beam;
  std::vector<Gate> on;
  for (const Pulse& pulse : pulses) {
    const Interval time{pulse.time.begin - facility.on_before, pulse.time.end + facility.on_after};
    if (time.empty()) {
      if (kRun.contains(time.begin)) ++result.dropped["empty"];
      continue;
    }
    beam.push_back(time);
    on.push_back({GateKind::kOn, time, 0, pulse.id, pulse.protons});
  }
  std::vector<Gate> off;
  const auto overlaps_one = [](const Gate& gate, const std::vector<Gate>& gates) {
    return std::any_of(gates.begin(), gates.end(), [&gate](const Gate& g) { return g.time.overlaps(gate.time); });
  };
  std::vector<Duration> offsets = facility.off_offsets;
  std::sort(offsets.begin(), offsets.end());
  offsets.erase(std::unique(offsets.begin(), offsets.end()), offsets.end());
  std::vector<std::pair<Gate, Timestamp>> off_with_source;
  accept(result, on, "on_overlaps_on",
         [&](const Gate& gate, const std::vector<Gate>& earlier, const std::string& rule) -> std::string {
           if (overlaps_one(gate, earlier)) return rule;
           const bool too_soon = std::any_of(earlier.begin(), earlier.end(), [&](const Gate& before) {
             return gate.time.begin < before.time.begin + facility.min_pulse_period;
           });
           if (too_soon) return "on_too_soon";
           for (const Duration offset : offsets) {
             const Interval time{gate.time.begin + offset, gate.time.end + offset};
             off_with_source.push_back({{GateKind::kOff, time, 0, gate.pulse_id, 0}, gate.time.begin});
           }
           return "";
         });
  std::sort(off_with_source.begin(), off_with_source.end(), [](const auto& a, const auto& b) {
    return std::tuple(a.first.time.begin, a.second) < std::tuple(b.first.time.begin, b.second);
  });
  off.reserve(off_with_source.size());
  for (const auto& [gate, source] : off_with_source) off.push_back(gate);
  accept(result, off, "off_overlaps_off",
         [&](const Gate& gate, const std::vector<Gate>& earlier, const std::string& rule) -> std::string {
           const bool near = std::ranges::any_of(beam, [&gate](const Interval& b) { return touch(b, gate.time); });
           if (near) return "off_touches_on";
           return overlaps_one(gate, earlier) ? rule : "";
         });
  return result;
}

void sort_gates(std::vector<Gate>& gates) {
  std::sort(gates.begin(), gates.end(), [](const Gate& a, const Gate& b) {
    return std::tuple(a.time.begin, a.kind) < std::tuple(b.time.begin, b.kind);
  });
}

RC_GTEST_PROP(GatesFromPulses, OnAndOffGatesAreThoseOfTheRules, ()) {
  const std::vector<Pulse> pulses = any_pulses();
  Facility facility = any_facility();
  facility.random_rate_hz = 0;
  ByRules expected = by_the_rules(pulses, facility);
  sort_gates(expected.gates);
  RC_ASSERT(gates_from_pulses(pulses, facility, 1, kRun) == expected.gates);
  GateMaker maker(facility, 1, kRun.begin);
  for (const Pulse& pulse : pulses) maker.add(pulse);
  maker.end_at(kRun.end);
  std::vector<Gate> gates;
  maker.advance(Timestamp::max(), gates);
  RC_ASSERT(maker.dropped() == expected.dropped);
}

RC_GTEST_PROP(GateMaker, GivesTheSameGatesHoweverThePulsesCome, ()) {
  const std::vector<Pulse> pulses = any_pulses();
  const Facility facility = any_facility();
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  GateMaker at_once(facility, seed, kRun.begin);
  for (const Pulse& pulse : pulses) at_once.add(pulse);
  at_once.end_at(kRun.end);
  std::vector<Gate> expected;
  at_once.advance(Timestamp::max(), expected);

  GateMaker maker(facility, seed, kRun.begin);
  std::vector<Gate> gates;
  std::vector<Pulse> waiting = pulses;
  Timestamp watermark{-200};
  while (!waiting.empty()) {
    // Whatever begins before the next watermark comes now, in any order, and some of the rest may come early.
    const Timestamp next = watermark + nanoseconds(any_in<std::int64_t>(0, 150));
    std::vector<Pulse> now;
    std::vector<Pulse> later;
    for (const Pulse& pulse : waiting) {
      const bool comes = pulse.time.begin < next || any_in(0, 4) == 0;
      (comes ? now : later).push_back(pulse);
    }
    while (!now.empty()) {
      const auto pick = any_in<std::size_t>(0, now.size());
      RC_ASSERT(maker.add(now[pick]));
      now.erase(now.begin() + static_cast<std::ptrdiff_t>(pick));
    }
    waiting = later;
    watermark = next;
    const Timestamp before = maker.frontier();
    const std::size_t known = gates.size();
    maker.advance(watermark, gates);
    RC_ASSERT(maker.frontier() >= before);
    for (std::size_t i = known; i < gates.size(); ++i) {
      RC_ASSERT(gates[i].time.begin >= before);
      RC_ASSERT(gates[i].time.begin < maker.frontier());
    }
  }
  // Gates beyond the run's end may have come out before it was known; the run takes those that begin inside.
  maker.end_at(kRun.end);
  maker.advance(Timestamp::max(), gates);
  std::erase_if(gates, [](const Gate& gate) { return gate.time.begin >= kRun.end; });
  RC_ASSERT(gates == expected);
  RC_ASSERT(maker.dropped() == at_once.dropped());
}

RC_GTEST_PROP(GatesFromPulses, KeepTheirInvariants, ()) {
  const Facility facility = any_facility();
  const auto gates = gates_from_pulses(any_pulses(), facility, *rc::gen::arbitrary<std::uint64_t>(), kRun);
  std::map<GateKind, std::vector<Gate>> by_kind;
  for (const Gate& gate : gates) {
    RC_ASSERT(kRun.contains(gate.time.begin));
    auto& earlier = by_kind[gate.kind];
    RC_ASSERT(gate.index == earlier.size());
    if (!earlier.empty()) RC_ASSERT(earlier.back().time.end <= gate.time.begin);
    earlier.push_back(gate);
  }
  for (std::size_t i = 1; i < gates.size(); ++i) {
    RC_ASSERT(std::tuple(gates[i - 1].time.begin, gates[i - 1].kind) < std::tuple(gates[i].time.begin, gates[i].kind));
  }
  for (const Gate& off : by_kind[GateKind::kOff]) {
    for (const Gate& on : by_kind[GateKind::kOn]) RC_ASSERT(!touch(off.time, on.time));
  }
}

RC_GTEST_PROP(RandomGates, AreTheSameForAnyPulsesAndAnyWatermarks, ()) {
  Facility facility = any_facility();
  facility.random_rate_hz = 40;
  facility.random_length = milliseconds(5);
  const Interval run{{7}, {5'000'000'000}};
  const auto random_of = [](const std::vector<Gate>& gates) {
    std::vector<Gate> random;
    for (const Gate& gate : gates) {
      if (gate.kind == GateKind::kRandom) random.push_back(gate);
    }
    return random;
  };
  GateMaker maker(facility, 5, run.begin);
  std::vector<Gate> gates;
  for (Timestamp watermark = run.begin; watermark < run.end;) {
    watermark = watermark + nanoseconds(any_in<std::int64_t>(1, 1'500'000'000));
    maker.advance(watermark, gates);
  }
  maker.end_at(run.end);
  maker.advance(Timestamp::max(), gates);
  std::erase_if(gates, [run](const Gate& gate) { return gate.time.begin >= run.end; });
  RC_ASSERT(random_of(gates) == random_of(gates_from_pulses(any_pulses(), facility, 5, run)));
}

}  // namespace
}  // namespace spillway::model
