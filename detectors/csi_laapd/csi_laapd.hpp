#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "daq/base/config.hpp"
#include "daq/base/time.hpp"
#include "daq/model/clock.hpp"

/// Undoped CsI crystals at 77 K, each seen by two large-area avalanche photodiodes (LAAPD) and read by CAEN digitisers
/// with DPP-DAW firmware. Source of what is not said otherwise: Baxter et al., JHEP 02 (2020) 123, section 3.1.
namespace spillway::detectors::csi_laapd {

inline constexpr std::size_t kCrystals = 4;
inline constexpr std::size_t kSensorsPerCrystal = 2;                  ///< streams 2 k and 2 k + 1 see crystal k
inline constexpr std::array<double, 3> kCrystalSize = {50, 50, 500};  ///< mm

/// Charges are counted in primary electron-hole pairs (eh): before the avalanche.
inline constexpr std::array kDetectorKeys = {
    KeySpec{"detector", "sample_ns", KeyType::kInteger, "ns", "4", "Sampling period of the digitiser", 1, 1000},
    KeySpec{"detector", "tick_ns", KeyType::kInteger, "ns", "4", "Unit of the time in a record", 1, 1000},
    KeySpec{"detector", "pre_trigger_samples", KeyType::kInteger, "samples", "750",
            "A record begins this long before the sample that triggered it", 0, 1e6},
    KeySpec{"detector", "post_trigger_samples", KeyType::kInteger, "samples", "750",
            "And goes on so long after the last sample over the threshold", 1, 1e6},
    KeySpec{"detector", "self_trigger_adc", KeyType::kInteger, "ADC counts", "32",
            "A channel triggers itself where a sample is this far above the baseline", 1, 16383},
    KeySpec{"detector", "gain", KeyType::kNumber, "", "1060", "Electrons that the avalanche makes of one", 1, 1e6},
    KeySpec{"detector", "electrons_per_adc", KeyType::kNumber, "electrons", "132.5",
            "Electrons behind the avalanche in one ADC count at the peak of the mean pulse", 1e-3, 1e9},
    KeySpec{"detector", "shaping_ns", KeyType::kNumber, "ns", "1000", "Time constant of the shaper (CR-RC)", 10, 1e5},
    KeySpec{"detector", "scintillation_ns", KeyType::kNumber, "ns", "1000", "Decay time of the scintillation", 1, 1e5},
};

inline constexpr std::array kReadoutKeys = {
    KeySpec{"readout", "filter_rise_ns", KeyType::kNumber, "ns", "500",
            "Rise and fall of the trapezoid that weighs the samples of a pulse", 1, 1e6},
    KeySpec{"readout", "filter_flat_ns", KeyType::kNumber, "ns", "4000", "Its flat top", 0, 1e6},
    KeySpec{"readout", "threshold_eh", KeyType::kNumber, "primary e-h pairs", "4",
            "A pulse is found where the filtered charge exceeds this", 0.1, 1e6},
};

inline constexpr std::array kOnlineKeys = {
    KeySpec{"online", "coincidence_ns", KeyType::kInteger, "ns", "3000",
            "Pulses of a crystal's two sensors peak within this", 0, 1e9},
    KeySpec{"online", "eh_per_kevnr", KeyType::kNumber, "primary e-h pairs", "4.7",
            "Charge of both sensors together for a nuclear recoil of 1 keV", 1e-6, 1e6},
    KeySpec{"online", "min_kevnr", KeyType::kNumber, "keV", "0", "Least recoil energy of a candidate", 0, 1e6},
    KeySpec{"online", "max_kevnr", KeyType::kNumber, "keV", "50", "Largest recoil energy of a candidate", 0, 1e6},
};

inline constexpr std::array kSimulationKeys = {
    KeySpec{"simulation", "distance_m", KeyType::kNumber, "m", "20", "From the target", 0.1, 1e5},
    KeySpec{"simulation", "neutrinos_per_proton", KeyType::kNumber, "", "0.3",
            "Neutrinos of each of nu_mu, nu_e and anti-nu_mu, of pions and muons at rest", 0, 1e6},
    KeySpec{"simulation", "mass_kg", KeyType::kNumber, "kg", "22.5", "Of all crystals", 1e-6, 1e6},
    KeySpec{"simulation", "threshold_kevnr", KeyType::kNumber, "keV", "1",
            "Nominal threshold, from which true recoils count as signal", 0, 1e6},
    KeySpec{"simulation", "background_ckkd", KeyType::kNumber, "counts/keV/kg/day", "10",
            "Steady background, flat in recoil energy from 0", 0, 1e12},
    KeySpec{"simulation", "background_max_kevnr", KeyType::kNumber, "keV", "50", "End of the flat background", 0, 1e6},
    KeySpec{"simulation", "quenching", KeyType::kNumber, "", "0.1",
            "Light of a nuclear recoil over that of an electron of the same energy", 1e-6, 1},
    KeySpec{"simulation", "light_yield", KeyType::kNumber, "photons/keV", "100", "Scintillation of an electron", 0,
            1e6},
    KeySpec{"simulation", "light_collection", KeyType::kNumber, "", "0.47",
            "Primary e-h pairs in both sensors together for each photon", 0, 1},
    KeySpec{"simulation", "light_asymmetry", KeyType::kNumber, "", "0.1",
            "Asymmetry of the two sensors' light from an end of the crystal; 0 at its middle", 0, 1},
    KeySpec{"simulation", "excess_noise", KeyType::kNumber, "", "2",
            "Excess noise factor of the avalanche: 1 for none, 2 for exponentially distributed gains", 1, 10},
    KeySpec{"simulation", "noise_eh", KeyType::kNumber, "primary e-h pairs", "1.1",
            "Noise of one sensor behind the shaper, rms", 1e-6, 1e6},
    KeySpec{
        "simulation", "noise_singles", KeyType::kBool, "", "true",
        "A sensor's noise triggers its channel by itself, too; false for long exposures, which then lack accidental "
        "coincidences"},
    KeySpec{"simulation", "baseline_adc", KeyType::kInteger, "ADC counts", "1000", "Baseline of every channel", 0,
            16383},
};

/// The digitiser channel and what stands before it.
struct Electronics {
  std::int64_t sample_ns = 4;
  std::int64_t tick_ns = 4;
  std::size_t pre_samples = 750;
  std::size_t post_samples = 750;
  int self_trigger_adc = 32;
  double adc_per_eh = 8;  ///< at the peak of the mean pulse
  double shaping_ns = 1000;
  double scintillation_ns = 1000;
  /// From the begin of the first sample to that of this one.
  [[nodiscard]] Duration at(std::size_t sample) const { return {static_cast<std::int64_t>(sample) * sample_ns}; }
};
[[nodiscard]] Electronics electronics(const Section& detector);

/// From energy to charge.
struct Response {
  double quenching = 0.1;
  double eh_per_kevee = 47;  ///< both sensors together
  double asymmetry = 0.1;
  double excess_noise = 2;
  double noise_eh = 1.1;
};
[[nodiscard]] Response response(const Section& simulation);

/// "<detector>/0" to "<detector>/7". Throws ConfigError where a sample does not last a whole number of ticks.
[[nodiscard]] std::vector<std::string> streams(const std::string& detector, const Section& section);
/// Ticks since the epoch, of the trigger; the first sample lies pre_trigger_samples before it.
[[nodiscard]] model::ClockSegment clock(const Section& section, Timestamp epoch);

}  // namespace spillway::detectors::csi_laapd
