#include "daq/model/gate_train.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

namespace spillway::model {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr auto kLongest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

}  // namespace

Gate GateTrain::gate(std::uint64_t k) const {
  assert(k <= count && period_den > 0 && phase < period_den);
  const Wide offset = std::min<Wide>((static_cast<Wide>(k) * period_num + phase) / period_den, kLongest);
  const Timestamp begin = first + Duration{static_cast<std::int64_t>(offset)};
  return {kind, {begin, begin + length}, first_index + k, first_pulse_id + k, protons};
}

bool is_sane(const GateTrain& train) {
  return static_cast<std::size_t>(train.kind) < kGateKinds.size() && train.count > 0 && train.length.ns > 0 &&
         train.period_den > 0 && train.phase < train.period_den && train.period_num <= kLongest &&
         train.gate(train.count - 1).time.end < Timestamp::max();
}

}  // namespace spillway::model
