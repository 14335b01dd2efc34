#pragma once

#include <cstdint>

#include "daq/model/decision.hpp"
#include "daq/model/gate_log.hpp"

namespace spillway::model {

/// Decisions of one detector that follow one another about gates without content: nothing tells them apart but their
/// gates, which are trains. It means exactly its expansion.
struct DecisionTrain {
  std::uint32_t detector = 0;  ///< index into Setup::detectors
  std::uint64_t first_id = 0;
  std::uint32_t bits = 0;  ///< of each; never kReadOut
  Duration pre, post;      ///< each window is the gate with these added
  InterleavedTrains gates;
  friend bool operator==(const DecisionTrain&, const DecisionTrain&) = default;

  [[nodiscard]] std::uint64_t count() const { return gates.count(); }
  /// True where it can be: what came from elsewhere must be asked.
  [[nodiscard]] bool sane() const;
  /// Decision j < count().
  [[nodiscard]] Decision decision(std::uint64_t j) const { return of(gates.gate(j), j); }
  template <typename Function>
  void for_each(Function&& function) const {
    std::uint64_t j = 0;
    gates.for_each([&](const Gate& gate) { function(of(gate, j++)); });
  }

 private:
  [[nodiscard]] Decision of(const Gate& gate, std::uint64_t j) const {
    return {first_id + j, detector, gate, {gate.time.begin - pre, gate.time.end + post}, bits, 0};
  }
};

/// Folds the decisions of one detector, in their order, into trains.
class DecisionFolder {
 public:
  /// False, and nothing changes, where the decision does not continue those before it: it has content or was read out,
  /// or is irregular.
  bool extend(const Decision& decision);
  [[nodiscard]] std::uint64_t count() const { return gates_.count(); }
  /// All since the last clear(), of which there must be some.
  [[nodiscard]] DecisionTrain train() const;
  void clear() { gates_.clear(); }

 private:
  DecisionTrain alike_;  ///< what is the same of all of them
  GateFolder gates_;
};

}  // namespace spillway::model
