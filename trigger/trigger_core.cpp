#include "trigger/trigger_core.hpp"

#include <algorithm>
#include <utility>

namespace spillway::trigger {

using model::DeadReason;

namespace {

std::vector<Duration> min_periods(const model::Setup& setup) {
  std::vector<Duration> periods;
  for (const model::Facility& facility : setup.facilities) periods.push_back(facility.min_pulse_period);
  return periods;
}

}  // namespace

TriggerCore::TriggerCore(model::Setup setup, std::uint64_t seed, RunLimits limits,
                         std::span<const std::uint32_t> source_facilities)
    : setup_(std::move(setup)),
      input_(source_facilities.size()),
      run_end_(limits, min_periods(setup_)),
      tracker_(setup_),
      horizons_(setup_.facilities.size(), setup_.epoch),
      open_on_gates_(setup_.facilities.size()),
      gates_(setup_.facilities.size()) {
  run_end_.set_reached(input_.reached());
  std::vector<std::size_t> sources_of(setup_.facilities.size());
  for (const std::uint32_t facility : source_facilities) {
    source_facility_.push_back(facility);
    source_index_.push_back(sources_of.at(facility)++);
  }
  for (std::size_t f = 0; f < setup_.facilities.size(); ++f) {
    facilities_.emplace_back(setup_.facilities[f], seed, setup_.epoch, sources_of[f], setup_.look_ahead);
  }
  for (std::uint32_t d = 0; d < setup_.detectors.size(); ++d) {
    const model::Detector& detector = setup_.detectors[d];
    DetectorState state{DecisionMaker(detector, d, seed), {}, std::vector<std::size_t>(detector.streams.size()), {}};
    for (const std::string& stream : detector.streams) state.streams.emplace_back(stream, setup_.epoch);
    if (detector.trigger.activity.window.ns > 0) state.activities.emplace(detector);
    for (std::uint32_t i = 0; i < detector.readout_processes; ++i) {
      ReadoutProcess process{d, i, model::streams_of_process(detector, i)};
      for (std::size_t s = 0; s < detector.streams.size(); ++s) {
        const auto& mine = process.streams;
        if (std::find(mine.begin(), mine.end(), detector.streams[s]) != mine.end()) {
          state.process_of[s] = processes_.size();
        }
      }
      processes_.push_back(std::move(process));
    }
    detectors_.push_back(std::move(state));
  }
  boots_.resize(processes_.size());
}

void TriggerCore::add_pulses(std::size_t source, const PulseBatch& batch) {
  const std::uint32_t facility = source_facility_.at(source);
  std::vector<model::Pulse> record;
  facilities_[facility].take(source_index_[source], batch, record);
  for (const model::Pulse& pulse : record) output_.pulses.push_back({facility, pulse});
  input_.take(source, batch);
  run_end_.set_reached(input_.reached());
  take_input_end();
}

bool TriggerCore::add_primitives(std::size_t process, std::string_view stream, const PrimitiveBatch& batch) {
  DetectorState& detector = detectors_[processes_.at(process).detector];
  for (std::size_t s = 0; s < detector.streams.size(); ++s) {
    if (detector.process_of[s] != process || detector.streams[s].stream() != stream) continue;
    std::vector<Interval> missing;
    detector.streams[s].take(batch, missing);
    const Interval run{setup_.epoch, run_end_.end().value_or(Timestamp::max())};
    for (const Interval& gap : missing) detector.missing.add(gap.clipped_to(run));
    counters_["primitives"] += batch.primitives.size();
    return true;
  }
  return false;
}

void TriggerCore::set_boot(std::size_t process, std::uint64_t boot) {
  boots_.at(process) = boot;
}

void TriggerCore::peer_superseded(std::size_t process) {
  boots_.at(process) = 0;
  DetectorState& detector = detectors_[processes_[process].detector];
  for (std::size_t s = 0; s < detector.streams.size(); ++s) {
    if (detector.process_of[s] == process) detector.streams[s].supersede();
  }
}

void TriggerCore::acknowledge(std::span<const std::uint64_t> durable) {
  const std::size_t known = std::min(durable.size(), detectors_.size());
  for (std::uint32_t d = 0; d < known; ++d) tracker_.durable(d, durable[d]);
}

void TriggerCore::take_input_end() {
  const auto end = input_.end();
  if (!end || std::exchange(input_ended_, true)) return;
  for (FacilityGates& facility : facilities_) facility.exhausted(*end);
  run_end_.exhausted(*end);
  note_run_end();
}

void TriggerCore::end_run() {
  advance_gates();
  const Timestamp after_decided = latest_decided_ + nanoseconds(latest_decided_ == Timestamp::min() ? 0 : 1);
  Timestamp at = Timestamp::max();
  for (const FacilityGates& facility : facilities_) at = std::min({at, facility.frontier(), facility.watermark()});
  if (at == Timestamp::max()) at = after_decided;
  for (const auto& gates : open_on_gates_) {
    if (const auto first = gates.lower_bound(after_decided); first != gates.end()) at = std::min(at, *first);
  }
  run_end_.end_run(std::max({at, after_decided, setup_.epoch}));
}

void TriggerCore::stop(Timestamp end) {
  stopping_ = true;
  run_end_.stop(end);
}

Timestamp TriggerCore::watermark(std::uint32_t detector) const {
  Timestamp least = Timestamp::max();
  for (const StreamJoin& stream : detectors_[detector].streams) least = std::min(least, stream.watermark());
  return least;
}

bool TriggerCore::note_run_end() {
  const auto end = run_end_.end();
  if (!end || run_end_noted_) return false;
  run_end_noted_ = true;
  for (FacilityGates& facility : facilities_) facility.set_run_end(*end);
  for (DetectorState& detector : detectors_) detector.maker.drop_from(*end);
  return true;
}

void TriggerCore::advance_gates() {
  note_run_end();
  for (std::uint32_t f = 0; f < facilities_.size(); ++f) advance_gates_of(f);
  // With T1 known more may be final.
  if (!note_run_end()) return;
  for (std::uint32_t f = 0; f < facilities_.size(); ++f) advance_gates_of(f);
}

void TriggerCore::advance_gates_of(std::uint32_t f) {
  std::vector<KnownGate> gates;
  facilities_[f].advance(gates);
  for (const KnownGate& gate : gates) {
    const bool on = gate.gate.kind == model::GateKind::kOn;
    if (on) run_end_.add_on_gate(f, gate.gate.time.begin);
    for (std::uint32_t d = 0; d < detectors_.size(); ++d) {
      if (setup_.detectors[d].facility != f) continue;
      detectors_[d].maker.add_gate(gate);
      if (on) open_on_gates_[f].insert(gate.gate.time.begin);
    }
  }
  run_end_.set_frontier(f, facilities_[f].frontier(), facilities_[f].sent_wall_ns());
}

bool TriggerCore::may_decide(std::uint32_t d) const {
  const DetectorState& detector = detectors_[d];
  const KnownGate* next = detector.maker.next();
  if (next == nullptr || next->gate.time.begin >= run_end_.decidable_before()) return false;
  if (watermark(d) < detector.maker.window_of(next->gate).end) return false;
  if (tracker_.outstanding(d) >= kMostOutstanding) return false;
  // While a process is being replaced nobody could be asked; its detector alone waits.
  return std::none_of(detector.process_of.begin(), detector.process_of.end(),
                      [&](std::size_t process) { return boots_[process] == 0; });
}

bool TriggerCore::decide(std::size_t budget) {
  advance_gates();
  search_activities();
  bool more = false;
  for (std::uint32_t d = 0; d < detectors_.size(); ++d) {
    std::size_t left = budget;
    while (left > 0 && may_decide(d)) {
      decide_one(d);
      --left;
    }
    more = more || may_decide(d);
  }
  tell_missing();
  move_horizons();
  return more;
}

void TriggerCore::search_activities() {
  for (std::uint32_t d = 0; d < detectors_.size(); ++d) {
    if (detectors_[d].activities) detectors_[d].activities->advance(detectors_[d].streams, watermark(d));
  }
}

void TriggerCore::decide_one(std::uint32_t d) {
  DetectorState& detector = detectors_[d];
  const KnownGate known = *detector.maker.next();
  const Interval arrival = detector.maker.arrival_of(known.gate);
  std::vector<StreamPrimitive> candidates;
  std::vector<model::Primitive> of_stream;
  for (std::uint32_t s = 0; s < detector.streams.size(); ++s) {
    of_stream.clear();
    detector.streams[s].overlapping(arrival, of_stream);
    for (const model::Primitive& primitive : of_stream) candidates.push_back({s, primitive});
  }

  const Hold hold = inhibited_ ? Hold::kInhibit : paused_ ? Hold::kPaused : Hold::kNone;
  const bool activity = detector.activities && detector.activities->active_in(arrival);
  const std::int64_t sent_wall_ns = std::max(known.sent_wall_ns, run_end_.sent_wall_of(known.gate.time.begin));
  MadeDecision made{detector.maker.decide(candidates, activity, hold), {}, sent_wall_ns};
  const model::Decision& decision = made.decision;
  for (const StreamJoin& stream : detector.streams) {
    made.sent_wall_ns = std::max(made.sent_wall_ns, stream.sent_wall_of(decision.window.end));
  }
  if (hold != Hold::kNone) {
    const auto reason = hold == Hold::kInhibit ? DeadReason::kInhibit : DeadReason::kPaused;
    output_.dead.push_back({d, reason, decision.window});
  } else if ((decision.bits & model::kPrescaledAway) != 0) {
    output_.dead.push_back({d, DeadReason::kPrescale, decision.window});
  } else if (decision.read_out()) {
    ask(d, made);
  }

  tracker_.decided(d, decision.window);
  count(decision);
  latest_decided_ = std::max(latest_decided_, decision.gate.time.begin);
  if (decision.gate.kind == model::GateKind::kOn) {
    auto& open = open_on_gates_[setup_.detectors[d].facility];
    open.erase(open.begin(), open.upper_bound(decision.gate.time.begin));
  }
  output_.decisions.push_back(std::move(made));

  const KnownGate* next = detector.maker.next();
  const Timestamp needed = next != nullptr ? next->gate.time.begin : frontier_of(setup_.detectors[d].facility);
  drop_primitives_before(detector, needed);
}

void TriggerCore::drop_primitives_before(DetectorState& detector, Timestamp t) {
  if (detector.activities) {
    detector.activities->drop_before(t);
    t = std::min(t, detector.activities->searched_until());
  }
  for (StreamJoin& stream : detector.streams) stream.drop_before(t);
}

void TriggerCore::count(const model::Decision& decision) {
  ++counters_["decisions"];
  if (decision.read_out()) ++counters_["decisions_read_out"];
  if ((decision.bits & model::kActivity) != 0) ++counters_["decisions_with_activity"];
  const std::uint32_t facility = setup_.detectors[decision.detector].facility;
  const auto is_first = [&](const auto& detector) { return detector.facility == facility; };
  const auto first = std::find_if(setup_.detectors.begin(), setup_.detectors.end(), is_first);
  if (first != setup_.detectors.begin() + decision.detector) return;
  ++gates_[facility][static_cast<std::size_t>(decision.gate.kind)];
}

void TriggerCore::ask(std::uint32_t d, MadeDecision& made) {
  std::set<std::size_t> asked;
  for (const std::size_t process : detectors_[d].process_of) {
    made.boots.push_back(boots_[process]);
    if (asked.insert(process).second) {
      output_.requests.push_back({process, made.decision.id, d, made.decision.window});
    }
  }
}

Timestamp TriggerCore::frontier_of(std::uint32_t f) const {
  return facilities_[f].complete() ? Timestamp::max() : facilities_[f].frontier();
}

void TriggerCore::tell_missing() {
  // T1 lies after the begin of every gate decided: what is missing before that certainly belongs to the run.
  const Interval certain{setup_.epoch, run_end_.end().value_or(latest_decided_)};
  for (std::uint32_t d = 0; d < detectors_.size(); ++d) {
    model::IntervalSet& missing = detectors_[d].missing;
    if (missing.empty() || certain.empty()) continue;
    const model::IntervalSet told = missing.clipped_to(certain);
    for (const Interval& gap : told.intervals()) output_.dead.push_back({d, DeadReason::kStreamMissing, gap});
    if (run_end_.end()) {
      missing = {};
    } else {
      missing.drop_before(certain.end);
    }
  }
}

void TriggerCore::move_horizons() {
  for (FacilityGates& facility : facilities_) facility.settle(latest_decided_);
  Timestamp all_undecided = Timestamp::max();
  for (std::uint32_t d = 0; d < detectors_.size(); ++d) {
    const DetectorState& detector = detectors_[d];
    const KnownGate* next = detector.maker.next();
    const Timestamp frontier = frontier_of(setup_.detectors[d].facility);
    const Timestamp undecided = next != nullptr ? std::min(frontier, next->gate.time.begin) : frontier;
    all_undecided = std::min(all_undecided, undecided);
    tracker_.update(d, undecided - setup_.detectors[d].pre);
    if (next == nullptr) drop_primitives_before(detectors_[d], frontier);
  }
  run_end_.drop_before(all_undecided);
  for (std::uint32_t f = 0; f < facilities_.size(); ++f) horizons_[f] = tracker_.of_facility(f, frontier_of(f));
}

TriggerOutput TriggerCore::take_output() {
  TriggerOutput out = std::move(output_);
  output_ = {};
  return out;
}

bool TriggerCore::drained() const {
  if (!stopping_ || !run_end_.end()) return false;
  const bool pulses_ended =
      std::all_of(facilities_.begin(), facilities_.end(), [](const auto& facility) { return facility.ended(); });
  const bool streams_ended = std::all_of(detectors_.begin(), detectors_.end(), [](const auto& detector) {
    return detector.maker.next() == nullptr &&
           std::all_of(detector.streams.begin(), detector.streams.end(), [](const auto& s) { return s.ended(); });
  });
  const bool gates_made =
      std::all_of(facilities_.begin(), facilities_.end(), [](const auto& facility) { return facility.complete(); });
  return pulses_ended && streams_ended && gates_made;
}

bool TriggerCore::all_durable() const {
  for (std::uint32_t d = 0; d < detectors_.size(); ++d) {
    if (tracker_.outstanding(d) > 0) return false;
  }
  return true;
}

Counters TriggerCore::counters() const {
  Counters counters = counters_;
  for (std::uint32_t f = 0; f < gates_.size(); ++f) {
    for (const model::GateKind kind : model::kGateKinds) {
      const std::uint64_t decided = gates_[f][static_cast<std::size_t>(kind)];
      if (decided > 0) counters["gates." + setup_.facilities[f].name + "." + std::string(name(kind))] = decided;
    }
  }
  for (std::uint32_t d = 0; d < detectors_.size(); ++d) {
    const DetectorState& detector = detectors_[d];
    if (detector.activities) counters["activities." + setup_.detectors[d].name] = detector.activities->found();
    for (const StreamJoin& stream : detector.streams) {
      for (const auto& [reason, count] : stream.refused()) counters["primitives_refused." + reason] += count;
    }
  }
  return counters;
}

std::vector<model::StreamLedger> TriggerCore::totals() const {
  std::vector<model::StreamLedger> totals;
  for (const DetectorState& detector : detectors_) {
    for (const StreamJoin& stream : detector.streams) totals.push_back(stream.totals());
  }
  return totals;
}

}  // namespace spillway::trigger
