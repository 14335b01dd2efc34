#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daq/model/gate.hpp"
#include "daq/model/interval_set.hpp"
#include "daq/model/setup.hpp"
#include "sim_front_end/beam_schedule.hpp"
#include "sim_front_end/digitiser.hpp"
#include "sim_front_end/source.hpp"

namespace spillway::sim_front_end {

/// Pulses are promised to have come this long after their begin; those of a longer delay come late.
[[nodiscard]] Duration promised_delay(const BeamSchedule& beam, const model::Facility& facility);

/// A facility's simulated beam and the simulated detectors beside it.
///
/// Detectors that emit only around gates derive these from the pulses by the same function as the trigger, as hardware
/// would obey a trigger line.
class SimulatedSource final : public Source {
 public:
  /// `digitisers`: of the facility's detectors, in the set-up's order.
  SimulatedSource(const model::Setup& setup, std::uint32_t facility, BeamSchedule beam,
                  std::vector<std::unique_ptr<Digitiser>> digitisers, std::uint64_t seed);

  void advance(Timestamp bound, Batch& out) override;
  [[nodiscard]] Timestamp watermark() const override { return watermark_; }
  [[nodiscard]] Timestamp pulse_watermark() const override;
  [[nodiscard]] model::Encoding encoding(std::size_t stream) const override;
  [[nodiscard]] std::optional<SourceEnd> end() const override { return std::nullopt; }
  [[nodiscard]] const Counters& skipped() const override { return skipped_; }
  [[nodiscard]] std::vector<std::string> take_alarms() override { return {}; }

 private:
  struct Detector {
    std::unique_ptr<Digitiser> digitiser;
    std::size_t first_stream = 0;
    std::size_t streams = 0;
    bool gated = false;
    Duration pre, post;
    model::IntervalSet windows;  ///< of the gates known so far, that may still touch a frame
  };

  void know_gates_until(Timestamp t);
  [[nodiscard]] Timestamp step_end(Timestamp bound) const;
  void simulate(Detector& detector, Interval span, Batch& out);

  model::Facility facility_;
  BeamSchedule beam_;
  std::vector<Detector> detectors_;
  model::GateMaker gates_;
  Timestamp pulses_known_until_;  ///< pulses that begin before it were given to gates_
  Timestamp watermark_;
  std::vector<SourceFrame> frames_;
  std::vector<model::Pulse> pulses_;
  Counters skipped_;
};

}  // namespace spillway::sim_front_end
