#include "daq/model/interval_set.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/property/model/generators.hpp"

namespace spillway::model {
namespace {

/// Sorted, disjoint, not touching, none empty.
void check_form(const IntervalSet& set) {
  for (std::size_t i = 0; i < set.intervals().size(); ++i) {
    RC_ASSERT(!set.intervals()[i].empty());
    if (i > 0) RC_ASSERT(set.intervals()[i - 1].end < set.intervals()[i].begin);
  }
}

template <typename Rule>
Bitmap combined(const IntervalSet& a, const IntervalSet& b, Rule rule) {
  const Bitmap left = bitmap_of(a.intervals());
  const Bitmap right = bitmap_of(b.intervals());
  Bitmap bits(kBitmapNs);
  for (std::size_t i = 0; i < kBitmapNs; ++i) bits[i] = rule(left[i], right[i]);
  return bits;
}

RC_GTEST_PROP(IntervalSet, HoldsExactlyTheInstantsOfItsIntervals, ()) {
  const auto intervals = any_intervals();
  const IntervalSet at_once(intervals);
  IntervalSet one_by_one;
  for (const Interval& interval : intervals) one_by_one.add(interval);
  check_form(at_once);
  RC_ASSERT(at_once == one_by_one);
  RC_ASSERT(bitmap_of(at_once.intervals()) == bitmap_of(intervals));
}

RC_GTEST_PROP(IntervalSet, AlgebraIsThatOfBitmaps, ()) {
  const IntervalSet a = any_set();
  const IntervalSet b = any_set();
  check_form(a.united(b));
  check_form(a.intersected(b));
  check_form(a.subtracted(b));
  RC_ASSERT(bitmap_of(a.united(b).intervals()) == combined(a, b, [](bool x, bool y) { return x || y; }));
  RC_ASSERT(bitmap_of(a.intersected(b).intervals()) == combined(a, b, [](bool x, bool y) { return x && y; }));
  RC_ASSERT(bitmap_of(a.subtracted(b).intervals()) == combined(a, b, [](bool x, bool y) { return x && !y; }));
  IntervalSet sum = a;
  sum.add(b);
  RC_ASSERT(sum == a.united(b));
}

RC_GTEST_PROP(IntervalSet, LengthOverlapAndClippingCountNanoseconds, ()) {
  const IntervalSet set = any_set();
  const Interval bounds = any_interval();
  const Bitmap bits = bitmap_of(set.intervals());
  RC_ASSERT(set.length().ns == std::count(bits.begin(), bits.end(), true));
  const IntervalSet clipped = set.clipped_to(bounds);
  check_form(clipped);
  RC_ASSERT(bitmap_of(clipped.intervals()) ==
            combined(set, IntervalSet(std::vector{bounds}), [](bool x, bool y) { return x && y; }));
  RC_ASSERT(set.overlaps(bounds) == !clipped.empty());
}

RC_GTEST_PROP(IntervalSet, DroppingThePastLeavesTheRest, ()) {
  IntervalSet set = any_set();
  const Timestamp t{any_in<std::int64_t>(0, kLastNs)};
  const IntervalSet expected = set.clipped_to({t, Timestamp::max()});
  set.drop_before(t);
  RC_ASSERT(set == expected);
}

}  // namespace
}  // namespace spillway::model
