#include "daq/model/gate.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace spillway::model {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Facility bench() {
  Facility facility;
  facility.name = "bench";
  facility.on_before = nanoseconds(10);
  facility.on_after = nanoseconds(30);
  return facility;
}

Pulse pulse(std::uint64_t id, std::int64_t begin, std::int64_t length = 1) {
  Pulse p;
  p.id = id;
  p.time = {{begin}, {begin + length}};
  p.protons = static_cast<double>(id) * 10;
  return p;
}

Interval ns(std::int64_t begin, std::int64_t end) {
  return {{begin}, {end}};
}

std::vector<Gate> all_gates(const std::vector<Pulse>& pulses, const Facility& facility,
                            Interval run = ns(0, 1'000'000)) {
  return gates_from_pulses(pulses, facility, 1, run);
}

TEST(Gates, AnOnGateIsThePulseWithItsMargins) {
  EXPECT_THAT(all_gates({pulse(7, 100, 5)}, bench()), ElementsAre(Gate{GateKind::kOn, ns(90, 135), 0, 7, 70}));
}

TEST(Gates, AnOffGateIsTheOnGateMovedAndCarriesNoProtons) {
  Facility facility = bench();
  facility.off_offsets = {nanoseconds(1000), nanoseconds(-60)};
  EXPECT_THAT(all_gates({pulse(7, 100, 5)}, facility),
              ElementsAre(Gate{GateKind::kOff, ns(30, 75), 0, 7, 0}, Gate{GateKind::kOn, ns(90, 135), 0, 7, 70},
                          Gate{GateKind::kOff, ns(1090, 1135), 1, 7, 0}));
}

TEST(Gates, IndicesCountEachKindInTimeOrderWhateverTheOrderOfThePulses) {
  Facility facility = bench();
  facility.off_offsets = {nanoseconds(50)};
  const auto gates = all_gates({pulse(3, 500), pulse(1, 100), pulse(2, 300)}, facility);
  ASSERT_EQ(gates.size(), 6U);
  for (std::size_t i = 0; i < gates.size(); ++i) {
    EXPECT_EQ(gates[i].kind, i % 2 == 0 ? GateKind::kOn : GateKind::kOff);
    EXPECT_EQ(gates[i].index, i / 2);
    EXPECT_EQ(gates[i].pulse_id, i / 2 + 1);
  }
}

class GateDrops : public testing::Test {
 protected:
  std::vector<Gate> run(const std::vector<Pulse>& pulses, const Facility& facility) {
    GateMaker maker(facility, 1, {0});
    for (const Pulse& p : pulses) maker.add(p);
    maker.end_at({1'000'000});
    std::vector<Gate> gates;
    maker.advance(Timestamp::max(), gates);
    dropped = maker.dropped();
    return gates;
  }
  Counters dropped;
};

TEST_F(GateDrops, AnOnGateThatOverlapsAnEarlierOneIsDroppedWithItsOffGate) {
  Facility facility = bench();
  facility.off_offsets = {nanoseconds(1000)};
  EXPECT_EQ(run({pulse(1, 100), pulse(2, 130)}, facility).size(), 2U);
  EXPECT_EQ(dropped, (Counters{{"on_overlaps_on", 1}}));
}

TEST_F(GateDrops, OnGatesThatOnlyTouchAreBothMade) {
  EXPECT_EQ(run({pulse(1, 100), pulse(2, 141)}, bench()).size(), 2U);
  EXPECT_THAT(dropped, IsEmpty());
}

TEST_F(GateDrops, AnOnGateThatComesSoonerThanPulsesDoIsDroppedWithItsOffGate) {
  Facility facility = bench();
  facility.off_offsets = {nanoseconds(10'000)};
  facility.min_pulse_period = nanoseconds(200);
  EXPECT_EQ(run({pulse(1, 100), pulse(2, 299), pulse(3, 300), pulse(4, 499)}, facility).size(), 4U);
  EXPECT_EQ(dropped, (Counters{{"on_too_soon", 2}}));
}

TEST_F(GateDrops, AnOffGateThatTouchesAnOnGateIsDropped) {
  Facility facility = bench();
  facility.off_offsets = {nanoseconds(41)};
  EXPECT_EQ(run({pulse(1, 100)}, facility).size(), 1U);
  EXPECT_EQ(dropped, (Counters{{"off_touches_on", 1}}));
  facility.off_offsets = {nanoseconds(42)};
  EXPECT_EQ(run({pulse(1, 100)}, facility).size(), 2U);
  EXPECT_THAT(dropped, IsEmpty());
  facility.off_offsets = {nanoseconds(-41), nanoseconds(-42)};
  EXPECT_EQ(run({pulse(1, 100)}, facility).size(), 2U);
  EXPECT_EQ(dropped, (Counters{{"off_touches_on", 1}}));
}

TEST_F(GateDrops, AnOffGateMayNotTouchTheBeamOfADroppedOnGate) {
  Facility facility = bench();
  facility.off_offsets = {nanoseconds(70)};
  // The second on-gate, [120, 161), is dropped, but there was beam.
  EXPECT_EQ(run({pulse(1, 100), pulse(2, 130)}, facility).size(), 1U);
  EXPECT_EQ(dropped, (Counters{{"off_touches_on", 1}, {"on_overlaps_on", 1}}));
}

TEST_F(GateDrops, AnOffGateThatOverlapsAnEarlierOffGateIsDropped) {
  Facility facility = bench();
  facility.off_offsets = {nanoseconds(1000), nanoseconds(1020)};
  EXPECT_EQ(run({pulse(1, 100)}, facility).size(), 2U);
  EXPECT_EQ(dropped, (Counters{{"off_overlaps_off", 1}}));
}

TEST_F(GateDrops, RandomGatesDoNotOverlapEachOther) {
  Facility facility = bench();
  facility.random_rate_hz = 1e6;
  facility.random_length = nanoseconds(2000);
  const auto gates = run({}, facility);
  EXPECT_GT(dropped["random_overlaps_random"], 0U);
  for (std::size_t i = 1; i < gates.size(); ++i) EXPECT_LE(gates[i - 1].time.end, gates[i].time.begin);
}

TEST_F(GateDrops, AnEmptyOnGateIsDropped) {
  Facility facility = bench();
  facility.on_before = nanoseconds(-50);
  EXPECT_THAT(run({pulse(1, 100)}, facility), IsEmpty());
  EXPECT_EQ(dropped, (Counters{{"empty", 1}}));
}

TEST_F(GateDrops, APulseReportedTwiceIsOne) {
  EXPECT_EQ(run({pulse(1, 100), pulse(1, 100)}, bench()).size(), 1U);
  EXPECT_THAT(dropped, IsEmpty());
}

TEST(Gates, AGateBelongsToTheRunByItsBegin) {
  Facility facility = bench();
  facility.off_offsets = {nanoseconds(500), nanoseconds(-500)};
  // On-gates begin at 99 (before), 490 (inside), 999 (inside), 1090 (after).
  const auto gates = all_gates({pulse(1, 109), pulse(2, 500), pulse(3, 1009), pulse(4, 1100)}, facility, ns(100, 1000));
  std::vector<std::pair<GateKind, std::int64_t>> begins;
  begins.reserve(gates.size());
  for (const Gate& gate : gates) begins.emplace_back(gate.kind, gate.time.begin.ns);
  EXPECT_THAT(begins, ElementsAre(std::pair(GateKind::kOn, 490), std::pair(GateKind::kOff, 590),
                                  std::pair(GateKind::kOn, 999)));
}

TEST(GateMaker, GivesAGateOutOnlyWhenNothingEarlierCanCome) {
  Facility facility = bench();
  facility.off_offsets = {nanoseconds(-100)};
  GateMaker maker(facility, 1, {0});
  EXPECT_EQ(maker.frontier(), Timestamp{0});
  std::vector<Gate> gates;
  EXPECT_TRUE(maker.add(pulse(1, 200)));
  maker.advance({201}, gates);
  // An unknown pulse at 201 would make an off-gate at 91.
  EXPECT_EQ(maker.frontier(), Timestamp{91});
  EXPECT_EQ(gates.size(), 1U);
  EXPECT_EQ(gates[0].time, ns(90, 131));
  maker.advance({300}, gates);
  EXPECT_EQ(maker.frontier(), Timestamp{190});
  EXPECT_EQ(gates.size(), 1U);
  maker.advance({301}, gates);
  EXPECT_EQ(gates.size(), 2U);
}

TEST(GateMaker, HoldsAnOffGateUntilNoOnGateCanTouchIt) {
  Facility facility = bench();
  facility.off_offsets = {nanoseconds(100)};
  GateMaker maker(facility, 1, {0});
  std::vector<Gate> gates;
  maker.add(pulse(1, 200));
  // The off-gate is [290, 331); an on-gate of a pulse at 341 would begin at 331 and touch it.
  maker.advance({341}, gates);
  EXPECT_EQ(gates.size(), 1U);
  EXPECT_EQ(maker.frontier(), Timestamp{290});
  EXPECT_TRUE(maker.add(pulse(2, 341)));
  maker.advance({342}, gates);
  EXPECT_EQ(maker.dropped(), (Counters{{"off_touches_on", 1}}));
  maker.advance({1000}, gates);
  ASSERT_EQ(gates.size(), 3U);
  EXPECT_EQ(gates[1].time.begin, Timestamp{331});
  EXPECT_EQ(gates[2].kind, GateKind::kOff);
}

TEST(GateMaker, APulseBehindTheWatermarkIsLateAndMakesNoGate) {
  GateMaker maker(bench(), 1, {0});
  std::vector<Gate> gates;
  maker.advance({500}, gates);
  EXPECT_FALSE(maker.add(pulse(1, 499)));
  EXPECT_TRUE(maker.add(pulse(2, 500)));
  maker.advance(Timestamp::max(), gates);
  ASSERT_EQ(gates.size(), 1U);
  EXPECT_EQ(gates[0].pulse_id, 2U);
}

TEST(GateMaker, AnAmendmentChangesNoGate) {
  GateMaker maker(bench(), 1, {0});
  std::vector<Gate> gates;
  Pulse amendment = pulse(1, 100);
  amendment.revision = 1;
  EXPECT_TRUE(maker.add(amendment));
  maker.advance({500}, gates);
  EXPECT_TRUE(maker.add(amendment));
  maker.advance(Timestamp::max(), gates);
  EXPECT_THAT(gates, IsEmpty());
}

TEST(GateMaker, AWatermarkNeverGoesBack) {
  GateMaker maker(bench(), 1, {0});
  std::vector<Gate> gates;
  maker.advance({500}, gates);
  maker.advance({100}, gates);
  EXPECT_EQ(maker.frontier(), Timestamp{490});
  EXPECT_FALSE(maker.add(pulse(1, 400)));
}

TEST(GateMaker, AfterTheLastPulseRandomGatesGoOnToTheRunsEnd) {
  Facility facility = bench();
  facility.random_rate_hz = 1000;
  facility.random_length = nanoseconds(100);
  GateMaker maker(facility, 1, {0});
  std::vector<Gate> gates;
  maker.add(pulse(1, 1'500'000'000));
  maker.advance(Timestamp::max(), gates);
  ASSERT_FALSE(gates.empty());
  EXPECT_EQ(gates.back().kind, GateKind::kOn);
  maker.end_at({2'000'000'000});
  maker.advance(Timestamp::max(), gates);
  EXPECT_EQ(maker.frontier(), Timestamp::max());
  EXPECT_EQ(gates, gates_from_pulses(std::vector{pulse(1, 1'500'000'000)}, facility, 1, ns(0, 2'000'000'000)));
  EXPECT_NEAR(static_cast<double>(gates.size()), 2000, 5 * 45);
}

TEST(GateMaker, CountsDropsOfTheRunAloneWhereverItsEndTurnsOutToBe) {
  GateMaker maker(bench(), 1, {0});
  for (std::uint64_t i = 0; i < 10; ++i) maker.add(pulse(i, 100 + 20 * static_cast<std::int64_t>(i)));
  std::vector<Gate> gates;
  maker.advance({10'000}, gates);
  EXPECT_EQ(total(maker.dropped()), 10 - gates.size());
  // On-gates begin at 90, 110, 130 (made), ...: one drop before 130.
  EXPECT_EQ(maker.dropped_before({130}), (Counters{{"on_overlaps_on", 1}}));
  maker.settle({120});
  maker.end_at({130});
  EXPECT_EQ(maker.dropped(), (Counters{{"on_overlaps_on", 1}}));
}

TEST(RandomGates, DependOnSeedAndFacilityAlone) {
  Facility facility = bench();
  facility.random_rate_hz = 50;
  facility.random_length = nanoseconds(100);
  const Interval run = ns(0, 10'000'000'000);
  const auto gates = gates_from_pulses({}, facility, 1, run);
  EXPECT_EQ(gates, gates_from_pulses({}, facility, 1, run));
  EXPECT_NE(gates, gates_from_pulses({}, facility, 2, run));
  const Interval shorter = ns(0, 5'000'000'000);
  const auto first_half = gates_from_pulses({}, facility, 1, shorter);
  EXPECT_TRUE(std::equal(first_half.begin(), first_half.end(), gates.begin()));
  EXPECT_NEAR(static_cast<double>(gates.size()), 500, 5 * 22.4);
}

TEST(Reach, IsTheLongestTimeThatAPulseActsAfterItsEnd) {
  model::Setup setup;
  setup.facilities = {bench(), bench()};
  setup.facilities[1].name = "other";
  Detector detector;
  detector.post = nanoseconds(7);
  setup.detectors.push_back(detector);
  detector.facility = 1;
  detector.post = nanoseconds(1000);
  setup.detectors.push_back(detector);
  EXPECT_EQ(reach(setup, setup.facilities[0]), nanoseconds(37));
  setup.facilities[0].off_offsets = {nanoseconds(500), nanoseconds(-500)};
  EXPECT_EQ(reach(setup, setup.facilities[0]), nanoseconds(537));
  setup.facilities[0].random_length = nanoseconds(2000);
  EXPECT_EQ(reach(setup, setup.facilities[0]), nanoseconds(2007));
  setup.facilities[1].on_after = nanoseconds(-5000);
  setup.detectors[1].post = nanoseconds(-1);
  EXPECT_EQ(reach(setup, setup.facilities[1]), nanoseconds(0));
}

}  // namespace
}  // namespace spillway::model
