#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "detectors/physics/constants.hpp"

namespace spillway::physics {

/// The neutrinos of a pi+ that stops: pi+ -> mu+ nu_mu at once, mu+ -> e+ nu_e anti-nu_mu with the muon's life time.
enum class Flavour { kNuMu, kNuE, kAntiNuMu };

inline constexpr std::array kFlavours = {Flavour::kNuMu, Flavour::kNuE, Flavour::kAntiNuMu};
inline constexpr std::size_t kFlavourCount = kFlavours.size();

[[nodiscard]] constexpr std::size_t index_of(Flavour flavour) {
  return static_cast<std::size_t>(flavour);
}

/// "nu_mu", "nu_e", "anti_nu_mu".
[[nodiscard]] constexpr std::string_view name_of(Flavour flavour) {
  constexpr std::array<std::string_view, kFlavourCount> kNames = {"nu_mu", "nu_e", "anti_nu_mu"};
  return kNames[index_of(flavour)];
}

/// Energy of the prompt line, (m_pi^2 - m_mu^2) / (2 m_pi) = 29.79 MeV.
inline constexpr double kPromptEnergy_mev =
    (kChargedPionMass_mev * kChargedPionMass_mev - kMuonMass_mev * kMuonMass_mev) / (2 * kChargedPionMass_mev);

/// End point of the delayed spectra, m_mu / 2 = 52.83 MeV.
inline constexpr double kDelayedEndPoint_mev = kMuonMass_mev / 2;

/// Mean energies of the delayed spectra in closed form: 3/10 and 7/20 of the muon's mass.
inline constexpr double kNuEMeanEnergy_mev = 3 * kMuonMass_mev / 10;
inline constexpr double kAntiNuMuMeanEnergy_mev = 7 * kMuonMass_mev / 20;

/// Delayed spectra per MeV, normalised to one; 0 outside (0, m_mu / 2).
/// Source: Baxter et al., JHEP 02 (2020) 123, eq. 2.1.
[[nodiscard]] constexpr double nu_e_spectrum(double energy_mev) {
  if (energy_mev <= 0 || energy_mev >= kDelayedEndPoint_mev) return 0;
  const double x = energy_mev / kMuonMass_mev;
  return 192 / kMuonMass_mev * x * x * (0.5 - x);
}
[[nodiscard]] constexpr double anti_nu_mu_spectrum(double energy_mev) {
  if (energy_mev <= 0 || energy_mev >= kDelayedEndPoint_mev) return 0;
  const double x = energy_mev / kMuonMass_mev;
  return 64 / kMuonMass_mev * x * x * (0.75 - x);
}

}  // namespace spillway::physics
