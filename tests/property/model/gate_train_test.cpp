#include "daq/model/gate_train.hpp"

#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

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

RC_GTEST_PROP(GateTrain, ItsGatesBeginAtTheWholeNanosecondsOfMultiplesOfThePeriod, ()) {
  const GateTrain train = any_train();
  for (std::uint64_t k = 0; k < train.count; ++k) {
    const Gate gate = train.gate(k);
    const auto offset = static_cast<std::int64_t>((train.phase + k * train.period_num) / train.period_den);
    RC_ASSERT(gate.kind == train.kind);
    RC_ASSERT(gate.time.begin == train.first + nanoseconds(offset));
    RC_ASSERT(gate.time.length() == train.length);
    RC_ASSERT(gate.index == train.first_index + k);
    RC_ASSERT(gate.pulse_id == train.first_pulse_id + k);
    RC_ASSERT(gate.protons == train.protons);
  }
}

}  // namespace
}  // namespace spillway::model
