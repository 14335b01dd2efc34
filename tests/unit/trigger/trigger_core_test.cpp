#include "trigger/trigger_core.hpp"

#include <gtest/gtest.h>

#include "daq/base/random.hpp"
#include "tests/unit/trigger/trigger_bench.hpp"

namespace spillway::trigger {
namespace {

using model::DeadReason;
using test::at;
using test::Bench;
using test::detector;
using test::facility;
using test::primitive;
using test::primitives;
using test::pulse;
using test::pulses;
using test::setup;

PrimitiveBatch last_primitives(std::int64_t from) {
  PrimitiveBatch batch = primitives(from, from);
  batch.end_of_stream = true;
  return batch;
}

PulseBatch last_pulses(std::int64_t from) {
  PulseBatch batch = pulses(from);
  batch.end_of_stream = true;
  return batch;
}

TEST(TriggerCore, ReadsEveryGateOfAZeroBiasDetectorOnAndOffAlike) {
  Bench bench(setup({facility()}, {detector("d")}), {0});
  bench.core.add_pulses(0, pulses(10'000, {pulse(7, 100)}));
  bench.core.add_primitives(0, "d/0", primitives(0, 10'000));
  bench.turn();

  const auto decisions = bench.of(0);
  ASSERT_EQ(decisions.size(), 2U);
  EXPECT_EQ(decisions[0].gate.kind, model::GateKind::kOn);
  EXPECT_EQ(decisions[0].gate.time, (Interval{at(90), at(150)}));
  EXPECT_EQ(decisions[0].window, (Interval{at(70), at(180)}));
  EXPECT_EQ(decisions[1].gate.kind, model::GateKind::kOff);
  for (const auto& decision : decisions) {
    EXPECT_EQ(decision.bits, static_cast<std::uint32_t>(model::kZeroBias | model::kReadOut));
  }
  EXPECT_EQ(bench.requests.size(), 2U);
  EXPECT_EQ(bench.decisions[0].boots, std::vector<std::uint64_t>{100});
}

TEST(TriggerCore, WaitsUntilAllStreamsHaveReachedTheEndOfTheWindow) {
  Bench bench(setup({facility()}, {detector("d", 0, 2)}), {0});
  bench.core.add_pulses(0, pulses(10'000, {pulse(7, 100)}));
  bench.core.add_primitives(0, "d/0", primitives(0, 10'000));
  bench.core.add_primitives(0, "d/1", primitives(0, 179));
  bench.turn();
  EXPECT_TRUE(bench.decisions.empty());
  bench.core.add_primitives(0, "d/1", primitives(179, 180));
  bench.turn();
  EXPECT_EQ(bench.decisions.size(), 1U);
}

TEST(TriggerCore, ReadsACoincidenceAcrossStreamsAndLeavesTheRestUnreadAndLive) {
  auto d = detector("d", 0, 2, 2);
  d.trigger.readout = model::ReadoutRule::kCoincidence;
  d.trigger.coincidence_primitives = 2;
  Bench bench(setup({facility()}, {d}), {0});
  bench.core.add_pulses(0, pulses(10'000, {pulse(7, 100)}));
  bench.core.add_primitives(0, "d/0", primitives(0, 10'000, {primitive(120), primitive(1120)}));
  bench.core.add_primitives(1, "d/1", primitives(0, 10'000, {primitive(128), primitive(1140)}));
  bench.turn();

  const auto decisions = bench.of(0);
  ASSERT_EQ(decisions.size(), 2U);
  EXPECT_EQ(decisions[0].bits, static_cast<std::uint32_t>(model::kCoincidence | model::kReadOut));
  EXPECT_EQ(decisions[1].bits, 0U);
  EXPECT_EQ(decisions[1].primitives, 2U);
  EXPECT_EQ(bench.requests.size(), 2U) << "one to each of the two processes";
  EXPECT_TRUE(bench.dead.empty());
}

model::Detector chamber(model::ReadoutRule readout) {
  model::Detector d = detector("tpc", 0, 2);
  d.stream_channels = 4;
  d.first_channels = {0, 4};
  d.trigger.readout = readout;
  d.trigger.coincidence_primitives = 100;
  d.trigger.activity = {.window = nanoseconds(20), .channels = 3};
  return d;
}

model::Primitive on_channel(std::uint32_t channel, std::int64_t begin) {
  model::Primitive made = primitive(begin);
  made.channel = channel;
  return made;
}

TEST(TriggerCore, MarksGatesWithAnActivityAcrossStreams) {
  Bench bench(setup({facility()}, {chamber(model::ReadoutRule::kZeroBias)}), {0});
  bench.core.add_pulses(0, pulses(10'000, {pulse(7, 100)}));
  bench.core.add_primitives(0, "tpc/0", primitives(0, 10'000, {on_channel(2, 120), on_channel(3, 125)}));
  bench.core.add_primitives(0, "tpc/1", primitives(0, 10'000, {on_channel(0, 130)}));
  bench.turn();
  EXPECT_EQ(bench.of(0)[0].bits, static_cast<std::uint32_t>(model::kZeroBias | model::kActivity | model::kReadOut));
  EXPECT_EQ(bench.of(0)[1].bits, static_cast<std::uint32_t>(model::kZeroBias | model::kReadOut));
  EXPECT_EQ(bench.core.counters().at("decisions_with_activity"), 1U);
}

TEST(TriggerCore, ReadsOnlyGatesWithAnActivityWhereItIsTold) {
  Bench bench(setup({facility()}, {chamber(model::ReadoutRule::kActivity)}), {0});
  bench.core.add_pulses(0, pulses(10'000, {pulse(7, 100)}));
  // The run that reaches the off-gate, [1090, 1150), began before it; what the on-gate has is no run.
  bench.core.add_primitives(
      0, "tpc/0",
      primitives(0, 10'000, {on_channel(0, 120), on_channel(2, 121), on_channel(2, 1080), on_channel(3, 1085)}));
  bench.core.add_primitives(0, "tpc/1", primitives(0, 10'000, {on_channel(0, 122), on_channel(0, 1095)}));
  bench.turn();
  EXPECT_EQ(bench.of(0)[0].bits, 0U);
  EXPECT_EQ(bench.of(0)[1].bits, static_cast<std::uint32_t>(model::kActivity | model::kReadOut));
  ASSERT_EQ(bench.requests.size(), 1U);
  EXPECT_EQ(bench.requests[0].decision, 1U);
  EXPECT_TRUE(bench.dead.empty());
}

TEST(TriggerCore, TakesAnActivityThatDriftsInAfterTheGateForTheGates) {
  model::Detector d = chamber(model::ReadoutRule::kActivity);
  const auto bits_with_drift = [&d](std::int64_t drift) {
    d.count_post = nanoseconds(drift);
    Bench bench(setup({facility()}, {d}), {0});
    bench.core.add_pulses(0, pulses(10'000, {pulse(7, 100)}));
    bench.core.add_primitives(0, "tpc/0",
                              primitives(0, 10'000, {on_channel(0, 160), on_channel(1, 165), on_channel(2, 170)}));
    bench.core.add_primitives(0, "tpc/1", primitives(0, 10'000));
    bench.turn();
    return bench.of(0)[0].bits;
  };
  EXPECT_EQ(bits_with_drift(20), 0U) << "the gate ends at 150";
  EXPECT_EQ(bits_with_drift(21), static_cast<std::uint32_t>(model::kActivity | model::kReadOut));
}

TEST(TriggerCore, TakesACoincidenceThatDriftsInAfterTheGateForTheGates) {
  model::Detector d = chamber(model::ReadoutRule::kCoincidence);
  d.trigger.coincidence_primitives = 2;
  const auto decided = [&d](std::int64_t drift, std::int64_t post) {
    d.count_post = nanoseconds(drift);
    d.post = nanoseconds(post);
    Bench bench(setup({facility()}, {d}), {0});
    bench.core.add_pulses(0, pulses(10'000, {pulse(7, 100)}));
    bench.core.add_primitives(0, "tpc/0", primitives(0, 10'000, {on_channel(0, 160), on_channel(1, 170)}));
    bench.core.add_primitives(0, "tpc/1", primitives(0, 10'000));
    bench.turn();
    return bench.of(0)[0];
  };
  EXPECT_EQ(decided(20, 100).bits, 0U) << "the gate ends at 150";
  EXPECT_EQ(decided(20, 100).primitives, 1U);
  EXPECT_EQ(decided(21, 100).bits, static_cast<std::uint32_t>(model::kCoincidence | model::kReadOut));
  EXPECT_EQ(decided(21, 20).bits, 0U) << "nothing counts that is not read";
}

TEST(TriggerCore, CountsActivitiesOutsideOfGates) {
  Bench bench(setup({facility()}, {chamber(model::ReadoutRule::kActivity)}), {0});
  bench.core.add_pulses(0, pulses(10'000, {pulse(7, 100)}));
  const auto run_at = [](std::int64_t t) {
    return std::vector<model::Primitive>{on_channel(0, t), on_channel(1, t + 1), on_channel(2, t + 2)};
  };
  bench.core.add_primitives(0, "tpc/0", primitives(0, 5000, run_at(4000)));
  bench.core.add_primitives(0, "tpc/1", primitives(0, 5000));
  bench.turn();
  bench.core.add_primitives(0, "tpc/0", primitives(5000, 9000, run_at(6000)));
  bench.core.add_primitives(0, "tpc/1", primitives(5000, 9000));
  bench.turn();
  EXPECT_EQ(bench.core.counters().at("activities.tpc"), 1U) << "whether the second goes on is not known yet";
  bench.core.add_primitives(0, "tpc/0", last_primitives(9000));
  bench.core.add_primitives(0, "tpc/1", last_primitives(9000));
  bench.turn();
  EXPECT_EQ(bench.core.counters().at("activities.tpc"), 2U);
  EXPECT_EQ(bench.core.counters().count("decisions_with_activity"), 0U);
}

TEST(TriggerCore, TakesNoChannelThatAStreamHasNotForAnothersNeighbour) {
  Bench bench(setup({facility()}, {chamber(model::ReadoutRule::kActivity)}), {0});
  bench.core.add_pulses(0, pulses(10'000, {pulse(7, 100)}));
  bench.core.add_primitives(0, "tpc/0",
                            primitives(0, 10'000, {on_channel(3, 120), on_channel(4, 121), on_channel(5, 122)}));
  bench.core.add_primitives(0, "tpc/1", primitives(0, 10'000));
  bench.turn();
  EXPECT_EQ(bench.of(0)[0].bits, 0U);
}

TEST(TriggerCore, PrescalesByHashOfSeedDetectorAndDecision) {
  auto d = detector("d");
  d.trigger.prescale = 3;
  Bench bench(setup({facility()}, {d}), {0}, {}, 42);
  std::vector<model::Pulse> many;
  for (std::uint64_t i = 0; i < 50; ++i) many.push_back(pulse(i + 1, static_cast<std::int64_t>(100 + 3000 * i)));
  bench.core.add_pulses(0, pulses(1'000'000, many));
  bench.core.add_primitives(0, "d/0", primitives(0, 1'000'000));
  bench.turn();

  const auto decisions = bench.of(0);
  ASSERT_EQ(decisions.size(), 100U);
  model::IntervalSet expected;
  for (const auto& decision : decisions) {
    const bool chosen = hash_key(42, "d", decision.id) % 3 == 0;
    EXPECT_EQ(decision.read_out(), chosen);
    EXPECT_EQ((decision.bits & model::kPrescaledAway) != 0, !chosen);
    if (!chosen) expected.add(decision.window);
  }
  EXPECT_EQ(bench.dead_of(0, DeadReason::kPrescale), expected);
  EXPECT_FALSE(expected.empty());
}

TEST(TriggerCore, DecidesWithoutReadoutWhileInhibitedOrPausedAndBooksTheWindows) {
  Bench bench(setup({facility()}, {detector("d")}), {0});
  bench.core.add_pulses(0, pulses(100'000, {pulse(1, 100), pulse(2, 10'100), pulse(3, 20'100)}));
  bench.core.set_inhibit(true);
  bench.core.add_primitives(0, "d/0", primitives(0, 5'000));
  bench.turn();
  bench.core.set_inhibit(false);
  bench.core.pause();
  bench.core.add_primitives(0, "d/0", primitives(5'000, 15'000));
  bench.turn();
  bench.core.resume();
  bench.core.add_primitives(0, "d/0", primitives(15'000, 25'000));
  bench.turn();

  const auto decisions = bench.of(0);
  ASSERT_EQ(decisions.size(), 6U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NE(decisions[i].bits & model::kInhibited, 0U);
  EXPECT_TRUE(decisions[4].read_out());
  EXPECT_EQ(bench.requests.size(), 2U);
  EXPECT_TRUE(bench.dead_of(0, DeadReason::kInhibit).overlaps(decisions[0].window));
  EXPECT_TRUE(bench.dead_of(0, DeadReason::kPaused).overlaps(decisions[2].window));
  EXPECT_EQ(bench.dead_of(0, DeadReason::kPaused).length(), nanoseconds(220));
}

TEST(TriggerCore, AGatesLimitCountsTheOnGatesOfBothFacilities) {
  Bench bench(setup({facility("a"), facility("b")}, {detector("x", 0), detector("y", 1)}), {0, 1}, {at(0), 3, {}});
  bench.core.add_pulses(0, pulses(100'000, {pulse(1, 10'010), pulse(2, 30'010), pulse(3, 50'010)}));
  bench.core.add_primitives(0, "x/0", primitives(0, 100'000));
  bench.core.add_primitives(1, "y/0", primitives(0, 100'000));
  bench.turn();
  EXPECT_TRUE(bench.decisions.empty()) << "the other facility may still bring an earlier gate";
  bench.core.add_pulses(1, pulses(100'000, {pulse(1, 20'010), pulse(2, 40'010)}));
  bench.turn();
  EXPECT_EQ(bench.core.run_end(), at(40'000));
  EXPECT_EQ(bench.of(0).size(), 4U) << "two on, two off";
  EXPECT_EQ(bench.of(1).size(), 2U);
}

TEST(TriggerCore, NeverDecidesAGateThatBeginsAtOrAfterTheEnd) {
  Bench bench(setup({facility()}, {detector("d")}), {0}, {at(0), 0, nanoseconds(1090)});
  bench.core.add_pulses(0, pulses(100'000, {pulse(1, 100)}));
  bench.core.add_primitives(0, "d/0", primitives(0, 100'000));
  bench.turn();
  ASSERT_EQ(bench.of(0).size(), 1U) << "the off-gate begins at T1";
}

TEST(TriggerCore, EndsTheRunAtTheFirstOnGateNotDecided) {
  Bench bench(setup({facility()}, {detector("d")}), {0});
  bench.core.add_pulses(0, pulses(100'000, {pulse(1, 100), pulse(2, 10'100)}));
  bench.core.add_primitives(0, "d/0", primitives(0, 5'000));
  bench.turn();
  bench.core.end_run();
  EXPECT_EQ(bench.core.run_end(), at(10'090));
}

TEST(TriggerCore, EndsTheRunWhereThePulsesHaveGotToWhenNoOnGateIsOpen) {
  Bench bench(setup({facility()}, {detector("d")}), {0});
  bench.core.add_pulses(0, pulses(100'000, {pulse(1, 100)}));
  bench.core.add_primitives(0, "d/0", primitives(0, 50'000));
  bench.turn();
  bench.core.end_run();
  ASSERT_TRUE(bench.core.run_end());
  EXPECT_GT(*bench.core.run_end(), at(1'100));
  EXPECT_LE(*bench.core.run_end(), at(100'000));
}

TEST(TriggerCore, BooksWhatAStreamDidNotCoverOnItsDetectorAlone) {
  Bench bench(setup({facility()}, {detector("x"), detector("y")}), {0});
  bench.core.add_pulses(0, pulses(100'000, {pulse(1, 100), pulse(2, 10'100)}));
  bench.core.add_primitives(0, "x/0", primitives(0, 2'000));
  bench.core.add_primitives(0, "x/0", primitives(3'000, 100'000));
  bench.core.add_primitives(1, "y/0", primitives(0, 100'000));
  bench.turn();
  EXPECT_EQ(bench.dead_of(0, DeadReason::kStreamMissing).length(), nanoseconds(1'000));
  EXPECT_TRUE(bench.dead_of(1, DeadReason::kStreamMissing).empty());
}

TEST(TriggerCore, CountsAPrimitiveThatCameTooLateToBeAskedFor) {
  Bench bench(setup({facility()}, {detector("d")}), {0});
  bench.core.add_primitives(0, "d/0", primitives(0, 1'000));
  bench.core.add_primitives(0, "d/0", primitives(1'000, 2'000, {primitive(500), primitive(1'500)}));
  EXPECT_EQ(bench.core.counters().at("primitives_refused.primitive_too_old"), 1U);
}

TEST(TriggerCore, BooksNoGapBeyondTheEndOfTheRun) {
  Bench bench(setup({facility()}, {detector("d")}), {0});
  PrimitiveBatch batch = primitives(0, 50'000);
  batch.gaps = {{at(900), at(1'500)}, {at(2'000), at(3'000)}};
  bench.core.add_pulses(0, pulses(50'000));
  bench.core.add_primitives(0, "d/0", batch);
  bench.turn();
  EXPECT_TRUE(bench.dead.empty()) << "nobody knows yet whether the run gets that far";
  bench.core.stop(at(1'000));
  bench.turn();
  ASSERT_EQ(bench.dead.size(), 1U);
  EXPECT_EQ(bench.dead[0].time, (Interval{at(900), at(1'000)}));
}

TEST(TriggerCore, AsksTheNewProcessAndBooksTheTimeBetweenWhenAReadoutWasReplaced) {
  Bench bench(setup({facility()}, {detector("d")}), {0});
  bench.core.add_pulses(0, pulses(100'000, {pulse(1, 100), pulse(2, 10'100)}));
  bench.core.add_primitives(0, "d/0", primitives(0, 1'000));
  bench.turn();
  bench.core.peer_superseded(0);
  bench.turn();
  EXPECT_EQ(bench.decisions.size(), 1U);
  bench.core.set_boot(0, 200);
  bench.core.add_primitives(0, "d/0", primitives(5'000, 100'000));
  bench.turn();
  ASSERT_EQ(bench.decisions.size(), 4U);
  EXPECT_EQ(bench.decisions[0].boots.at(0), 100U);
  EXPECT_EQ(bench.decisions[1].boots.at(0), 200U);
  EXPECT_EQ(bench.dead_of(0, DeadReason::kStreamMissing).length(), nanoseconds(4'000));
}

TEST(TriggerCore, AGateWhoseDataAreCoveredWaitsForSomebodyToAsk) {
  Bench bench(setup({facility()}, {detector("d")}), {0});
  bench.core.add_primitives(0, "d/0", primitives(0, 100'000));
  bench.core.peer_superseded(0);
  bench.core.add_pulses(0, pulses(100'000, {pulse(1, 100)}));
  bench.turn();
  EXPECT_TRUE(bench.decisions.empty());
  bench.core.set_boot(0, 200);
  bench.turn();
  EXPECT_EQ(bench.decisions.size(), 2U);
}

TEST(TriggerCore, StopsDecidingWhileTooManyDecisionsWaitForTheDisk) {
  Bench bench(setup({facility()}, {detector("d")}), {0});
  std::vector<model::Pulse> many;
  for (std::uint64_t i = 0; i < 3000; ++i) many.push_back(pulse(i + 1, static_cast<std::int64_t>(100 + 3000 * i)));
  bench.core.add_pulses(0, pulses(10'000'000, many));
  bench.core.add_primitives(0, "d/0", primitives(0, 10'000'000));
  bench.turn();
  EXPECT_EQ(bench.decisions.size(), kMostOutstanding);
  const std::vector<std::uint64_t> durable = {kMostOutstanding};
  bench.core.acknowledge(durable);
  bench.turn();
  EXPECT_EQ(bench.decisions.size(), 6000U);
}

TEST(TriggerCore, MovesTheHorizonOnlyPastWhatIsOnDisk) {
  Bench bench(setup({facility()}, {detector("d")}), {0});
  EXPECT_EQ(bench.core.horizon(0), at(0));
  bench.core.add_pulses(0, pulses(100'000, {pulse(1, 100), pulse(2, 10'100)}));
  bench.core.add_primitives(0, "d/0", primitives(0, 5'000));
  bench.turn();
  EXPECT_EQ(bench.core.horizon(0), at(70));
  bench.core.acknowledge(std::vector<std::uint64_t>{1});
  bench.turn();
  EXPECT_EQ(bench.core.horizon(0), at(1'070));
  bench.core.acknowledge(std::vector<std::uint64_t>{2});
  bench.turn();
  EXPECT_EQ(bench.core.horizon(0), at(10'070)) << "begin of the window of the first gate not decided";
  bench.core.acknowledge(std::vector<std::uint64_t>{1'000});
  bench.turn();
  EXPECT_EQ(bench.core.horizon(0), at(10'070)) << "nobody can have written more than was decided";
}

TEST(TriggerCore, IsDrainedWhenEverySourceHasEndedAndEveryGateIsDecided) {
  Bench bench(setup({facility()}, {detector("d")}), {0}, {at(0), 0, nanoseconds(2'000)});
  bench.core.add_pulses(0, pulses(500, {pulse(1, 100)}));
  bench.core.add_primitives(0, "d/0", primitives(0, 500));
  bench.turn();
  bench.core.stop(at(2'000));
  bench.turn();
  EXPECT_FALSE(bench.core.drained());
  bench.core.add_pulses(0, last_pulses(500));
  bench.turn();
  EXPECT_FALSE(bench.core.drained());
  bench.core.add_primitives(0, "d/0", last_primitives(500));
  EXPECT_FALSE(bench.core.drained());
  bench.turn();
  EXPECT_TRUE(bench.core.drained());
  EXPECT_FALSE(bench.core.all_durable());
  bench.core.acknowledge(std::vector<std::uint64_t>{2});
  EXPECT_TRUE(bench.core.all_durable());
  EXPECT_EQ(bench.core.horizon(0), at(70));
  bench.turn();
  EXPECT_EQ(bench.core.horizon(0), Timestamp::max());
}

TEST(TriggerCore, RefusesAStreamThatTheProcessDoesNotServe) {
  Bench bench(setup({facility()}, {detector("d", 0, 2, 2)}), {0});
  EXPECT_TRUE(bench.core.add_primitives(0, "d/0", primitives(0, 10)));
  EXPECT_FALSE(bench.core.add_primitives(0, "d/1", primitives(0, 10)));
  EXPECT_FALSE(bench.core.add_primitives(1, "e/0", primitives(0, 10)));
}

}  // namespace
}  // namespace spillway::trigger
