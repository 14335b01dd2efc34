#pragma once

#include "detectors/physics/constants.hpp"

namespace spillway::physics {

// The neutrinos of a K+ that stops: K+ -> mu+ nu_mu (K mu2) and K+ -> pi0 e+ nu_e (Ke3). PDG 2020.
inline constexpr double kChargedKaonMass_mev = 493.677;
inline constexpr double kNeutralPionMass_mev = 134.9768;
inline constexpr double kMu2BranchingRatio = 0.6356;
inline constexpr double kKe3BranchingRatio = 0.0507;

/// Energy of the K mu2 line, (m_K^2 - m_mu^2) / (2 m_K) = 235.5 MeV.
inline constexpr double kKaonLineEnergy_mev =
    (kChargedKaonMass_mev * kChargedKaonMass_mev - kMuonMass_mev * kMuonMass_mev) / (2 * kChargedKaonMass_mev);

/// End point of the Ke3 neutrinos with a massless electron, (m_K^2 - m_pi0^2) / (2 m_K) = 228.4 MeV.
inline constexpr double kKe3EndPoint_mev =
    (kChargedKaonMass_mev * kChargedKaonMass_mev - kNeutralPionMass_mev * kNeutralPionMass_mev) /
    (2 * kChargedKaonMass_mev);

/// Ke3 neutrinos per MeV, normalised to one; 0 outside (0, end point).
///
/// The Dalitz density |f+|^2 (2 E_e E_nu - q^2 / 2), f+ = 1 + lambda+ q^2 / m_pi+^2 with lambda+ = 0.0297 (PDG 2020,
/// form factors of semileptonic kaon decays), integrated over the electron's energy; the electron's mass is neglected.
[[nodiscard]] double ke3_spectrum(double energy_mev);

}  // namespace spillway::physics
