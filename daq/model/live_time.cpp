#include "daq/model/live_time.hpp"

#include <algorithm>
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

/// The union of windows that come in the order of their begins, of which only the last piece is kept.
class WindowUnion {
 public:
  WindowUnion(const DeadTime& disjoint, const IntervalSet& dead, Interval run)
      : disjoint_(&disjoint), dead_(&dead), run_(run) {}

  void add(Interval window) {
    if (window.empty()) return;
    if (window.begin <= open_.end) {
      open_.end = std::max(open_.end, window.end);
    } else {
      settle();
      open_ = window;
    }
  }

  /// Length of the union within the run, and how much of it is dead, by reason.
  LiveTime finish() {
    settle();
    return line_;
  }

 private:
  void settle() {
    const Interval read = open_.clipped_to(run_);
    if (read.empty()) return;
    line_.wall += read.length();
    if (!dead_->overlaps(read)) return;
    for (std::size_t i = 0; i < line_.dead.size(); ++i) {
      line_.dead[i] += disjoint_->of(kDeadReasons[i]).clipped_to(read).length();
    }
  }

  const DeadTime* disjoint_;
  const IntervalSet* dead_;
  Interval run_;
  Interval open_{Timestamp::min(), Timestamp::min()};
  LiveTime line_;
};

bool in_order(const GateLog& gates) {
  Timestamp last = Timestamp::min();
  bool ordered = true;
  gates.for_each([&](const Gate&, Interval window) {
    ordered = ordered && last <= window.begin;
    last = window.begin;
  });
  return ordered;
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

LiveTimeBooks live_time_books(const GateLog& gates, const DeadTime& dead, bool whole_gate, Interval run, bool gated) {
  if (gated && !in_order(gates)) {
    std::vector<ReadGate> read;
    std::vector<Interval> windows;
    gates.for_each([&](const Gate& gate, Interval window) {
      read.push_back({gate.kind, gate.time, window});
      windows.push_back(window);
    });
    return live_time_books(read, dead, whole_gate, run, IntervalSet(windows));
  }
  const DeadTime disjoint = dead.disjoint();
  const IntervalSet anywhere = disjoint.united();
  WindowUnion emitted(disjoint, anywhere, run);
  if (!gated) emitted.add(run);
  LiveTimeBooks books;
  gates.for_each([&](const Gate& gate, Interval window) {
    LiveTime& line = books.gates[static_cast<std::size_t>(gate.kind)];
    if (anywhere.overlaps(window) || anywhere.overlaps(gate.time)) {
      line += live_time_of({gate.kind, gate.time, window}, disjoint, whole_gate);
    } else {
      line.wall += gate.time.length();
      line.live += gate.time.length();
    }
    if (gated) emitted.add(window);
  });
  const LiveTime read = emitted.finish();
  books.run.wall = run.length();
  books.run.not_read = run.length() - read.wall;
  books.run.dead = read.dead;
  books.run.live = read.wall - total_dead(read);
  return books;
}

}  // namespace spillway::model
