#pragma once

#include <array>
#include <string>
#include <vector>

#include "daq/base/config.hpp"
#include "detectors/frame_codec.hpp"

namespace spillway::detectors::lartpc {

inline constexpr std::array kDetectorKeys = {
    KeySpec{"detector", "links", KeyType::kIntegerList, "", "[]",
            "Links that are read, 0 to 175, each a stream; an empty list: all of them", 0, 175},
    KeySpec{"detector", "drift_mm_per_us", KeyType::kNumber, "mm/us", "1.6", "Drift velocity of the electrons", 0.1,
            10},
    KeySpec{"detector", "gain_mv_per_fc", KeyType::kNumber, "mV/fC", "7.8", "Gain of the front-end amplifiers", 1, 30},
    KeySpec{"detector", "electron_lifetime_us", KeyType::kNumber, "us", "10000",
            "Lifetime of drifting electrons against capture by impurities", 100, 1e9},
};

inline constexpr std::array kFinderKeys = {
    KeySpec{"readout", "collection_threshold_adc", KeyType::kInteger, "ADC counts", "40",
            "A hit of a collection wire is where the signal is above its pedestal by more than this", 1, 16383},
    KeySpec{"readout", "induction_threshold_adc", KeyType::kInteger, "ADC counts", "40", "The same for induction wires",
            1, 16383},
};

inline constexpr std::array kSelectionKeys = {
    KeySpec{"online", "hit_threshold_adc", KeyType::kInteger, "ADC counts", "30",
            "A hit of a collection wire is where the signal is above its pedestal by more than this; at the level of "
            "primitives as much as collection_threshold_adc of [readout.<detector>]",
            1, 16383},
    KeySpec{"online", "link_mm", KeyType::kNumber, "mm", "15", "Hits nearer than this belong to one track", 3, 200},
    KeySpec{"online", "seed_mev", KeyType::kNumber, "MeV", "3", "Least energy of a track that photons are added to",
            0.1, 100},
    KeySpec{"online", "blip_radius_mm", KeyType::kNumber, "mm", "300",
            "Energy within this distance of the track is added to it", 0, 2000},
    KeySpec{"online", "photon_radius_mm", KeyType::kNumber, "mm", "600",
            "The same for what is more than 39Ar leaves and less than half of the track", 0, 5000},
    KeySpec{"online", "muon_length_mm", KeyType::kNumber, "mm", "800", "Longer tracks are muons", 10, 10'000},
    KeySpec{"online", "muon_mev", KeyType::kNumber, "MeV", "250", "Tracks of more energy are muons", 10, 1e6},
    KeySpec{"online", "edge_mm", KeyType::kNumber, "mm", "30",
            "Tracks that come this near to an end of the chamber have come in there", 0, 1000},
    KeySpec{"online", "least_mev", KeyType::kNumber, "MeV", "10", "Least energy of a candidate", 0.1, 1000},
};

inline constexpr std::array kSimulationKeys = {
    KeySpec{"simulation", "noise_electrons", KeyType::kNumber, "electrons", "500",
            "Equivalent noise charge of a wire, rms", 0, 5000},
    KeySpec{"simulation", "ar39_bq_per_kg", KeyType::kNumber, "Bq/kg", "1", "Activity of 39Ar", 0, 100},
    KeySpec{"simulation", "muon_rate_hz", KeyType::kNumber, "Hz", "270",
            "Cosmic muons that cross the chamber, at a background_rate_scale of 1", 0, 1e5},
    KeySpec{"simulation", "nue_per_dump", KeyType::kNumber, "", "1.6",
            "nu_e-argon events of 100 t in a dump of 3.036e14 protons, at a signal_rate_scale of 1", 0, 1000},
};

/// The level of primitives has one search for hits, that of the readout: the selection's threshold must be the same.
void check_primitives(const Section& readout, const Section& online);

/// Links that are read, in the order of streams. Throws ConfigError where one is named twice.
[[nodiscard]] std::vector<std::size_t> links(const Section& detector);
/// "<detector>/<link>", one a link.
[[nodiscard]] std::vector<std::string> chamber_streams(const std::string& detector, const Section& section);
/// Number of the first wire of a stream's link, where all wires are counted plane by plane with 64 numbers left out
/// between planes.
[[nodiscard]] std::uint32_t first_channel(const std::string& stream);

/// ADC counts at the peak of a pulse of one electron that arrives at once: a 14-bit converter over 1.4 V.
[[nodiscard]] double adc_per_electron(double gain_mv_per_fc);

}  // namespace spillway::detectors::lartpc
