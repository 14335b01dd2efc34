// What comes out depends on the data alone, never on how they were cut into messages and in which order these came.
#include <algorithm>
#include <map>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/unit/trigger/trigger_bench.hpp"
#include "trigger/activity.hpp"
#include "trigger/primitive_merge.hpp"

namespace spillway::trigger {
namespace {

using test::at;
using test::Bench;

constexpr std::int64_t kEnd = 100'000;

struct Input {
  std::vector<model::Pulse> pulses;                       ///< of each of two sources: even and odd ids
  std::array<std::int64_t, 2> ends{};                     ///< of the sources
  std::vector<std::vector<model::Primitive>> primitives;  ///< of each stream
  std::vector<std::vector<Interval>> gaps;
};

model::Setup used_setup(model::ReadoutRule readout, std::uint64_t prescale) {
  auto a = test::detector("a", 0, 2, 2);
  auto b = test::detector("b", 1, 1, 1);
  for (auto* detector : {&a, &b}) {
    detector->trigger.readout = readout;
    detector->trigger.coincidence_primitives = 2;
    detector->trigger.prescale = prescale;
  }
  a.trigger.coincidence_streams = 2;
  a.trigger.coincidence_group = 2;
  a.count_post = nanoseconds(20);
  a.trigger.activity = {.window = nanoseconds(3000), .primitives = 3, .channels = 2};
  auto first = test::facility("first");
  first.random_rate_hz = 2e5;
  first.random_length = nanoseconds(60);
  auto second = test::facility("second");
  // So that gates are decided whose place among those of the other facility is not known.
  first.min_pulse_period = nanoseconds(*rc::gen::element(0, 500, 5'000));
  second.min_pulse_period = nanoseconds(*rc::gen::element(0, 500, 20'000));
  return test::setup({first, second}, {a, b});
}

Input any_input() {
  Input input;
  for (std::int64_t& end : input.ends) end = *rc::gen::inRange<std::int64_t>(kEnd / 2, kEnd + 1);
  const auto times = *rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, kEnd));
  for (std::size_t i = 0; i < times.size(); ++i) {
    const std::int64_t length = *rc::gen::inRange<std::int64_t>(1, 50);
    if (times[i] < input.ends[i % 2]) input.pulses.push_back(test::pulse(i, times[i], length));
  }
  for (int stream = 0; stream < 3; ++stream) {
    auto begins = *rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, kEnd));
    std::sort(begins.begin(), begins.end());
    auto& list = input.primitives.emplace_back();
    for (const std::int64_t begin : begins) {
      list.push_back(test::primitive(begin, *rc::gen::inRange<std::uint32_t>(0, 3000)));
    }
    auto& gaps = input.gaps.emplace_back();
    for (const std::int64_t begin :
         *rc::gen::resize(5, rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, kEnd)))) {
      gaps.push_back({at(begin), at(begin + *rc::gen::inRange<std::int64_t>(1, 2000))});
    }
  }
  return input;
}

struct Outcome {
  std::vector<std::vector<model::Decision>> decisions;
  std::vector<model::IntervalSet> missing;
  std::vector<model::IntervalSet> prescaled;
  std::optional<Timestamp> end;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// Feeds the five sources (two of pulses, three streams) each up to its own next mark, in the order given.
Outcome run(const Input& input, const model::Setup& setup, RunLimits limits,
            const std::vector<std::pair<std::size_t, std::int64_t>>& steps) {
  Bench bench(setup, {0, 1}, limits, 9);
  std::map<std::size_t, std::int64_t> covered;
  const auto feed = [&](std::size_t source, std::int64_t until, bool last) {
    const std::int64_t from = covered[source];
    if (until <= from && !last) return;
    covered[source] = std::max(until, from);
    const auto inside = [&](Timestamp t) { return t >= at(from) && t < at(until); };
    if (source < 2) {
      PulseBatch batch = test::pulses(until);
      batch.end_of_stream = last;
      if (until >= input.ends[source]) batch.input_end = at(input.ends[source]);
      for (const auto& pulse : input.pulses) {
        if (pulse.id % 2 == source && inside(pulse.time.begin)) batch.pulses.push_back(pulse);
      }
      bench.core.add_pulses(source, batch);
    } else {
      const std::size_t stream = source - 2;
      PrimitiveBatch batch = test::primitives(from, until);
      batch.end_of_stream = last;
      for (const auto& primitive : input.primitives[stream]) {
        if (inside(primitive.time().begin)) batch.primitives.push_back(primitive);
      }
      for (const auto& gap : input.gaps[stream]) batch.gaps.push_back(gap.clipped_to({at(from), at(until)}));
      const std::array<const char*, 3> names = {"a/0", "a/1", "b/0"};
      ASSERT_TRUE(bench.core.add_primitives(stream, names[stream], batch));
    }
    bench.turn();
  };
  for (const auto& [source, until] : steps) feed(source, until, false);
  for (std::size_t source = 0; source < 5; ++source) feed(source, kEnd, false);
  if (bench.core.run_end()) bench.core.stop(*bench.core.run_end());
  for (std::size_t source = 0; source < 5; ++source) feed(source, kEnd, true);
  bench.turn();
  RC_ASSERT(bench.core.drained());

  Outcome outcome;
  for (std::uint32_t d = 0; d < 2; ++d) {
    outcome.decisions.push_back(bench.of(d));
    outcome.missing.push_back(bench.dead_of(d, model::DeadReason::kStreamMissing));
    outcome.prescaled.push_back(bench.dead_of(d, model::DeadReason::kPrescale));
  }
  outcome.end = bench.core.run_end();
  return outcome;
}

RC_GTEST_PROP(TriggerInterleaving, ChangesNeitherDecisionsNorDeadTime, ()) {
  const Input input = any_input();
  const model::Setup setup = used_setup(
      *rc::gen::element(model::ReadoutRule::kZeroBias, model::ReadoutRule::kCoincidence, model::ReadoutRule::kActivity),
      *rc::gen::inRange<std::uint64_t>(1, 4));
  const RunLimits limits{at(0), *rc::gen::inRange<std::uint64_t>(0, 6), {}};
  const auto steps = *rc::gen::container<std::vector<std::pair<std::size_t, std::int64_t>>>(
      rc::gen::pair(rc::gen::inRange<std::size_t>(0, 5), rc::gen::inRange<std::int64_t>(0, kEnd)));
  RC_ASSERT(run(input, setup, limits, steps) == run(input, setup, limits, {}));
}

RC_GTEST_PROP(TriggerInterleaving, GatesAreThoseOfThePureFunction, ()) {
  const Input input = any_input();
  const model::Setup setup = used_setup(model::ReadoutRule::kZeroBias, 1);
  const RunLimits limits{at(0), *rc::gen::inRange<std::uint64_t>(0, 6), {}};
  const Outcome outcome = run(input, setup, limits, {});
  RC_ASSERT(outcome.end.has_value());
  for (std::uint32_t f = 0; f < 2; ++f) {
    std::vector<model::Pulse> mine;
    for (const auto& pulse : input.pulses) {
      if (pulse.id % 2 == f) mine.push_back(pulse);
    }
    const auto gates = model::gates_from_pulses(mine, setup.facilities[f], 9, {at(0), *outcome.end});
    RC_ASSERT(gates.size() == outcome.decisions[f].size());
    for (std::size_t i = 0; i < gates.size(); ++i) RC_ASSERT(gates[i] == outcome.decisions[f][i].gate);
  }
}

RC_GTEST_PROP(TriggerInterleaving, GatesHaveTheActivitiesOfAllDataTogether, ()) {
  const Input input = any_input();
  const model::Setup setup = used_setup(model::ReadoutRule::kActivity, 1);
  const auto steps = *rc::gen::container<std::vector<std::pair<std::size_t, std::int64_t>>>(
      rc::gen::pair(rc::gen::inRange<std::size_t>(0, 5), rc::gen::inRange<std::int64_t>(0, kEnd)));
  const Outcome outcome = run(input, setup, {at(0), 0, {}}, steps);

  const std::vector<std::span<const model::Primitive>> streams(input.primitives.begin(), input.primitives.begin() + 2);
  std::vector<StreamPrimitive> all(streams[0].size() + streams[1].size());
  PrimitiveMerge(streams).take(all);
  ActivityFinder finder({.window = nanoseconds(3000), .primitives = 3, .channels = 2}, 2);
  std::vector<Activity> finished;
  std::vector<Timestamp> active;
  for (const StreamPrimitive& p : all) {
    if (finder.add({p.primitive.time().begin, p.stream, 0}, finished)) active.push_back(p.primitive.time().begin);
  }
  for (const model::Decision& decision : outcome.decisions[0]) {
    const Interval arrival{decision.gate.time.begin, decision.gate.time.end + nanoseconds(20)};
    const bool expected = std::ranges::any_of(active, [&](Timestamp t) { return arrival.contains(t); });
    RC_ASSERT(((decision.bits & model::kActivity) != 0) == expected);
    RC_ASSERT(decision.read_out() == expected);
  }
  for (const model::Decision& decision : outcome.decisions[1]) RC_ASSERT((decision.bits & model::kActivity) == 0);
}

}  // namespace
}  // namespace spillway::trigger
