#pragma once

#include <span>

namespace spillway::physics {

struct CrossSectionRow {
  double energy_mev = 0;
  double cm2 = 0;  ///< per 40Ar nucleus
};

/// Cross sections on 40Ar below 200 MeV as SNOwGLoBES tabulates them (K. Scholberg et al.,
/// webhome.phy.duke.edu/~schol/snowglobes, files xs_nue_Ar40, xs_nuebar_Ar40, xs_nc_nue_Ar40; from Kolbe, Langanke and
/// Martinez-Pinedo). Ascending in energy.
[[nodiscard]] std::span<const CrossSectionRow> nu_e_argon_table();             ///< nu_e 40Ar -> e- 40K*
[[nodiscard]] std::span<const CrossSectionRow> anti_nu_e_argon_table();        ///< anti-nu_e 40Ar -> e+ 40Cl*
[[nodiscard]] std::span<const CrossSectionRow> neutral_current_argon_table();  ///< any flavour, 40Ar -> 40Ar*

/// Between the rows a power law, 0 below the first and constant above the last. cm^2 per nucleus.
[[nodiscard]] double interpolate(std::span<const CrossSectionRow> table, double energy_mev);

/// R (E / E0)^gamma, which multiplies the nu_e cross section. Source: Kelly et al., LEvEL (arXiv:2104.12785), eq. 4.1.
inline constexpr double kTiltReference_mev = 40;
[[nodiscard]] double tilt(double normalisation, double gamma, double energy_mev);

}  // namespace spillway::physics
