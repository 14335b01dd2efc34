#include "daq/model/gate_train.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "daq/model/live_time.hpp"
#include "tests/property/model/generators.hpp"

namespace spillway::model {
namespace {

GateTrain any_train() {
  GateTrain train;
  train.kind = *rc::gen::elementOf(std::vector(kGateKinds.begin(), kGateKinds.end()));
  train.first = {any_in<std::int64_t>(-1000, 1000)};
  train.period_num = any_in<std::uint64_t>(0, 2000);
  train.period_den = any_in<std::uint64_t>(1, 40);
  train.count = any_in<std::uint64_t>(0, 60);
  train.length = {any_in<std::int64_t>(0, 30)};
  train.first_index = any_in<std::uint64_t>(0, 100);
  train.first_pulse_id = any_in<std::uint64_t>(0, 100);
  train.protons = static_cast<double>(any_in(0, 100));
  train.phase = any_in<std::uint64_t>(0, train.period_den);
  return train;
}

RC_GTEST_PROP(GateTrain, MeansExactlyItsExpansion, ()) {
  const GateTrain train = any_train();
  const std::vector<Gate> gates = train.expanded();
  RC_ASSERT(gates.size() == train.count);
  Duration wall;
  for (std::uint64_t k = 0; k < gates.size(); ++k) {
    const Gate& gate = gates[k];
    const auto offset = static_cast<std::int64_t>((train.phase + k * train.period_num) / train.period_den);
    RC_ASSERT(gate == train.gate(k));
    RC_ASSERT(gate.kind == train.kind);
    RC_ASSERT(gate.time.begin == train.first + nanoseconds(offset));
    RC_ASSERT(gate.time.length() == train.length);
    RC_ASSERT(gate.index == train.first_index + k);
    RC_ASSERT(gate.pulse_id == train.first_pulse_id + k);
    RC_ASSERT(gate.protons == train.protons);
    wall += gate.time.length();
  }
  RC_ASSERT(train.wall() == wall);
}

RC_GTEST_PROP(GateTrain, CountsWhatHasBegunAsItsExpansionDoes, ()) {
  const GateTrain train = any_train();
  const std::vector<Gate> gates = train.expanded();
  const Timestamp t{any_in<std::int64_t>(-1500, 6000)};
  const auto begun = std::count_if(gates.begin(), gates.end(), [t](const Gate& g) { return g.time.begin < t; });
  RC_ASSERT(train.begun_before(t) == static_cast<std::uint64_t>(begun));
}

RC_GTEST_PROP(GateTrain, SplitsIntoTheSameGates, ()) {
  const GateTrain train = any_train();
  const std::uint64_t k = any_in<std::uint64_t>(0, train.count + 1);
  const auto [before, after] = train.split(k);
  std::vector<Gate> gates = before.expanded();
  const std::vector<Gate> rest = after.expanded();
  gates.insert(gates.end(), rest.begin(), rest.end());
  RC_ASSERT(gates == train.expanded());
  const std::uint64_t j = any_in<std::uint64_t>(0, after.count + 1);
  RC_ASSERT(after.split(j).second.expanded() == train.split(k + j).second.expanded());
}

RC_GTEST_PROP(GateTrain, ItsLiveTimeIsThatOfItsPieces, (bool whole_gate)) {
  const GateTrain train = any_train();
  DeadTime dead;
  for (IntervalSet& set : dead.by_reason) set = any_set(3);
  const auto books_of = [&](const std::vector<Gate>& gates) {
    std::vector<ReadGate> read;
    read.reserve(gates.size());
    for (const Gate& gate : gates) read.push_back({gate.kind, gate.time, gate.time});
    return live_time_books(read, dead, whole_gate, {}, {}).gates[static_cast<std::size_t>(train.kind)];
  };
  const auto [before, after] = train.split(any_in<std::uint64_t>(0, train.count + 1));
  const LiveTime whole = books_of(train.expanded());
  RC_ASSERT(whole.wall == train.wall());
  RC_ASSERT(whole.balances());
  RC_ASSERT(whole.live == books_of(before.expanded()).live + books_of(after.expanded()).live);
}

}  // namespace
}  // namespace spillway::model
