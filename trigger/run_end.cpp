#include "trigger/run_end.hpp"

#include <algorithm>

namespace spillway::trigger {

RunEnd::RunEnd(RunLimits limits, std::size_t facilities)
    : limits_(limits), frontiers_(facilities, Timestamp::min()), on_gates_(facilities) {
  if (limits_.duration > Duration{}) bound(limits_.begin + limits_.duration, "duration reached");
}

void RunEnd::add_on_gate(std::size_t facility, Timestamp begin) {
  if (limits_.gates > 0 && !end_) on_gates_.at(facility).push_back(begin);
}

void RunEnd::set_frontier(std::size_t facility, Timestamp frontier, std::int64_t sent_wall_ns) {
  const Timestamp before = this->frontier();
  frontiers_.at(facility) = std::max(frontiers_.at(facility), frontier);
  if (limits_.gates > 0 && this->frontier() > before) deliveries_.add(this->frontier(), sent_wall_ns);
  settle();
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
  for (auto& gates : on_gates_) gates.clear();
}

Timestamp RunEnd::frontier() const {
  Timestamp least = Timestamp::max();
  for (const Timestamp frontier : frontiers_) least = std::min(least, frontier);
  return least;
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
    for (auto& gates : on_gates_) {
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

Timestamp RunEnd::decidable_before() const {
  if (end_) return *end_;
  return limits_.gates > 0 ? frontier() : Timestamp::max();
}

}  // namespace spillway::trigger
