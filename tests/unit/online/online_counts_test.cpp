#include "monitoring/online/online_counts.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "daq/base/random.hpp"
#include "daq/storage/records.hpp"

namespace spillway::online {
namespace {

constexpr auto kOn = static_cast<std::uint32_t>(model::GateKind::kOn);
constexpr auto kOff = static_cast<std::uint32_t>(model::GateKind::kOff);
constexpr auto kRandom = static_cast<std::uint32_t>(model::GateKind::kRandom);

model::Detector detector_named(const std::string& name, bool whole_gate = false) {
  model::Detector detector;
  detector.name = name;
  detector.streams = {name + "/0"};
  detector.whole_gate = whole_gate;
  return detector;
}

/// A gate [begin, begin + 4000) with a window of 1000 more on each side.
struct Rows {
  storage::GateRow gate{};
  storage::DecisionRow decision{};
};
Rows rows(std::uint64_t id, std::uint32_t kind, std::int64_t begin, std::uint32_t fragments = 1, double protons = 0) {
  Rows rows;
  rows.gate = {0, kind, id, begin, begin + 4000, id, protons};
  rows.decision = {id, 0, model::kReadOut, begin - 1000, begin + 5000, 0, fragments};
  return rows;
}

std::vector<Candidate> at(std::initializer_list<std::int64_t> times) {
  std::vector<Candidate> candidates;
  for (const std::int64_t time : times) candidates.push_back({{time}, 1});
  return candidates;
}

class OnlineCountsTest : public ::testing::Test {
 protected:
  void gate(std::uint64_t id, std::uint32_t kind, std::int64_t begin, std::initializer_list<std::int64_t> candidates,
            double protons = 0) {
    const Rows row = rows(id, kind, begin, 1, protons);
    counts.add(row.gate, row.decision);
    counts.add_fragment(0, id, 0, at(candidates));
  }
  CountsLine line() { return counts.counts().front(); }
  OnlineCounts counts{{detector_named("csi")}};
};

TEST_F(OnlineCountsTest, CountsCandidatesInsideTheirGateByKind) {
  gate(0, kOn, 10'000, {10'000, 13'999, 14'000, 9'999});  // begin belongs to the gate, end does not
  gate(1, kOff, 60'000, {61'000});
  gate(2, kRandom, 80'000, {81'000});
  EXPECT_EQ(line().on, 2U);
  EXPECT_EQ(line().off, 1U);
  EXPECT_EQ(line().live_on.ns, 4000);
  EXPECT_EQ(line().live_off.ns, 4000);
  EXPECT_DOUBLE_EQ(line().alpha.value(), 1);
  EXPECT_DOUBLE_EQ(line().excess.value(), 1);
  EXPECT_LT(line().excess_low.value(), 1);
  EXPECT_GT(line().excess_high.value(), 1);
}

TEST_F(OnlineCountsTest, HasNoExcessWithoutBothExposures) {
  EXPECT_FALSE(line().alpha.has_value());
  gate(0, kOn, 10'000, {11'000});
  EXPECT_FALSE(line().alpha.has_value());
  EXPECT_FALSE(line().excess.has_value());
  counts.add(storage::DeadRow{0, 2, 0, 50'000});
  gate(1, kOff, 60'000, {});
  EXPECT_DOUBLE_EQ(line().alpha.value(), 0);
  EXPECT_FALSE(line().excess.has_value());
}

TEST_F(OnlineCountsTest, LeavesOutWhatLiesInDeadTime) {
  counts.add(storage::DeadRow{0, 5, 11'000, 12'000});
  gate(0, kOn, 10'000, {10'500, 11'000, 11'999, 12'000}, 8e12);
  EXPECT_EQ(line().on, 2U);
  EXPECT_EQ(line().live_on.ns, 3000);
  EXPECT_DOUBLE_EQ(line().pot, 6e12);
}

TEST_F(OnlineCountsTest, TakesBackWhatALateDeadIntervalCovers) {
  gate(0, kOn, 10'000, {11'000}, 4e12);
  gate(1, kOff, 60'000, {61'000});
  EXPECT_EQ(line().on, 1U);
  counts.add(storage::DeadRow{0, 0, 9'000, 20'000});
  EXPECT_EQ(line().on, 0U);
  EXPECT_EQ(line().live_on.ns, 0);
  EXPECT_DOUBLE_EQ(line().pot, 0);
  EXPECT_EQ(line().off, 1U);
}

TEST(OnlineCounts, WholeGateDetectorsLoseAGateWhoseWindowIsTouched) {
  OnlineCounts counts({detector_named("tpc", true)});
  const Rows row = rows(0, kOn, 10'000);
  counts.add(row.gate, row.decision);
  counts.add_fragment(0, 0, 0, at({11'000}));
  EXPECT_EQ(counts.counts().front().on, 1U);
  counts.add(storage::DeadRow{0, 4, 14'500, 14'501});  // behind the gate, inside its window
  EXPECT_EQ(counts.counts().front().on, 0U);
  EXPECT_EQ(counts.counts().front().live_on.ns, 0);
}

TEST_F(OnlineCountsTest, WaitsForAllFragmentsOfAGate) {
  const Rows row = rows(0, kOn, 10'000, 2);
  counts.add_fragment(0, 0, 1, at({11'000}));  // before its decision
  EXPECT_EQ(counts.outstanding(), 0U);
  counts.add(row.gate, row.decision);
  EXPECT_EQ(counts.outstanding(), 1U);
  EXPECT_EQ(line().live_on.ns, 0);
  EXPECT_EQ(line().on, 0U);
  counts.add_fragment(0, 0, 0, at({12'000}));
  EXPECT_EQ(counts.outstanding(), 0U);
  EXPECT_EQ(line().live_on.ns, 4000);
  EXPECT_EQ(line().on, 2U);
}

TEST_F(OnlineCountsTest, AMissingFragmentMakesTheWindowDead) {
  for (const bool decision_first : {true, false}) {
    OnlineCounts fresh({detector_named("csi")});
    const Rows row = rows(0, kOn, 10'000, 2);
    if (decision_first) fresh.add(row.gate, row.decision);
    fresh.add_fragment(0, 0, 0, at({11'000}));
    fresh.add_missing(0, 0, 1);
    if (!decision_first) fresh.add(row.gate, row.decision);
    EXPECT_EQ(fresh.counts().front().on, 0U);
    EXPECT_EQ(fresh.counts().front().live_on.ns, 0);
    EXPECT_EQ(fresh.outstanding(), 0U);
  }
}

TEST_F(OnlineCountsTest, AGateThatWasNotReadIsLiveUnlessItIsBookedDead) {
  const Rows row = rows(0, kOff, 10'000, 0);
  counts.add(row.gate, row.decision);
  EXPECT_EQ(line().live_off.ns, 4000);
  counts.add(storage::DeadRow{0, 6, 9'000, 15'000});  // prescaled away
  EXPECT_EQ(line().live_off.ns, 0);
}

TEST_F(OnlineCountsTest, TakesRepeatedRowsOnce) {
  for (int i = 0; i < 2; ++i) {
    const Rows row = rows(0, kOn, 10'000, 2, 1e12);
    counts.add(row.gate, row.decision);
    counts.add_fragment(0, 0, 0, at({11'000}));
    if (i == 1) counts.add_fragment(0, 0, 1, at({12'000}));
  }
  EXPECT_EQ(line().on, 2U);
  EXPECT_DOUBLE_EQ(line().pot, 1e12);
  EXPECT_EQ(counts.problems().at("repeated_row"), 2U);
}

TEST_F(OnlineCountsTest, CountsRowsThatNameNothingThatExists) {
  Rows row = rows(0, kOn, 10'000);
  row.gate.detector = row.decision.detector = 7;
  counts.add(row.gate, row.decision);
  row = rows(0, 3, 10'000);
  counts.add(row.gate, row.decision);
  counts.add_fragment(1, 0, 0, {});
  counts.add_missing(1, 0, 0);
  counts.add(storage::DeadRow{0, 7, 0, 1});
  counts.add(storage::DeadRow{1, 0, 0, 1});
  EXPECT_EQ(counts.problems().at("bad_row"), 6U);
}

TEST_F(OnlineCountsTest, DataTimeIsWhereTheUnbrokenRowOfCountedGatesEnds) {
  gate(0, kOn, 10'000, {});
  gate(2, kOn, 90'000, {});
  EXPECT_EQ(line().data_time.ns, 10'000);
  gate(1, kOff, 60'000, {});
  EXPECT_EQ(line().data_time.ns, 90'000);
  counts.close({120'000});
  EXPECT_EQ(line().data_time.ns, 120'000);
}

/// What is fed to the counts, as values that can be shuffled.
struct Feed {
  enum { kGate, kFragment, kMissing, kDead } what;
  Rows row;
  std::vector<Candidate> candidates;
  storage::DeadRow dead{};
  void into(OnlineCounts& counts) const {
    if (what == kGate) counts.add(row.gate, row.decision);
    if (what == kFragment) counts.add_fragment(0, row.decision.id, 0, candidates);
    if (what == kMissing) counts.add_missing(0, row.decision.id, 0);
    if (what == kDead) counts.add(dead);
  }
};

// What the counts are must depend on the rows alone, to the last bit: that is why `analyze` repeats live.
TEST(OnlineCounts, DependOnTheRowsAloneNotOnTheirOrder) {
  Draw draw(hash_key(1, "shuffle", 0));
  std::vector<Feed> feeds;
  for (std::uint64_t id = 0; id < 3000; ++id) {
    const auto begin = static_cast<std::int64_t>(20'000 * id);
    const Rows row = rows(id, id % 2 == 0 ? kOn : kOff, begin, 1, 1e12 * draw.uniform());
    feeds.push_back({Feed::kGate, row, {}, {}});
    if (draw.uniform() < 0.02) {
      feeds.push_back({Feed::kMissing, row, {}, {}});
      continue;
    }
    std::vector<Candidate> candidates;
    for (std::uint64_t n = draw.poisson(1); n > 0; --n) {
      candidates.push_back({{begin + static_cast<std::int64_t>(draw.uniform() * 6000) - 1000}, 1});
    }
    feeds.push_back({Feed::kFragment, row, candidates, {}});
  }
  for (int i = 0; i < 400; ++i) {
    const auto begin = static_cast<std::int64_t>(draw.uniform() * 6e7);
    feeds.push_back({Feed::kDead, {}, {}, {0, static_cast<std::uint32_t>(draw() % 7), begin, begin + 3000}});
  }
  OnlineCounts in_order({detector_named("csi")});
  for (const Feed& feed : feeds) feed.into(in_order);
  const CountsLine expected = in_order.counts().front();
  EXPECT_GT(expected.on, 500U);

  // Brute force, once: a candidate counts where its gate is complete and no dead interval or missing window holds it.
  std::uint64_t on = 0;
  for (const Feed& feed : feeds) {
    if (feed.what != Feed::kFragment || feed.row.gate.kind != kOn) continue;
    for (const Candidate& candidate : feed.candidates) {
      const std::int64_t t = candidate.time.ns;
      const bool inside = feed.row.gate.begin_ns <= t && t < feed.row.gate.end_ns;
      const bool dead = std::ranges::any_of(feeds, [&](const Feed& other) {
        return other.what == Feed::kDead && other.dead.begin_ns <= t && t < other.dead.end_ns;
      });
      on += inside && !dead ? 1 : 0;
    }
  }
  EXPECT_EQ(expected.on, on);

  for (std::uint64_t round = 0; round < 5; ++round) {
    Draw order(hash_key(2, "shuffle", round));
    for (std::size_t i = feeds.size() - 1; i > 0; --i) std::swap(feeds[i], feeds[order() % (i + 1)]);
    OnlineCounts shuffled({detector_named("csi")});
    for (std::size_t i = 0; i < feeds.size(); ++i) {
      feeds[i].into(shuffled);
      if (i % 700 == 0) (void)shuffled.counts();
    }
    const CountsLine line = shuffled.counts().front();
    EXPECT_EQ(line.on, expected.on);
    EXPECT_EQ(line.off, expected.off);
    EXPECT_EQ(line.live_on, expected.live_on);
    EXPECT_EQ(line.live_off, expected.live_off);
    EXPECT_EQ(line.pot, expected.pot);
    EXPECT_EQ(line.excess_high, expected.excess_high);
  }
}

TEST_F(OnlineCountsTest, CountsATrainAsItsSingleGates) {
  model::DecisionTrain train;
  train.pre = train.post = nanoseconds(1000);
  for (const auto kind : {model::GateKind::kOn, model::GateKind::kOff}) {
    model::GateTrain& gates = train.gates.trains.emplace_back();
    gates = {kind, {kind == model::GateKind::kOn ? 0 : 10'000}, 100'000, 3, 3000, {4000}, 0,
             1,    kind == model::GateKind::kOn ? 1.1e15 : 0,   0};
  }
  OnlineCounts singly{{detector_named("csi")}};
  train.for_each([&](const model::Decision& d) { singly.add(storage::gate_row(d), storage::decision_row(d, 0)); });
  counts.add(train);
  gate(6000, kOn, 300'000'000, {300'000'001});
  const Rows last = rows(6000, kOn, 300'000'000);
  singly.add(last.gate, last.decision);
  singly.add_fragment(0, 6000, 0, at({300'000'001}));
  for (const bool late_dead_time : {false, true}) {
    if (late_dead_time) {
      for (OnlineCounts* each : {&counts, &singly}) each->add(storage::DeadRow{0, 2, 1'000'000, 60'000'500});
    }
    const CountsLine a = line();
    const CountsLine b = singly.counts().front();
    EXPECT_EQ(a.live_on, b.live_on);
    EXPECT_EQ(a.live_off, b.live_off);
    EXPECT_EQ(a.pot, b.pot) << "to the last bit";
    EXPECT_EQ(a.on, 1U);
    EXPECT_EQ(a.data_time, b.data_time);
    EXPECT_LT(a.live_on.ns, late_dead_time ? 3001 * 4000 : 3001 * 4000 + 1);
  }
  EXPECT_EQ(counts.outstanding(), 0U);
  EXPECT_TRUE(counts.knows(0, 17));
  counts.add(train);
  EXPECT_EQ(counts.problems().at("repeated_row"), 6000U);
}

}  // namespace
}  // namespace spillway::online
