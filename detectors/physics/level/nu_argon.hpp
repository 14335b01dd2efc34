#pragma once

#include <vector>

namespace spillway::physics::level {

/// 40Ar nuclei in 100 t of liquid argon.
inline constexpr double kArgonNuclei100Tons = 1.5075e30;

/// Bins of true neutrino energy (fig. 6a): `bin_mev` wide from 0 to past the end point of Ke3.
inline constexpr double kEnergyBin_mev = 2;

/// Events of one source in a bin, and what a tilt of the cross section makes of them.
struct TiltedBin {
  double events = 0;
  double mean_log = 0;      ///< mean of ln(E / 40 MeV) over them
  double variance_log = 0;  ///< and its variance
};

/// Events per dump in 100 t at position C.
struct NuArgonSpectrum {
  std::vector<double> edges_mev;
  std::vector<TiltedBin> pions;  ///< one of each by bin; the K mu2 line is no part of it
  std::vector<TiltedBin> kaons;  ///< Ke3
  [[nodiscard]] double pion_events() const;
  [[nodiscard]] double kaon_events() const;
};
[[nodiscard]] NuArgonSpectrum nu_e_argon_spectrum();       ///< nu_e 40Ar -> e- 40K*
[[nodiscard]] NuArgonSpectrum anti_nu_e_argon_spectrum();  ///< anti-nu_e 40Ar -> e+ 40Cl*; pions' muons only
/// Neutral current of all flavours; the prompt nu_mu line lies in its bin.
[[nodiscard]] NuArgonSpectrum neutral_current_spectrum();

/// Neutral-current events of the 235.5 MeV line per dump in 100 t at position C; its cross section is that of 199 MeV,
/// where the table ends, so it is a lower limit.
[[nodiscard]] double neutral_current_of_kaon_line();

}  // namespace spillway::physics::level
