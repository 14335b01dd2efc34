#include "daq/model/gate_log.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "daq/model/decision_train.hpp"
#include "daq/model/live_time.hpp"
#include "daq/model/run_digest.hpp"
#include "tests/property/model/generators.hpp"

namespace spillway::model {
namespace {

/// Gates of a beam with a rational period, some of it missing, some of it irregular, with off-gates or without.
std::vector<Decision> any_decisions() {
  const std::int64_t den = any_in<std::int64_t>(1, 20);
  const std::int64_t num = den * any_in<std::int64_t>(12, 40) + any_in<std::int64_t>(0, den);
  const auto length = any_in<std::int64_t>(1, 5);
  const bool off = *rc::gen::arbitrary<bool>();
  const Duration pre{any_in<std::int64_t>(0, 4)}, post{any_in<std::int64_t>(0, 4)};
  std::vector<Decision> decisions;
  std::array<std::uint64_t, kGateKinds.size()> index{};
  const auto add = [&](GateKind kind, std::int64_t begin, std::uint64_t pulse) {
    Decision decision;
    decision.id = decisions.size();
    decision.gate = {kind,
                     {{begin}, {begin + length}},
                     index[static_cast<std::size_t>(kind)]++,
                     pulse,
                     kind == GateKind::kOn ? 1e15 : 0};
    decision.window = {decision.gate.time.begin - pre, decision.gate.time.end + post};
    if (any_in(0, 20) == 0) decision.primitives = 1;
    if (any_in(0, 20) == 0) decision.bits = kCoincidence | kReadOut;
    decisions.push_back(decision);
  };
  const auto pulses = any_in<std::int64_t>(0, 60);
  for (std::int64_t k = 0; k < pulses; ++k) {
    if (any_in(0, 15) == 0) continue;
    const std::int64_t begin = k * num / den + (any_in(0, 15) == 0 ? 1 : 0);
    add(GateKind::kOn, begin, static_cast<std::uint64_t>(k + 1));
    if (off) add(GateKind::kOff, begin + 6, static_cast<std::uint64_t>(k + 1));
  }
  return decisions;
}

std::vector<DecisionTrain> folded(const std::vector<Decision>& decisions, std::vector<Decision>& expanded) {
  std::vector<DecisionTrain> trains;
  DecisionFolder folder;
  const auto close = [&] {
    if (folder.count() == 0) return;
    trains.push_back(folder.train());
    trains.back().for_each([&](const Decision& decision) { expanded.push_back(decision); });
    folder.clear();
  };
  for (const Decision& decision : decisions) {
    if (folder.extend(decision)) continue;
    close();
    if (!folder.extend(decision)) expanded.push_back(decision);
  }
  close();
  return trains;
}

RC_GTEST_PROP(DigitalLine, HasEveryPointOfALine, ()) {
  const std::int64_t den = any_in<std::int64_t>(1, 200);
  const std::int64_t num = any_in<std::int64_t>(0, 5000);
  const std::int64_t phase = any_in<std::int64_t>(0, den);
  DigitalLine line;
  for (std::int64_t x = 1; x < 300; ++x) {
    RC_ASSERT(line.extend((phase + x * num) / den));
    RC_ASSERT(line.phase() >= 0 && line.phase() < line.den() && line.den() <= den);
    for (std::int64_t k = 0; k <= x; ++k) {
      RC_ASSERT((line.phase() + k * line.num()) / line.den() == (phase + k * num) / den);
    }
  }
}

RC_GTEST_PROP(DigitalLine, RefusesOnlyWhatIsNoLine, ()) {
  // Any short sequence of small steps, against all lines with a small denominator.
  DigitalLine line;
  std::vector<std::int64_t> points{0};
  const auto exists = [&] {
    for (std::int64_t den = 1; den <= 12; ++den) {
      for (std::int64_t num = 0; num <= 3 * den; ++num) {
        for (std::int64_t phase = 0; phase < den; ++phase) {
          bool all = true;
          for (std::size_t x = 0; x < points.size() && all; ++x) {
            all = (phase + static_cast<std::int64_t>(x) * num) / den == points[x];
          }
          if (all) return true;
        }
      }
    }
    return false;
  };
  for (int x = 0; x < 11; ++x) {
    points.push_back(points.back() + any_in<std::int64_t>(1, 3));
    const bool is_line = line.extend(points.back());
    RC_ASSERT(is_line == exists());
    if (!is_line) return;
  }
}

RC_GTEST_PROP(DecisionTrain, MeansExactlyItsExpansion, ()) {
  const std::vector<Decision> decisions = any_decisions();
  std::vector<Decision> expanded;
  for (const DecisionTrain& train : folded(decisions, expanded)) {
    RC_ASSERT(train.gates.sane());
    std::uint64_t j = 0;
    train.for_each([&](const Decision& decision) { RC_ASSERT(decision == train.decision(j++)); });
    RC_ASSERT(j == train.count());
  }
  RC_ASSERT(expanded == decisions);
}

RC_GTEST_PROP(DecisionTrain, HasTheDigestOfItsDecisions, ()) {
  const std::vector<Decision> decisions = any_decisions();
  RunDigest singly;
  for (const Decision& decision : decisions) singly.add(decision, "csi");
  RunDigest in_trains;
  std::vector<Decision> ignored;
  DecisionFolder folder;
  for (const Decision& decision : decisions) {
    if (folder.extend(decision)) continue;
    if (folder.count() > 0) in_trains.add(folder.train(), "csi");
    folder.clear();
    if (!folder.extend(decision)) in_trains.add(decision, "csi");
  }
  if (folder.count() > 0) in_trains.add(folder.train(), "csi");
  RC_ASSERT(in_trains.finish() == singly.finish());
}

RC_GTEST_PROP(GateLog, HasTheGatesAndTheLiveTimeOfSingleOnes, ()) {
  const std::vector<Decision> decisions = any_decisions();
  GateLog log;
  std::vector<ReadGate> gates;
  std::vector<Interval> windows;
  for (const Decision& decision : decisions) {
    log.add(decision.gate, decision.window);
    gates.push_back({decision.gate.kind, decision.gate.time, decision.window});
    windows.push_back(decision.window);
  }
  std::size_t i = 0;
  log.for_each([&](const Gate& gate, Interval window) {
    RC_ASSERT(gate == decisions[i].gate);
    RC_ASSERT(window == decisions[i].window);
    ++i;
  });
  RC_ASSERT(i == decisions.size());
  DeadTime dead;
  for (IntervalSet& set : dead.by_reason) {
    if (any_in(0, 2) == 0) set = any_set(4);
  }
  const Interval run{{any_in<std::int64_t>(-10, 50)}, {any_in<std::int64_t>(50, 2500)}};
  const bool whole_gate = *rc::gen::arbitrary<bool>();
  const bool gated = *rc::gen::arbitrary<bool>();
  const IntervalSet emitted(gated ? windows : std::vector<Interval>{run});
  const LiveTimeBooks expected = live_time_books(gates, dead, whole_gate, run, emitted);
  const LiveTimeBooks found = live_time_books(log, dead, whole_gate, run, gated);
  RC_ASSERT(found.gates == expected.gates);
  RC_ASSERT(found.run == expected.run);
  RC_ASSERT(found.run.balances());
}

}  // namespace
}  // namespace spillway::model
