#include "monitoring/online/online_counts.hpp"

#include <algorithm>
#include <utility>

#include "detectors/physics/on_off.hpp"

namespace spillway::online {

namespace {

constexpr std::uint64_t kBlock = 1024;

/// The part of `set` that overlaps `window`, found without walking the whole set.
void add_near(const model::IntervalSet& set, Interval window, model::IntervalSet& near) {
  const auto all = set.intervals();
  auto it = std::ranges::upper_bound(all, window.begin, {}, &Interval::end);
  for (; it != all.end() && it->begin < window.end; ++it) near.add(it->clipped_to(window));
}

model::DeadTime dead_near(const model::DeadTime& dead, Interval window) {
  model::DeadTime near;
  bool any = false;
  for (const model::DeadReason reason : model::kDeadReasons) {
    add_near(dead.of(reason), window, near.of(reason));
    any = any || !near.of(reason).empty();
  }
  return any ? near.disjoint() : near;
}

bool is_dead(const model::DeadTime& dead, Timestamp t) {
  return std::ranges::any_of(dead.by_reason, [t](const model::IntervalSet& set) {
    return std::ranges::any_of(set.intervals(), [t](const Interval& interval) { return interval.contains(t); });
  });
}

}  // namespace

OnlineCounts::OnlineCounts(std::vector<model::Detector> detectors,
                           std::vector<std::optional<detectors::Simulation>> simulations) {
  simulations.resize(detectors.size());
  for (std::size_t i = 0; i < detectors.size(); ++i) {
    states_.emplace_back();
    states_.back().detector = std::move(detectors[i]);
    states_.back().simulation = simulations[i];
  }
}

OnlineCounts::GateState& OnlineCounts::gate_of(DetectorState& state, std::uint64_t decision) {
  Block& block = state.blocks[decision / kBlock];
  const auto slot = static_cast<std::size_t>(decision % kBlock);
  if (block.gates.size() <= slot) block.gates.resize(slot + 1);
  block.dirty = true;
  return block.gates[slot];
}

bool OnlineCounts::is_folded(const DetectorState& state, std::uint64_t decision) {
  const auto block = state.blocks.find(decision / kBlock);
  return block != state.blocks.end() && !block->second.folded.empty();
}

void OnlineCounts::fold(Block& block) {
  model::GateLog log;
  std::array<std::uint64_t, model::kGateKinds.size()> number{};
  for (const GateState& state : block.gates) {
    const std::uint64_t k = number[static_cast<std::size_t>(state.gate.kind)]++;
    log.add({state.gate.kind, state.gate.time, k, k, state.protons}, state.gate.window);
  }
  block.last_begin = block.gates.back().gate.time.begin;
  block.folded = log.stretches();
  std::vector<GateState>().swap(block.gates);
}

void OnlineCounts::note_dead(DetectorState& state, model::DeadReason reason, Interval time) {
  if (time.empty()) return;
  state.dead.of(reason).add(time);
  state.changed.add(time);
}

OnlineCounts::GateState* OnlineCounts::take_reply(std::uint32_t detector, std::uint64_t decision,
                                                  std::uint32_t stream) {
  if (detector >= states_.size()) {
    ++problems_["bad_row"];
    return nullptr;
  }
  DetectorState& state = states_[detector];
  if (is_folded(state, decision)) {
    ++problems_["repeated_row"];
    return nullptr;
  }
  GateState& gate = gate_of(state, decision);
  if (gate.complete() || !state.replied.emplace(decision, stream).second) {
    ++problems_["repeated_row"];
    return nullptr;
  }
  ++gate.replied;
  return &gate;
}

void OnlineCounts::after_change(DetectorState& state, std::uint64_t decision) {
  if (!gate_of(state, decision).complete()) return;
  ++state.complete;
  state.replied.erase(state.replied.lower_bound({decision, 0}), state.replied.lower_bound({decision + 1, 0}));
  Block& changed = state.blocks[decision / kBlock];
  if (++changed.complete == kBlock) fold(changed);
  for (;;) {
    const auto block = state.blocks.find(state.next / kBlock);
    if (block == state.blocks.end()) break;
    if (!block->second.folded.empty()) {
      state.frontier = block->second.last_begin;
      state.next = (block->first + 1) * kBlock;
      continue;
    }
    const auto slot = static_cast<std::size_t>(state.next % kBlock);
    if (slot >= block->second.gates.size() || !block->second.gates[slot].complete()) break;
    state.frontier = block->second.gates[slot].gate.time.begin;
    ++state.next;
  }
}

void OnlineCounts::add(const storage::GateRow& gate, const storage::DecisionRow& decision) {
  if (gate.detector >= states_.size() || decision.detector != gate.detector || gate.kind >= model::kGateKinds.size()) {
    ++problems_["bad_row"];
    return;
  }
  const model::ReadGate read{static_cast<model::GateKind>(gate.kind),
                             {{gate.begin_ns}, {gate.end_ns}},
                             {{decision.window_begin_ns}, {decision.window_end_ns}}};
  add_gate(states_[gate.detector], decision.id, read, gate.protons, decision.fragments);
}

void OnlineCounts::add(const model::DecisionTrain& train) {
  if (train.detector >= states_.size()) {
    ++problems_["bad_row"];
    return;
  }
  train.for_each([&](const model::Decision& decision) {
    const model::Gate& gate = decision.gate;
    add_gate(states_[train.detector], decision.id, {gate.kind, gate.time, decision.window}, gate.protons, 0);
  });
}

void OnlineCounts::add_gate(DetectorState& state, std::uint64_t id, const model::ReadGate& gate, double protons,
                            std::uint32_t asked) {
  if (is_folded(state, id) || gate_of(state, id).known) {
    ++problems_["repeated_row"];
    return;
  }
  GateState& known = gate_of(state, id);
  known.known = true;
  known.gate = gate;
  known.protons = protons;
  known.asked = asked;
  ++state.known;
  Block& block = state.blocks[id / kBlock];
  block.span = {std::min({block.span.begin, gate.window.begin, gate.time.begin}),
                std::max({block.span.end, gate.window.end, gate.time.end})};
  if (known.missing) note_dead(state, model::DeadReason::kFragmentMissing, gate.window);
  after_change(state, id);
}

void OnlineCounts::add_fragment(std::uint32_t detector, std::uint64_t decision, std::uint32_t stream,
                                std::span<const Candidate> candidates) {
  if (take_reply(detector, decision, stream) == nullptr) return;
  DetectorState& state = states_[detector];
  Block& block = state.blocks[decision / kBlock];
  for (const Candidate& candidate : candidates) block.hits.push_back({decision, candidate.time});
  after_change(state, decision);
}

void OnlineCounts::add_missing(std::uint32_t detector, std::uint64_t decision, std::uint32_t stream) {
  GateState* gate = take_reply(detector, decision, stream);
  if (gate == nullptr) return;
  DetectorState& state = states_[detector];
  gate->missing = true;
  if (gate->known) note_dead(state, model::DeadReason::kFragmentMissing, gate->gate.window);
  after_change(state, decision);
}

void OnlineCounts::add(const storage::DeadRow& dead) {
  if (dead.detector >= states_.size() || dead.reason >= model::kDeadReasons.size()) {
    ++problems_["bad_row"];
    return;
  }
  note_dead(states_[dead.detector], static_cast<model::DeadReason>(dead.reason), {{dead.begin_ns}, {dead.end_ns}});
}

void OnlineCounts::add(const storage::TruthRow& truth) {
  if (truth.detector >= states_.size()) {
    ++problems_["bad_row"];
    return;
  }
  if (truth.signal == 0 || truth.above_threshold == 0) return;
  DetectorState& state = states_[truth.detector];
  const Timestamp time{truth.time_ns};
  state.truth.insert(time);
  state.changed.add({time, time + nanoseconds(1)});
}

void OnlineCounts::sum(const DetectorState& state, Block& block) {
  block.counts = {};
  block.live = {};
  block.pot = 0;
  block.truth = 0;
  block.dirty = false;
  std::ranges::stable_sort(block.hits, {}, &Hit::decision);
  auto hit = block.hits.begin();
  const auto hits_of = [&](std::uint64_t slot) {
    const auto first = hit;
    while (hit != block.hits.end() && hit->decision % kBlock == slot) ++hit;
    return std::span<const Hit>(first, hit);
  };
  std::uint64_t slot = 0;
  for (const model::GateLog::Stretch& stretch : block.folded) {
    stretch.for_each([&](const model::Gate& gate, Interval window) {
      sum_gate(state, block, {gate.kind, gate.time, window}, gate.protons, hits_of(slot++));
    });
  }
  for (; slot < block.gates.size(); ++slot) {
    const GateState& gate = block.gates[slot];
    const auto hits = hits_of(slot);
    if (gate.complete()) sum_gate(state, block, gate.gate, gate.protons, hits);
  }
}

void OnlineCounts::sum_gate(const DetectorState& state, Block& block, const model::ReadGate& gate, double protons,
                            std::span<const Hit> hits) {
  const auto kind = static_cast<std::size_t>(gate.kind);
  const Interval reach{std::min(gate.window.begin, gate.time.begin), std::max(gate.window.end, gate.time.end)};
  const model::DeadTime dead = dead_near(state.dead, reach);
  const model::LiveTime time = model::live_time_of(gate, dead, state.detector.whole_gate);
  if (time.live.ns <= 0) return;
  block.live[kind] += time.live;
  if (gate.kind == model::GateKind::kOn) {
    block.pot += protons * (static_cast<double>(time.live.ns) / static_cast<double>(time.wall.ns));
    for (auto t = state.truth.lower_bound(gate.time.begin); t != state.truth.end() && *t < gate.time.end; ++t) {
      if (!is_dead(dead, *t)) ++block.truth;
    }
  }
  const Interval counted{gate.time.begin, gate.time.end + state.detector.count_post};
  for (const Hit& h : hits) {
    if (counted.contains(h.time) && !is_dead(dead, h.time)) ++block.counts[kind];
  }
}

void OnlineCounts::settle(DetectorState& state) {
  for (auto& [number, block] : state.blocks) {
    if (block.dirty || state.changed.overlaps(block.span)) sum(state, block);
  }
  state.changed = {};
}

std::vector<CountsLine> OnlineCounts::counts() {
  std::vector<CountsLine> lines;
  for (DetectorState& state : states_) {
    settle(state);
    CountsLine line;
    line.detector = state.detector.name;
    line.simulation = state.simulation;
    constexpr auto kOn = static_cast<std::size_t>(model::GateKind::kOn);
    constexpr auto kOff = static_cast<std::size_t>(model::GateKind::kOff);
    for (const auto& [number, block] : state.blocks) {
      line.on += block.counts[kOn];
      line.off += block.counts[kOff];
      line.live_on += block.live[kOn];
      line.live_off += block.live[kOff];
      line.pot += block.pot;
      line.truth_signal_on += block.truth;
    }
    if (line.live_off.ns > 0) {
      line.alpha = static_cast<double>(line.live_on.ns) / static_cast<double>(line.live_off.ns);
      if (line.live_on.ns > 0) {
        const detectors::OnOffExcess result = detectors::on_off_excess(line.on, line.off, *line.alpha);
        line.excess = result.excess;
        line.excess_low = result.low;
        line.excess_high = result.high;
      }
    }
    line.data_time = end_.value_or(state.frontier);
    lines.push_back(line);
  }
  return lines;
}

std::uint64_t OnlineCounts::outstanding() const {
  std::uint64_t gates = 0;
  for (const DetectorState& state : states_) gates += state.known - state.complete;
  return gates;
}

bool OnlineCounts::has_reply(std::uint32_t detector, std::uint64_t decision, std::uint32_t stream) const {
  if (detector >= states_.size()) return false;
  const DetectorState& state = states_[detector];
  if (is_folded(state, decision) || state.replied.contains({decision, stream})) return true;
  const auto block = state.blocks.find(decision / kBlock);
  const auto slot = static_cast<std::size_t>(decision % kBlock);
  return block != state.blocks.end() && slot < block->second.gates.size() && block->second.gates[slot].complete();
}

bool OnlineCounts::knows(std::uint32_t detector, std::uint64_t decision) const {
  if (detector >= states_.size()) return false;
  const auto& blocks = states_[detector].blocks;
  const auto block = blocks.find(decision / kBlock);
  const auto slot = static_cast<std::size_t>(decision % kBlock);
  if (block == blocks.end()) return false;
  if (!block->second.folded.empty()) return true;
  return slot < block->second.gates.size() && block->second.gates[slot].known;
}

}  // namespace spillway::online
