#pragma once

#include <array>
#include <cmath>
#include <optional>
#include <string_view>

/// The Low-Energy Neutrino Experiment at the LHC: Kelly, Machado, Marchionni & Perez-Gonzalez, arXiv:2104.12785.
namespace spillway::physics::level {

/// Distance of position C, across the beam, and of the alternative behind 3 m more of shielding.
inline constexpr double kPositionC_m = 15;
inline constexpr double kPositionFar_m = 18;

/// Neutrinos of each flavour from stopped pions, per cm^2 and dump at position C (fig. 3): 365 per proton.
inline constexpr double kPionFluxAtC = 3.92e9;

/// K+ over pi+ among those that stop: 9 % of nu_e on argon then come from Ke3.
inline constexpr double kStoppedKaonsPerPion = 0.04425;

/// Part of the nu_e flux that is taken as anti-nu_e, which comes from the few negative muons that decay at rest. The
/// paper's own is a FLUKA spectrum that it does not print.
inline constexpr double kAntiNuEPerNuE = 0.10;

/// The flux is isotropic: what it has at a distance over what it has at position C.
[[nodiscard]] constexpr double flux_ratio(double distance_m) {
  return (kPositionC_m / distance_m) * (kPositionC_m / distance_m);
}

/// Neutrons per cm^2 and dump behind the borated concrete that fills the way from the cavern's wall (fig. 5): 2e-4 at
/// 15 m, 3.6 orders of magnitude for every 3 m; never more than the 1e8 at the wall, 5.5 m from the dump.
inline constexpr double kWallDistance_m = 5.5;
[[nodiscard]] inline double neutrons_per_cm2_dump(double distance_m) {
  return std::fmin(1e8, 2e-4 * std::pow(10, -3.6 * (distance_m - kPositionC_m) / 3));
}

/// Time that a slow neutron needs for a way, in ms: late ones can be cut. 1 eV takes 0.1 ms for 1.4 m.
[[nodiscard]] inline double neutron_flight_ms(double energy_ev, double way_m) {
  constexpr double kMetresPerMsOfOneEv = 13.83;
  return way_m / (kMetresPerMsOfOneEv * std::sqrt(energy_ev));
}

/// Cosmic muons in a cavern 100 m underground (section 3, the MINOS near detector's rate).
inline constexpr double kCosmicMuonRate_hz = 270;
inline constexpr double kCosmicMuonRejection = 7e-6;
inline constexpr double kDriftReadout_ms = 2;

/// Table 1: events per dump in 100 t of liquid argon, CEvNS in 1 t. 0 where the paper prints a dash. Above 10 GeV
/// (CC-HE, CC-VHE) nothing but position A has any.
struct PublishedRates {
  std::string_view position;
  double distance_m = 0;
  double cevns_per_ton = 0;
  double nue_ar = 0;
  double anti_nue_ar = 0;
  double nux_ar = 0;
  double cc_nue = 0;   ///< nu_e and anti-nu_e below 10 GeV
  double cc_numu = 0;  ///< nu_mu and anti-nu_mu
  double cc_nutau = 0;
};
inline constexpr std::array kTable1 = {
    PublishedRates{"A", 20, 0.68, 2.0, 0.019, 0.13, 3.1, 51, 0.016},
    PublishedRates{"B", 20, 0.33, 1.8, 0.018, 0.096, 0.24, 4.8, 0},
    PublishedRates{"C", 15, 0.16, 1.6, 0.010, 0.042, 0.008, 0.23, 0},
};
[[nodiscard]] constexpr std::optional<PublishedRates> published_rates(std::string_view position) {
  for (const PublishedRates& rates : kTable1) {
    if (rates.position == position) return rates;
  }
  return std::nullopt;
}

}  // namespace spillway::physics::level
