#include "trigger/run_end.hpp"

#include <algorithm>
#include <limits>

namespace spillway::trigger {

namespace {

constexpr auto kAnyNumber = std::numeric_limits<std::uint64_t>::max();

std::uint64_t saturated_sum(std::uint64_t a, std::uint64_t b) {
  return a > kAnyNumber - b ? kAnyNumber : a + b;
}

}  // namespace

RunEnd::RunEnd(RunLimits limits, std::span<const Duration> min_periods)
    : limits_(limits), certain_before_(limits.gates > 0 ? limits.begin : Timestamp::max()) {
  for (const Duration period : min_periods) facilities_.push_back({period, limits.begin, limits.begin, {}});
  if (limits_.duration > Duration{}) bound(limits_.begin + limits_.duration, "duration reached");
}

void RunEnd::add_on_gate(std::size_t facility, Timestamp begin) {
  Facility& from = facilities_.at(facility);
  from.next_from = std::max(from.next_from, begin + from.min_period);
  if (limits_.gates > 0 && !end_) from.on_gates.push_back(begin);
}

void RunEnd::set_frontier(std::size_t facility, Timestamp frontier, std::int64_t sent_wall_ns) {
  Facility& from = facilities_.at(facility);
  from.frontier = std::max(from.frontier, frontier);
  from.next_from = std::max(from.next_from, frontier);
  settle();
  if (limits_.gates == 0) return;
  const Timestamp certain = end_ ? *end_ : reached_by(limits_.gates - placed_);
  if (certain <= certain_before_) return;
  certain_before_ = certain;
  deliveries_.add(certain, sent_wall_ns);
}

void RunEnd::end_run(Timestamp at) {
  if (!end_) fix(bound_ ? std::min(*bound_, at) : at, "asked to end");
}

void RunEnd::bound(Timestamp end, const char* why) {
  if (!bound_ || end < *bound_) {
    bound_ = end;
    bound_why_ = why;
  }
  settle();
}

void RunEnd::fix(Timestamp end, const char* why) {
  if (end_) return;
  end_ = std::max(end, limits_.begin);
  why_ = why;
  for (Facility& facility : facilities_) facility.on_gates.clear();
}

Timestamp RunEnd::frontier() const {
  Timestamp least = Timestamp::max();
  for (const Facility& facility : facilities_) least = std::min(least, facility.frontier);
  return least;
}

std::uint64_t RunEnd::Facility::most_before(Timestamp t) const {
  const auto known = std::ranges::lower_bound(on_gates, t) - on_gates.begin();
  if (t <= next_from) return static_cast<std::uint64_t>(known);
  if (min_period.ns == 0) return kAnyNumber;
  const Duration open = t - next_from - nanoseconds(1);
  return static_cast<std::uint64_t>(known) + static_cast<std::uint64_t>(open.ns / min_period.ns) + 1;
}

Timestamp RunEnd::reached_by(std::uint64_t gates) const {
  const auto few_enough = [&](Timestamp t) {
    std::uint64_t most = 0;
    for (const Facility& facility : facilities_) most = saturated_sum(most, facility.most_before(t));
    return most <= gates;
  };
  Timestamp reached = frontier();
  Timestamp beyond = reached;
  for (const Facility& facility : facilities_) beyond = std::max(beyond, facility.frontier);
  if (bound_) beyond = std::min(beyond, *bound_);
  if (few_enough(beyond)) return std::max(reached, beyond);
  while (beyond - reached > nanoseconds(1)) {
    const Timestamp middle = reached + Duration{(beyond - reached).ns / 2};
    (few_enough(middle) ? reached : beyond) = middle;
  }
  return reached;
}

void RunEnd::settle() {
  if (end_) return;
  if (limits_.gates == 0) {
    if (bound_) fix(*bound_, bound_why_);
    return;
  }
  const Timestamp known = frontier();
  for (;;) {
    std::deque<Timestamp>* earliest = nullptr;
    for (Facility& facility : facilities_) {
      auto& gates = facility.on_gates;
      if (!gates.empty() && (earliest == nullptr || gates.front() < earliest->front())) earliest = &gates;
    }
    if (earliest == nullptr || earliest->front() >= known) break;
    const Timestamp begin = earliest->front();
    earliest->pop_front();
    if (bound_ && begin >= *bound_) break;
    if (++placed_ > limits_.gates) {
      fix(begin, "gates reached");
      return;
    }
  }
  if (bound_ && known >= *bound_) fix(*bound_, bound_why_);
}

}  // namespace spillway::trigger
