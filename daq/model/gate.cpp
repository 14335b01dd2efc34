#include "daq/model/gate.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <string>
#include <tuple>

#include "daq/base/random.hpp"

namespace spillway::model {
namespace {

constexpr std::size_t index_of(GateKind kind) {
  return static_cast<std::size_t>(kind);
}

constexpr std::int64_t kSecond = 1'000'000'000;

}  // namespace

std::string_view name(GateKind kind) {
  constexpr std::array<std::string_view, kGateKinds.size()> kNames = {"on", "off", "random"};
  assert(index_of(kind) < kNames.size());
  return kNames[index_of(kind)];
}

std::string_view GateMaker::name(Drop rule) {
  constexpr std::array<std::string_view, 6> kNames = {"empty",          "on_overlaps_on",   "on_too_soon",
                                                      "off_touches_on", "off_overlaps_off", "random_overlaps_random"};
  return kNames[static_cast<std::size_t>(rule)];
}

bool GateMaker::ByBegin::operator()(const Pulse& a, const Pulse& b) const {
  const auto key = [](const Pulse& p) { return std::tie(p.time, p.id, p.protons, p.protons_uncertainty, p.flags); };
  return key(a) < key(b);
}

bool GateMaker::OffCandidate::operator<(const OffCandidate& other) const {
  return std::tie(gate.time.begin, on_begin) < std::tie(other.gate.time.begin, other.on_begin);
}

GateMaker::GateMaker(const Facility& facility, std::uint64_t seed, Timestamp run_begin)
    : facility_(facility), seed_(seed), run_begin_(run_begin), frontier_(run_begin) {
  taken_until_.fill(Timestamp::min());
  auto& offsets = facility_.off_offsets;
  std::sort(offsets.begin(), offsets.end());
  offsets.erase(std::unique(offsets.begin(), offsets.end()), offsets.end());
  if (!offsets.empty()) earliest_offset_ = offsets.front();
}

bool GateMaker::add(const Pulse& pulse) {
  if (pulse.revision > 0) return true;
  if (pulse.time.begin < watermark_) return false;
  pulses_.insert(pulse);
  return true;
}

void GateMaker::advance(Timestamp watermark, std::vector<Gate>& out) {
  watermark_ = std::max(watermark_, watermark);
  while (!pulses_.empty() && (pulses_.begin()->time.begin < watermark_ || watermark_ == Timestamp::max())) {
    make_on(*pulses_.begin());
    pulses_.erase(pulses_.begin());
  }
  decide_off();

  Timestamp known_until = std::min(earliest_unknown_on(), earliest_unknown_off());
  if (!off_candidates_.empty()) known_until = std::min(known_until, off_candidates_.begin()->gate.time.begin);
  if (facility_.random_rate_hz > 0) {
    if (known_until == Timestamp::max() && !run_end_) {
      known_until = frontier_;
      for (const auto& gates : made_) {
        if (!gates.empty()) known_until = std::max(known_until, gates.back().time.begin + nanoseconds(1));
      }
    }
    make_random_until(run_end_ ? std::min(known_until, *run_end_) : known_until);
  }
  frontier_ = std::max(frontier_, known_until);
  emit(out);
}

void GateMaker::end_at(Timestamp run_end) {
  if (run_end_ && *run_end_ <= run_end) return;
  run_end_ = run_end;
  for (auto& gates : made_) {
    while (!gates.empty() && gates.back().time.begin >= run_end) gates.pop_back();
  }
  std::erase_if(unsettled_, [run_end](const Dropped& dropped) { return dropped.begin >= run_end; });
}

Counters GateMaker::dropped_before(Timestamp end) const {
  Counters counters = settled_;
  for (const Dropped& dropped : unsettled_) {
    if (dropped.begin < end) ++counters[std::string(name(dropped.rule))];
  }
  return counters;
}

void GateMaker::settle(Timestamp t) {
  settled_ = dropped_before(t);
  std::erase_if(unsettled_, [t](const Dropped& dropped) { return dropped.begin < t; });
}

void GateMaker::make_on(const Pulse& pulse) {
  const Interval time{pulse.time.begin - facility_.on_before, pulse.time.end + facility_.on_after};
  if (time.empty()) {
    drop(time.begin, Drop::kEmpty);
    return;
  }
  if (earliest_offset_) beam_.add(time);
  Timestamp& taken_until = taken_until_[index_of(GateKind::kOn)];
  if (time.begin < taken_until || time.begin < next_on_from_) {
    drop(time.begin, time.begin < taken_until ? Drop::kOnOverlapsOn : Drop::kOnTooSoon);
    return;
  }
  taken_until = time.end;
  next_on_from_ = time.begin + facility_.min_pulse_period;
  make({GateKind::kOn, time, 0, pulse.id, pulse.protons});
  for (const Duration offset : facility_.off_offsets) {
    off_candidates_.insert({{GateKind::kOff, {time.begin + offset, time.end + offset}, 0, pulse.id, 0}, time.begin});
  }
}

void GateMaker::decide_off() {
  if (!earliest_offset_) return;
  Timestamp& taken_until = taken_until_[index_of(GateKind::kOff)];
  while (!off_candidates_.empty()) {
    const Gate& gate = off_candidates_.begin()->gate;
    const Interval with_edges{gate.time.begin - nanoseconds(1), gate.time.end + nanoseconds(1)};
    if (gate.time.begin >= earliest_unknown_off()) break;
    if (beam_.overlaps(with_edges)) {
      drop(gate.time.begin, Drop::kOffTouchesOn);
    } else if (gate.time.end >= earliest_unknown_on() && watermark_ != Timestamp::max()) {
      break;
    } else if (gate.time.begin < taken_until) {
      drop(gate.time.begin, Drop::kOffOverlapsOff);
    } else {
      taken_until = gate.time.end;
      make(gate);
    }
    off_candidates_.erase(off_candidates_.begin());
  }
  Timestamp needed_from = earliest_unknown_off();
  if (!off_candidates_.empty()) needed_from = std::min(needed_from, off_candidates_.begin()->gate.time.begin);
  beam_.drop_before(needed_from - nanoseconds(1));
}

void GateMaker::make_random_until(Timestamp t) {
  const Duration length = facility_.random_length;
  if (length <= Duration{}) return;
  Timestamp& taken_until = taken_until_[index_of(GateKind::kRandom)];
  for (;; ++next_random_second_) {
    const Timestamp second = run_begin_ + seconds(static_cast<std::int64_t>(next_random_second_));
    if (second >= t) return;
    Draw draw(hash_key(seed_, facility_.name, next_random_second_));
    std::vector<Timestamp> begins(draw.poisson(facility_.random_rate_hz));
    for (Timestamp& begin : begins) {
      begin = second + nanoseconds(static_cast<std::int64_t>(draw.uniform() * static_cast<double>(kSecond)));
    }
    std::sort(begins.begin(), begins.end());
    for (const Timestamp begin : begins) {
      if (begin < taken_until) {
        drop(begin, Drop::kRandomOverlapsRandom);
        continue;
      }
      taken_until = begin + length;
      make({GateKind::kRandom, {begin, begin + length}, 0, 0, 0});
    }
  }
}

void GateMaker::emit(std::vector<Gate>& out) {
  for (;;) {
    std::deque<Gate>* next = nullptr;
    for (auto& gates : made_) {
      if (gates.empty() || gates.front().time.begin >= frontier_) continue;
      if (next == nullptr || gates.front().time.begin < next->front().time.begin) next = &gates;
    }
    if (next == nullptr) return;
    Gate gate = next->front();
    next->pop_front();
    gate.index = next_index_[index_of(gate.kind)]++;
    out.push_back(gate);
  }
}

void GateMaker::make(Gate gate) {
  if (in_run(gate.time.begin)) made_[index_of(gate.kind)].push_back(gate);
}

void GateMaker::drop(Timestamp begin, Drop rule) {
  if (in_run(begin)) unsettled_.push_back({begin, rule});
}

bool GateMaker::in_run(Timestamp begin) const {
  return begin >= run_begin_ && (!run_end_ || begin < *run_end_);
}

Timestamp GateMaker::earliest_unknown_on() const {
  return watermark_ - facility_.on_before;
}

Timestamp GateMaker::earliest_unknown_off() const {
  return earliest_offset_ ? earliest_unknown_on() + *earliest_offset_ : Timestamp::max();
}

std::vector<Gate> gates_from_pulses(std::span<const Pulse> pulses, const Facility& facility, std::uint64_t seed,
                                    Interval run) {
  GateMaker maker(facility, seed, run.begin);
  for (const Pulse& pulse : pulses) maker.add(pulse);
  maker.end_at(run.end);
  std::vector<Gate> gates;
  maker.advance(Timestamp::max(), gates);
  return gates;
}

Duration reach(const Setup& setup, const Facility& facility) {
  Duration longest_gate = std::max(facility.on_after, facility.random_length);
  for (const Duration offset : facility.off_offsets) longest_gate = std::max(longest_gate, offset + facility.on_after);
  Duration post;
  for (const Detector& detector : setup.detectors) {
    const bool is_here =
        detector.facility < setup.facilities.size() && setup.facilities[detector.facility].name == facility.name;
    if (is_here) post = std::max(post, detector.post);
  }
  return std::max(Duration{}, longest_gate + post);
}

}  // namespace spillway::model
