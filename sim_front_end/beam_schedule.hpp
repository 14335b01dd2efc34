#pragma once

#include <cstdint>
#include <vector>

#include "daq/model/pulse.hpp"
#include "detectors/beam/simulated_beam.hpp"
#include "sim_front_end/source.hpp"

namespace spillway::sim_front_end {

/// The pulses of a simulated beam, each a function of the seed and its number alone.
class BeamSchedule {
 public:
  /// `facility`: owner of the random numbers.
  BeamSchedule(const detectors::beam::SimulatedBeam& beam, std::string facility, std::uint64_t seed);

  /// Appends the pulses that begin in `span`, in the order of time, with the protons they really hold.
  void pulses(Interval span, std::vector<model::Pulse>& out) const;
  /// Appends what the facility says in `span`: reports of pulses and amendments of their charge, in the order in which
  /// it says them.
  void reports(Interval span, std::vector<PulseReport>& out) const;
  /// The longest time between a pulse's begin and its (first) report.
  [[nodiscard]] Duration longest_delay() const { return beam_.report_delay + beam_.report_delay_spread; }
  /// Between the begin of a pulse and its first report.
  [[nodiscard]] Duration delay_of(std::uint64_t pulse_id) const { return delay(pulse_id - 1); }

 private:
  [[nodiscard]] model::Pulse pulse(std::uint64_t k) const;
  [[nodiscard]] Duration delay(std::uint64_t k) const;
  /// The first pulse that could begin at or after `t`.
  [[nodiscard]] std::uint64_t first_from(Timestamp t) const;
  [[nodiscard]] Timestamp earliest(std::uint64_t k) const;

  detectors::beam::SimulatedBeam beam_;
  std::string facility_;
  std::uint64_t seed_;
};

}  // namespace spillway::sim_front_end
