#pragma once

#include <array>
#include <string>
#include <vector>

#include "daq/base/config.hpp"
#include "daq/model/setup.hpp"

/// Self-triggered CAEN digitisers (x725, x730, ...) as CoMPASS records them, and the recorded list file as a front end.
namespace spillway::detectors::caen {

inline constexpr std::array kDigitizerKeys = {
    KeySpec{"detector", "channels", KeyType::kIntegerList, "", "[0]",
            "Digitiser channels that belong to this detector; each is a stream", 0, 65535},
    KeySpec{"detector", "sample_ns", KeyType::kNumber, "ns", "2", "Sampling period of the digitiser", 0.01, 1e6},
};

inline constexpr std::array kFinderKeys = {
    KeySpec{"readout", "baseline_samples", KeyType::kInteger, "samples", "24",
            "Samples at the begin of each record whose mean is its baseline", 1, 100'000},
    KeySpec{"readout", "threshold_adc", KeyType::kNumber, "ADC counts", "50",
            "A pulse is found where the signal rises this far above the baseline", 0.5, 65535},
    KeySpec{"readout", "polarity", KeyType::kString, "", "\"positive\"", "Which way pulses go", -1e300, 1e300,
            "positive|negative"},
    KeySpec{"readout", "cfd_fraction", KeyType::kNumber, "", "0.3",
            "A pulse begins where its leading edge crosses this fraction of its peak", 0.01, 0.99},
};

inline constexpr std::array kSelectionKeys = {
    KeySpec{"online", "min_integral", KeyType::kInteger, "ADC counts x samples", "0",
            "A pulse is counted from this integral on", 0, 4294967295.0},
};

inline constexpr std::array kCompassSourceKeys = {
    KeySpec{"front_end", "file", KeyType::kString, "", "\"\"", "CoMPASS list file to play; --replay overrides it"},
    KeySpec{"front_end", "gate_channel", KeyType::kInteger, "", "",
            "Channel whose records are the beam gate: the time of each is a pulse", 0, 65535},
    KeySpec{"front_end", "board", KeyType::kInteger, "", "-1", "Board whose records are taken; -1: of all boards", -1,
            65535},
    KeySpec{"front_end", "pulse_length_ns", KeyType::kInteger, "ns", "0",
            "Length of a beam pulse; 0: its edge alone is known", 0, 1e12},
    KeySpec{"front_end", "protons_per_pulse", KeyType::kNumber, "", "0", "Protons of each pulse; 0: not known", 0,
            1e20},
};

/// One stream a channel. Throws ConfigError where a channel is named twice or none is.
std::vector<std::string> digitizer_streams(const std::string& detector, const Section& section);

Duration compass_longest_pulse(const Section& section);
/// Throws ConfigError where the gate channel is also a detector's, two detectors read one channel, or a detector asks
/// for gated emission, which a recording cannot do afterwards.
void check_compass_source(const Section& section, const model::Setup& setup, std::uint32_t facility);

}  // namespace spillway::detectors::caen
