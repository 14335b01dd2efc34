#include "daq/model/gate_train.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

namespace spillway::model {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr auto kLongest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

Wide numerator(const GateTrain& train, std::uint64_t k) {
  return static_cast<Wide>(k) * train.period_num + train.phase;
}

}  // namespace

Gate GateTrain::gate(std::uint64_t k) const {
  assert(k <= count && period_den > 0 && phase < period_den);
  const Wide offset = std::min<Wide>(numerator(*this, k) / period_den, kLongest);
  const Timestamp begin = first + Duration{static_cast<std::int64_t>(offset)};
  return {kind, {begin, begin + length}, first_index + k, first_pulse_id + k, protons};
}

std::vector<Gate> GateTrain::expanded() const {
  std::vector<Gate> gates;
  gates.reserve(count);
  for (std::uint64_t k = 0; k < count; ++k) gates.push_back(gate(k));
  return gates;
}

Duration GateTrain::wall() const {
  if (length.ns <= 0) return {};
  const Wide sum = static_cast<Wide>(static_cast<std::uint64_t>(length.ns)) * count;
  return {static_cast<std::int64_t>(std::min<Wide>(sum, kLongest))};
}

std::uint64_t GateTrain::begun_before(Timestamp t) const {
  assert(period_den > 0 && phase < period_den);
  if (t <= first) return 0;
  if (period_num == 0) return count;
  // floor(x) < d for a whole d is x < d, that is, phase + k num < d den.
  const std::uint64_t d = static_cast<std::uint64_t>(t.ns) - static_cast<std::uint64_t>(first.ns);
  const Wide room = static_cast<Wide>(d) * period_den - phase;
  const Wide begun = room / period_num + (room % period_num != 0 ? 1 : 0);
  return static_cast<std::uint64_t>(std::min<Wide>(begun, count));
}

std::pair<GateTrain, GateTrain> GateTrain::split(std::uint64_t k) const {
  assert(k <= count);
  GateTrain before = *this;
  before.count = k;
  GateTrain after = *this;
  after.count = count - k;
  after.first = gate(k).time.begin;
  after.phase = static_cast<std::uint64_t>(numerator(*this, k) % period_den);
  after.first_index += k;
  after.first_pulse_id += k;
  return {before, after};
}

bool is_sane(const GateTrain& train) {
  return static_cast<std::size_t>(train.kind) < kGateKinds.size() && train.count > 0 && train.length.ns > 0 &&
         train.period_den > 0 && train.phase < train.period_den && train.period_num <= kLongest &&
         train.gate(train.count - 1).time.end < Timestamp::max();
}

}  // namespace spillway::model
