#pragma once

#include <string_view>

#include "detectors/physics/constants.hpp"

namespace spillway::physics {

/// A target nucleus; a molecule is one nucleus with the mean numbers of its atoms (so they need not be whole).
struct Nucleus {
  std::string_view name;
  double protons = 0;
  double neutrons = 0;
  double mass_number = 0;  ///< A, for form factors
  double mass_u = 0;       ///< atomic mass unit

  [[nodiscard]] constexpr double mass_mev() const { return mass_u * kAtomicMassUnit_mev; }
  [[nodiscard]] constexpr double nuclei_per_kg() const { return 1 / (mass_u * kAtomicMassUnit_kg); }
};

// Baxter et al., JHEP 02 (2020) 123, table 2, with its masses. Cesium iodide and octafluoropropane are "the weighted
// average between the elements in the molecule"; the latter has the form factor of oxygen, the paper's for fluorine.
inline constexpr Nucleus kXenon132{"132Xe", 54, 78, 132, 131.29};
inline constexpr Nucleus kArgon40{"40Ar", 18, 22, 40, 39.95};
inline constexpr Nucleus kGermanium72{"72Ge", 32, 40, 72, 75.92};
inline constexpr Nucleus kSilicon28{"28Si", 14, 14, 28, 27.98};
inline constexpr Nucleus kCarbon12{"12C", 6, 6, 12, 12.01};
inline constexpr Nucleus kFluorine19{"19F", 9, 10, 19, 19.00};
inline constexpr Nucleus kCesium133{"133Cs", 55, 78, 133, 132.91};
inline constexpr Nucleus kIodine127{"127I", 53, 74, 127, 126.90};
inline constexpr Nucleus kNeon20{"20Ne", 10, 10, 20, 20.18};
inline constexpr Nucleus kCesiumIodide{"CsI", 54, 76, 130, 129.905};
inline constexpr Nucleus kOctafluoropropane{"C3F8", 90.0 / 11, 98.0 / 11, 16, 200.0 / 11};
// The other gases of the time projection chamber.
inline constexpr Nucleus kKrypton84{"84Kr", 36, 48, 84, 83.80};
inline constexpr Nucleus kHelium4{"4He", 2, 2, 4, 4.0026};

}  // namespace spillway::physics
