#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "detectors/physics/form_factor.hpp"
#include "detectors/physics/nuclei.hpp"

namespace spillway::physics::ess {

/// What the sensitivity to CEvNS needs to know of a detector. Recoil energies are true nuclear ones (keV_nr).
struct Detector {
  std::string_view name;
  std::string_view meaning;
  Nucleus nucleus;
  double mass_kg = 0;
  double threshold_kevnr = 0;
  double resolution = 0;        ///< sigma / T at threshold, growing as sqrt(T); 0 where recoils are only counted
  double max_recoil_kevnr = 0;  ///< end of the last bin
  double background = 0;        ///< steady, per kg and day: above threshold where only counted, else per keV_nr
  double rms_radius_fm = 0;     ///< of the Helm form factor; 0 for the parameters of Lewin and Smith
  double rate_mass_u = 0;       ///< atomic mass behind the published rate where that is not the fit's; 0 where it is

  [[nodiscard]] constexpr bool counts_only() const { return resolution == 0; }
  [[nodiscard]] FormFactor form_factor() const {
    return rms_radius_fm > 0 ? FormFactor::helm_of_rms_radius(rms_radius_fm)
                             : FormFactor::lewin_smith(nucleus.mass_number);
  }
  /// sigma(T) = sigma_0 sqrt(T / T_threshold).
  [[nodiscard]] double sigma_kevnr(double recoil_kevnr) const;
};

// Baxter et al., JHEP 02 (2020) 123, table 1. Backgrounds of the semiconductors are given per keV_ee there; a quenching
// factor of 0.20 turns 1 and 15 of them into 0.2 and 3 per keV_nr. The rate of germanium is that of its natural mass.
inline constexpr Detector kCsi{"csi", "undoped CsI at 77 K", kCesiumIodide, 22.5, 1.0, 0.30, 46.1, 10, 4.83};
inline constexpr Detector kSi{"si", "silicon skipper CCDs", kSilicon28, 1, 0.16, 0.60, 212.9, 0.2};
inline constexpr Detector kXe{"xe", "gas TPC with xenon", kXenon132, 20, 0.9, 0.40, 45.6, 10};
inline constexpr Detector kGe{"ge", "germanium point contacts", kGermanium72, 7, 0.6, 0.15, 78.9, 3, 0, 72.63};
inline constexpr Detector kAr{"ar", "argon bubble chamber", kArgon40, 10, 0.1, 0, 150.0, 0.1};
inline constexpr Detector kC3f8{"c3f8", "C3F8 bubble chamber", kOctafluoropropane, 10, 2, 0, 329.6, 0.1};

inline constexpr std::array kDetectors = {kCsi, kSi, kXe, kGe, kAr, kC3f8};

inline constexpr auto kDetectorNames = [] {
  std::array<std::string_view, kDetectors.size()> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kDetectors[i].name;
  return names;
}();

/// The gas TPC with another gas in it, up to the largest recoil that the delayed neutrinos give.
[[nodiscard]] constexpr Detector gas_tpc(std::string_view name, std::string_view meaning, const Nucleus& gas,
                                         double max_recoil_kevnr) {
  Detector detector = kXe;
  detector.name = name;
  detector.meaning = meaning;
  detector.nucleus = gas;
  detector.max_recoil_kevnr = max_recoil_kevnr;
  return detector;
}
inline constexpr std::array kOtherGases = {gas_tpc("tpc_ar", "gas TPC with argon", kArgon40, 150.0),
                                           gas_tpc("tpc_kr", "gas TPC with krypton", kKrypton84, 71.5),
                                           gas_tpc("tpc_ne", "gas TPC with neon", kNeon20, 296.9),
                                           gas_tpc("tpc_he", "gas TPC with helium", kHelium4, 1497)};
inline constexpr const Detector& kArgonTpc = kOtherGases[0];

/// Of both tables.
[[nodiscard]] constexpr std::optional<Detector> find_detector(std::string_view name) {
  for (const Detector& detector : kDetectors) {
    if (detector.name == name) return detector;
  }
  for (const Detector& detector : kOtherGases) {
    if (detector.name == name) return detector;
  }
  return std::nullopt;
}

}  // namespace spillway::physics::ess
