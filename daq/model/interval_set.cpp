#include "daq/model/interval_set.hpp"

#include <algorithm>
#include <limits>

namespace spillway::model {
namespace {

/// First interval of a sorted set that ends after `t`.
std::vector<Interval>::const_iterator first_ending_after(const std::vector<Interval>& intervals, Timestamp t) {
  return std::partition_point(intervals.begin(), intervals.end(), [t](const Interval& i) { return i.end <= t; });
}

}  // namespace

IntervalSet::IntervalSet(std::span<const Interval> intervals) {
  std::vector<Interval> sorted;
  for (const Interval& interval : intervals) {
    if (!interval.empty()) sorted.push_back(interval);
  }
  std::sort(sorted.begin(), sorted.end());
  for (const Interval& interval : sorted) {
    if (!intervals_.empty() && interval.begin <= intervals_.back().end) {
      intervals_.back().end = std::max(intervals_.back().end, interval.end);
    } else {
      intervals_.push_back(interval);
    }
  }
}

void IntervalSet::add(Interval interval) {
  if (interval.empty()) return;
  const auto first = std::partition_point(intervals_.begin(), intervals_.end(),
                                          [&interval](const Interval& i) { return i.end < interval.begin; });
  const auto last =
      std::partition_point(first, intervals_.end(), [&interval](const Interval& i) { return i.begin <= interval.end; });
  if (first == last) {
    intervals_.insert(first, interval);
    return;
  }
  *first = {std::min(interval.begin, first->begin), std::max(interval.end, std::prev(last)->end)};
  intervals_.erase(std::next(first), last);
}

void IntervalSet::add(const IntervalSet& other) {
  *this = united(other);
}

IntervalSet IntervalSet::united(const IntervalSet& other) const {
  std::vector<Interval> both = intervals_;
  both.insert(both.end(), other.intervals_.begin(), other.intervals_.end());
  return IntervalSet(both);
}

IntervalSet IntervalSet::intersected(const IntervalSet& other) const {
  IntervalSet result;
  auto a = intervals_.begin();
  auto b = other.intervals_.begin();
  while (a != intervals_.end() && b != other.intervals_.end()) {
    const Interval shared = a->clipped_to(*b);
    if (!shared.empty()) result.intervals_.push_back(shared);
    if (a->end < b->end) {
      ++a;
    } else {
      ++b;
    }
  }
  return result;
}

IntervalSet IntervalSet::subtracted(const IntervalSet& other) const {
  IntervalSet result;
  auto hole = other.intervals_.begin();
  for (Interval rest : intervals_) {
    while (hole != other.intervals_.end() && hole->end <= rest.begin) ++hole;
    for (auto h = hole; h != other.intervals_.end() && h->begin < rest.end; ++h) {
      if (rest.begin < h->begin) result.intervals_.push_back({rest.begin, h->begin});
      rest.begin = h->end;
    }
    if (!rest.empty()) result.intervals_.push_back(rest);
  }
  return result;
}

IntervalSet IntervalSet::clipped_to(Interval bounds) const {
  IntervalSet result;
  if (bounds.empty()) return result;
  for (auto i = first_ending_after(intervals_, bounds.begin); i != intervals_.end() && i->begin < bounds.end; ++i) {
    result.intervals_.push_back(i->clipped_to(bounds));
  }
  return result;
}

Duration IntervalSet::length() const {
  Duration sum;
  for (const Interval& interval : intervals_) {
    if (__builtin_add_overflow(sum.ns, interval.length().ns, &sum.ns)) {
      return {std::numeric_limits<std::int64_t>::max()};
    }
  }
  return sum;
}

bool IntervalSet::overlaps(Interval interval) const {
  if (interval.empty()) return false;
  const auto first = first_ending_after(intervals_, interval.begin);
  return first != intervals_.end() && first->begin < interval.end;
}

void IntervalSet::drop_before(Timestamp t) {
  intervals_.erase(intervals_.begin(), first_ending_after(intervals_, t));
  if (!intervals_.empty()) intervals_.front().begin = std::max(intervals_.front().begin, t);
}

}  // namespace spillway::model
