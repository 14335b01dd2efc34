#include "detectors/beam/simulated_beam.hpp"

#include <fmt/format.h>

namespace spillway::detectors::beam {

SimulatedBeam simulated_beam(const Section& section, Timestamp epoch) {
  SimulatedBeam beam;
  beam.first = epoch + section.duration("first_pulse_ns");
  beam.period_num = static_cast<std::uint64_t>(section.integer("pulse_period_ns"));
  beam.period_den = static_cast<std::uint64_t>(section.integer("pulse_period_divisor"));
  beam.jitter = section.duration("pulse_jitter_ns");
  beam.length = section.duration("pulse_length_ns");
  beam.protons = section.number("protons_per_pulse");
  beam.protons_spread = section.number("protons_spread");
  beam.protons_uncertainty = section.number("protons_uncertainty");
  beam.report_delay = section.duration("report_delay_ns");
  beam.report_delay_spread = section.duration("report_delay_spread_ns");
  beam.charge_delay = section.duration("charge_delay_ns");
  return beam;
}

Duration simulated_longest_pulse(const Section& section) {
  return section.duration("pulse_length_ns");
}

Duration simulated_min_pulse_period(const Section& section) {
  const SimulatedBeam beam = simulated_beam(section, {});
  return Duration{static_cast<std::int64_t>(beam.period_num / beam.period_den)} - beam.jitter;
}

void check_simulated_source(const Section& section, const model::Setup& setup, std::uint32_t facility) {
  const SimulatedBeam beam = simulated_beam(section, {});
  const auto period = static_cast<std::int64_t>(beam.period_num / beam.period_den);
  if (beam.jitter.ns + beam.length.ns >= period) {
    throw section.error("pulse_period_ns",
                        fmt::format("pulses would overlap: they come every {} ns, last {} ns and may come {} ns later",
                                    period, beam.length.ns, beam.jitter.ns),
                        fmt::format("give more than {} ns x pulse_period_divisor", beam.jitter.ns + beam.length.ns));
  }
  const model::Facility& beside = setup.facilities.at(facility);
  if (const Duration closest = simulated_min_pulse_period(section); closest < beside.min_pulse_period) {
    throw section.error(
        "pulse_period_ns",
        fmt::format("pulses come as close as {} ns, and facility.{}.min_pulse_period_ns = {} would leave "
                    "some of them without gates",
                    closest.ns, beside.name, beside.min_pulse_period.ns),
        fmt::format("give that key at most {}", closest.ns));
  }
}

}  // namespace spillway::detectors::beam
