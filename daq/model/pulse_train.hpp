#pragma once

#include <cstdint>

#include "daq/model/gate_log.hpp"
#include "daq/model/pulse.hpp"

namespace spillway::model {

/// Beam pulses that follow one another and differ in nothing but id and time. It means exactly its expansion.
struct PulseTrain {
  GateTrain times;                 ///< begins, lengths, ids and protons
  double protons_uncertainty = 0;  ///< relative
  std::uint32_t flags = 0;         ///< PulseFlag bits
  friend bool operator==(const PulseTrain&, const PulseTrain&) = default;

  [[nodiscard]] std::uint64_t count() const { return times.count; }
  /// Pulse k < count().
  [[nodiscard]] Pulse pulse(std::uint64_t k) const {
    const Gate at = times.gate(k);
    return {at.pulse_id, 0, at.time, times.protons, protons_uncertainty, flags};
  }
};

/// Folds the pulses of one facility, in the order in which they are reported, into trains.
class PulseFolder {
 public:
  /// False, and nothing changes, where the pulse does not continue those before it.
  bool extend(const Pulse& pulse) {
    if (pulse.revision > 0 || count() >= kMostInTrain) return false;
    if (count() == 0) {
      protons_uncertainty_ = pulse.protons_uncertainty;
      flags_ = pulse.flags;
    }
    return pulse.protons_uncertainty == protons_uncertainty_ && pulse.flags == flags_ &&
           times_.extend({GateKind::kOn, pulse.time, count(), pulse.id, pulse.protons});
  }
  [[nodiscard]] std::uint64_t count() const { return times_.count(); }
  /// All since the last clear(), of which there must be some.
  [[nodiscard]] PulseTrain train() const { return {times_.trains().trains.front(), protons_uncertainty_, flags_}; }
  void clear() { times_.clear(); }

 private:
  GateFolder times_;
  double protons_uncertainty_ = 0;
  std::uint32_t flags_ = 0;
};

}  // namespace spillway::model
