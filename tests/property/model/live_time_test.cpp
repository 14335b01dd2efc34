#include "daq/model/live_time.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/property/model/generators.hpp"

namespace spillway::model {
namespace {

using ReasonOfNs = std::vector<int>;  ///< index of the first reason, or -1 where live
constexpr int kLive = -1;

ReasonOfNs reasons(const DeadTime& dead) {
  ReasonOfNs first(kBitmapNs, kLive);
  for (std::size_t r = kDeadReasons.size(); r-- > 0;) {
    const Bitmap bits = bitmap_of(dead.by_reason[r].intervals());
    for (std::size_t t = 0; t < kBitmapNs; ++t) {
      if (bits[t]) first[t] = static_cast<int>(r);
    }
  }
  return first;
}

void book(LiveTime& line, int reason) {
  line.wall += nanoseconds(1);
  (reason == kLive ? line.live : line.dead[static_cast<std::size_t>(reason)]) += nanoseconds(1);
}

/// Nanosecond by nanosecond.
LiveTimeBooks counted(const std::vector<ReadGate>& gates, const DeadTime& dead, bool whole_gate, Interval run,
                      const IntervalSet& emitted) {
  const ReasonOfNs reason = reasons(dead);
  LiveTimeBooks books;
  for (const ReadGate& gate : gates) {
    int of_window = kLive;
    for (std::int64_t t = gate.window.begin.ns; t < gate.window.end.ns; ++t) {
      const int here = reason[static_cast<std::size_t>(t)];
      if (here != kLive && (of_window == kLive || here < of_window)) of_window = here;
    }
    LiveTime& line = books.gates[static_cast<std::size_t>(gate.kind)];
    for (std::int64_t t = gate.time.begin.ns; t < gate.time.end.ns; ++t) {
      book(line, whole_gate ? of_window : reason[static_cast<std::size_t>(t)]);
    }
  }
  const Bitmap read = bitmap_of(emitted.intervals());
  for (std::int64_t t = run.begin.ns; t < run.end.ns; ++t) {
    if (read[static_cast<std::size_t>(t)]) {
      book(books.run, reason[static_cast<std::size_t>(t)]);
    } else {
      books.run.wall += nanoseconds(1);
      books.run.not_read += nanoseconds(1);
    }
  }
  return books;
}

ReadGate any_gate() {
  const auto begin = any_in<std::int64_t>(20, kLastNs);
  const auto length = any_in<std::int64_t>(1, 20);
  const auto pre = any_in<std::int64_t>(0, 20);
  const auto post = any_in<std::int64_t>(0, 20);
  return {*rc::gen::elementOf(std::vector(kGateKinds.begin(), kGateKinds.end())),
          {{begin}, {begin + length}},
          {{begin - pre}, {begin + length + post}}};
}

RC_GTEST_PROP(LiveTimeBooks, EqualABruteForceCountOfNanoseconds, (bool whole_gate, bool gated)) {
  DeadTime dead;
  for (IntervalSet& set : dead.by_reason) set = any_set(4);
  std::vector<ReadGate> gates(static_cast<std::size_t>(any_in(0, 12)));
  for (ReadGate& gate : gates) gate = any_gate();
  const auto run_begin = any_in<std::int64_t>(0, 50);
  const Interval run{{run_begin}, {any_in<std::int64_t>(run_begin, kLastNs)}};
  IntervalSet emitted;
  if (!gated) emitted.add({{0}, {static_cast<std::int64_t>(kBitmapNs)}});
  for (const ReadGate& gate : gates) emitted.add(gate.window);

  const LiveTimeBooks books = live_time_books(gates, dead, whole_gate, run, emitted);
  const LiveTimeBooks expected = counted(gates, dead, whole_gate, run, emitted);
  RC_ASSERT(books.gates == expected.gates);
  RC_ASSERT(books.run == expected.run);
  RC_ASSERT(books.run.balances());
  for (const LiveTime& line : books.gates) RC_ASSERT(line.balances());
}

RC_GTEST_PROP(DeadTime, DisjointReasonsShareNoNanosecondAndKeepTheirUnion, ()) {
  DeadTime dead;
  for (IntervalSet& set : dead.by_reason) set = any_set(5);
  const DeadTime disjoint = dead.disjoint();
  IntervalSet united;
  for (const IntervalSet& set : disjoint.by_reason) {
    RC_ASSERT(united.intersected(set).empty());
    united.add(set);
  }
  RC_ASSERT(united == dead.united());
  RC_ASSERT(disjoint.disjoint().by_reason == disjoint.by_reason);
}

}  // namespace
}  // namespace spillway::model
