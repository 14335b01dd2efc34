#pragma once

namespace spillway::physics {

// CODATA 2018 and PDG 2018; natural units with energies in MeV.
inline constexpr double kFermiConstant = 1.1663787e-11;    ///< G_F / (hbar c)^3, 1/MeV^2
inline constexpr double kFineStructure = 7.2973525693e-3;  ///< at q = 0
inline constexpr double kHbarC_mev_fm = 197.3269804;
inline constexpr double kHbarC_mev_cm = kHbarC_mev_fm * 1e-13;
inline constexpr double kElectronMass_mev = 0.51099895;
inline constexpr double kMuonMass_mev = 105.6583755;
inline constexpr double kChargedPionMass_mev = 139.57039;
inline constexpr double kWMass_mev = 80379;
inline constexpr double kAtomicMassUnit_mev = 931.49410242;
inline constexpr double kAtomicMassUnit_kg = 1.66053906660e-27;

/// Weak mixing angle at zero momentum transfer in the MS-bar scheme (Erler & Ferro-Hernandez, JHEP 03 (2018) 196).
inline constexpr double kSin2ThetaW = 0.23867;

/// Conversion of an area in natural units to cm^2.
inline constexpr double kCm2PerInverseMev2 = kHbarC_mev_cm * kHbarC_mev_cm;

}  // namespace spillway::physics
