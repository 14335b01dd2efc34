#pragma once

#include <cmath>
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
  [[nodiscard]] Pulse pulse(std::uint64_t k) const { return pulse_in(times.gate(k)); }
  /// Calls `function(pulse)` for each in turn.
  template <typename Function>
  void for_each(Function&& function) const {
    TrainCursor cursor(times);
    for (std::uint64_t k = 0; k < count(); ++k, cursor.step()) function(pulse_in(cursor.gate()));
  }
  /// True where there could be such pulses: what came from elsewhere must be asked.
  [[nodiscard]] bool sane() const {
    return times.count <= kMostInTrain && is_sane(times) && std::isfinite(times.protons) && times.protons >= 0 &&
           std::isfinite(protons_uncertainty) && protons_uncertainty >= 0;
  }

 private:
  [[nodiscard]] Pulse pulse_in(const Gate& gate) const {
    return {gate.pulse_id, 0, gate.time, times.protons, protons_uncertainty, flags};
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
