#include "daq/model/live_time.hpp"

#include <numeric>

namespace spillway::model {
namespace {

LiveTime& operator+=(LiveTime& sum, const LiveTime& more) {
  sum.wall += more.wall;
  sum.live += more.live;
  for (std::size_t i = 0; i < sum.dead.size(); ++i) sum.dead[i] += more.dead[i];
  return sum;
}

Duration total_dead(const LiveTime& line) {
  return std::accumulate(line.dead.begin(), line.dead.end(), Duration{});
}

}  // namespace

DeadTime DeadTime::disjoint() const {
  DeadTime result;
  IntervalSet booked;
  for (const DeadReason reason : kDeadReasons) {
    result.of(reason) = of(reason).subtracted(booked);
    booked.add(of(reason));
  }
  return result;
}

IntervalSet DeadTime::united() const {
  std::vector<Interval> all;
  for (const IntervalSet& set : by_reason) {
    all.insert(all.end(), set.intervals().begin(), set.intervals().end());
  }
  return IntervalSet(all);
}

bool LiveTime::balances() const {
  return live + total_dead(*this) + not_read == wall;
}

LiveTime live_time_of(const ReadGate& gate, const DeadTime& dead, bool whole_gate) {
  LiveTime line;
  line.wall = gate.time.length();
  for (std::size_t i = 0; i < kDeadReasons.size(); ++i) {
    const IntervalSet& set = dead.of(kDeadReasons[i]);
    if (whole_gate && set.overlaps(gate.window)) {
      line.dead[i] = line.wall;
      return line;
    }
    if (!whole_gate) line.dead[i] = set.clipped_to(gate.time).length();
  }
  line.live = line.wall - total_dead(line);
  return line;
}

LiveTimeBooks live_time_books(std::span<const ReadGate> gates, const DeadTime& dead, bool whole_gate, Interval run,
                              const IntervalSet& emitted) {
  const DeadTime disjoint = dead.disjoint();
  LiveTimeBooks books;
  for (const ReadGate& gate : gates) {
    books.gates[static_cast<std::size_t>(gate.kind)] += live_time_of(gate, disjoint, whole_gate);
  }
  const IntervalSet read = emitted.clipped_to(run);
  books.run.wall = run.length();
  books.run.not_read = books.run.wall - read.length();
  for (std::size_t i = 0; i < kDeadReasons.size(); ++i) {
    books.run.dead[i] = disjoint.of(kDeadReasons[i]).intersected(read).length();
  }
  books.run.live = read.length() - total_dead(books.run);
  return books;
}

}  // namespace spillway::model
