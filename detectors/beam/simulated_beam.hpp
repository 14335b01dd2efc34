#pragma once

#include <array>
#include <cstdint>

#include "daq/base/config.hpp"
#include "daq/model/setup.hpp"

/// A pulsed proton beam as a simulated front end makes it: when its pulses come, what they hold, and when they are
/// reported.
namespace spillway::detectors::beam {

inline constexpr std::array kSimulatedBeamKeys = {
    KeySpec{"front_end", "first_pulse_ns", KeyType::kInteger, "ns", "0",
            "The first pulse begins this long after the epoch", 0, 86'400e9},
    KeySpec{"front_end", "pulse_period_ns", KeyType::kInteger, "ns", "1000000000",
            "Pulses come every pulse_period_ns / pulse_period_divisor; 14 Hz: 1'000'000'000 / 14", 1, 86'400e9},
    KeySpec{"front_end", "pulse_period_divisor", KeyType::kInteger, "", "1", "See pulse_period_ns", 1, 1e6},
    KeySpec{"front_end", "pulse_jitter_ns", KeyType::kInteger, "ns", "0",
            "Each pulse comes later than its period says by a random time below this: unannounced dumps", 0, 86'400e9},
    KeySpec{"front_end", "pulse_length_ns", KeyType::kInteger, "ns", "2800000", "Length of a beam pulse", 1, 1e12},
    KeySpec{"front_end", "protons_per_pulse", KeyType::kNumber, "", "", "Mean number of protons in a pulse", 0, 1e20},
    KeySpec{"front_end", "protons_spread", KeyType::kNumber, "", "0",
            "Relative spread of the protons from pulse to pulse (Gaussian)", 0, 0.3},
    KeySpec{"front_end", "protons_uncertainty", KeyType::kNumber, "", "0.02",
            "Relative uncertainty of the measured protons", 0, 1},
    KeySpec{"front_end", "report_delay_ns", KeyType::kInteger, "ns", "0",
            "A pulse is reported this long after its begin", 0, 60e9},
    KeySpec{"front_end", "report_delay_spread_ns", KeyType::kInteger, "ns", "0",
            "And later by a random time below this", 0, 60e9},
    KeySpec{"front_end", "charge_delay_ns", KeyType::kInteger, "ns", "0",
            "The measured protons come this long after the report, as an amendment; 0: with the report", 0, 3600e9},
};

/// When pulses come and are reported. Pulse k begins at first + floor(k period_num / period_den) plus its jitter.
struct SimulatedBeam {
  Timestamp first;
  std::uint64_t period_num = 1;  ///< ns
  std::uint64_t period_den = 1;
  Duration jitter;
  Duration length;
  double protons = 0;
  double protons_spread = 0;       ///< relative
  double protons_uncertainty = 0;  ///< relative
  Duration report_delay;
  Duration report_delay_spread;
  Duration charge_delay;
};
/// From [front_end.<name>] of a simulated source.
[[nodiscard]] SimulatedBeam simulated_beam(const Section& section, Timestamp epoch);

Duration simulated_longest_pulse(const Section& section);
Duration simulated_min_pulse_period(const Section& section);
/// Throws ConfigError where pulses could overlap, or where a detector of the facility cannot be simulated.
void check_simulated_source(const Section& section, const model::Setup& setup, std::uint32_t facility);

}  // namespace spillway::detectors::beam
