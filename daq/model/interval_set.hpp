#pragma once

#include <span>
#include <vector>

#include "daq/base/time.hpp"

namespace spillway::model {

/// A set of instants: sorted, disjoint, non-touching, non-empty half-open intervals.
class IntervalSet {
 public:
  IntervalSet() = default;
  explicit IntervalSet(std::span<const Interval> intervals);

  /// Adds an interval; empty ones are ignored, overlapping and touching ones are united.
  void add(Interval interval);
  void add(const IntervalSet& other);

  [[nodiscard]] IntervalSet united(const IntervalSet& other) const;
  [[nodiscard]] IntervalSet intersected(const IntervalSet& other) const;
  [[nodiscard]] IntervalSet subtracted(const IntervalSet& other) const;
  [[nodiscard]] IntervalSet clipped_to(Interval bounds) const;

  [[nodiscard]] Duration length() const;
  [[nodiscard]] bool overlaps(Interval interval) const;
  [[nodiscard]] bool empty() const { return intervals_.empty(); }
  [[nodiscard]] std::span<const Interval> intervals() const { return intervals_; }
  /// Forgets everything before `t`; an interval that straddles it is cut.
  void drop_before(Timestamp t);

  friend bool operator==(const IntervalSet&, const IntervalSet&) = default;

 private:
  std::vector<Interval> intervals_;
};

}  // namespace spillway::model
