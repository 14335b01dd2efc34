#include "trigger/decision_maker.hpp"

#include <algorithm>

#include "daq/base/random.hpp"

namespace spillway::trigger {

DecisionMaker::DecisionMaker(const model::Detector& detector, std::uint32_t index, std::uint64_t seed)
    : name_(detector.name),
      index_(index),
      seed_(seed),
      pre_(detector.pre),
      post_(detector.post),
      drift_(detector.count_post),
      policy_(detector.trigger),
      coincidence_(detector.trigger) {}

void DecisionMaker::add_gate(const KnownGate& gate) {
  if (gate.gate.time.begin < end_) gates_.push_back(gate);
}

void DecisionMaker::drop_from(Timestamp end) {
  end_ = end;
  while (!gates_.empty() && gates_.back().gate.time.begin >= end) gates_.pop_back();
}

Interval DecisionMaker::window_of(const model::Gate& gate) const {
  return {gate.time.begin - pre_, gate.time.end + post_};
}

Interval DecisionMaker::arrival_of(const model::Gate& gate) const {
  return {gate.time.begin, gate.time.end + std::min(drift_, post_)};
}

model::Decision DecisionMaker::decide(std::span<const StreamPrimitive> candidates, bool activity, Hold hold) {
  model::Decision decision;
  decision.id = made_++;
  decision.detector = index_;
  decision.gate = gates_.front().gate;
  decision.window = window_of(decision.gate);
  gates_.pop_front();

  const Coincidence::Found found = coincidence_.look(arrival_of(decision.gate), candidates);
  decision.primitives = found.primitives;
  if (policy_.readout == model::ReadoutRule::kZeroBias) decision.bits |= model::kZeroBias;
  if (found.together) decision.bits |= model::kCoincidence;
  if (activity) decision.bits |= model::kActivity;

  if (hold != Hold::kNone) {
    decision.bits |= model::kInhibited;
  } else if (wanted(decision.bits)) {
    const bool chosen = policy_.prescale <= 1 || hash_key(seed_, name_, decision.id) % policy_.prescale == 0;
    decision.bits |= chosen ? model::kReadOut : model::kPrescaledAway;
  }
  return decision;
}

bool DecisionMaker::wanted(std::uint32_t bits) const {
  if (policy_.readout == model::ReadoutRule::kCoincidence) return (bits & model::kCoincidence) != 0;
  if (policy_.readout == model::ReadoutRule::kActivity) return (bits & model::kActivity) != 0;
  return true;
}

}  // namespace spillway::trigger
