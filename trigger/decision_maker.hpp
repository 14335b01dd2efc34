#pragma once

#include <cstdint>
#include <deque>
#include <span>

#include "daq/model/decision.hpp"
#include "daq/model/setup.hpp"
#include "trigger/coincidence.hpp"
#include "trigger/facility_gates.hpp"

namespace spillway::trigger {

/// Decides one detector's gates, one after the other in the order of (begin, kind).
class DecisionMaker {
 public:
  DecisionMaker(const model::Detector& detector, std::uint32_t index, std::uint64_t seed);

  void add_gate(const KnownGate& gate);
  /// T1 is known: gates that begin at or after it are not of this run.
  void drop_from(Timestamp end);

  /// The gate whose turn it is; nullptr where none is known.
  [[nodiscard]] const KnownGate* next() const { return gates_.empty() ? nullptr : &gates_.front(); }
  /// The gate with the detector's pre and post.
  [[nodiscard]] Interval window_of(const model::Gate& gate) const;
  /// The gate with the detector's drift time behind it, as far as that is read: charge of the gate arrives in it.
  [[nodiscard]] Interval arrival_of(const model::Gate& gate) const;
  /// Decides the gate whose turn it is. `candidates`: at least all primitives that are on during its arrival_of();
  /// `activity`: whether one is active that begins there.
  [[nodiscard]] model::Decision decide(std::span<const StreamPrimitive> candidates, bool activity, Hold hold);

  /// Decisions made so far; the next one has this id.
  [[nodiscard]] std::uint64_t made() const { return made_; }

 private:
  /// Whether the gate would be read, holds and prescale apart.
  [[nodiscard]] bool wanted(std::uint32_t bits) const;

  std::string name_;
  std::uint32_t index_;
  std::uint64_t seed_;
  Duration pre_;
  Duration post_;
  Duration drift_;
  model::TriggerPolicy policy_;
  Coincidence coincidence_;
  std::deque<KnownGate> gates_;
  Timestamp end_ = Timestamp::max();
  std::uint64_t made_ = 0;
};

}  // namespace spillway::trigger
