#pragma once

#include <array>
#include <span>
#include <vector>

namespace spillway::physics::level {

/// d sigma / dT of CEvNS on 40Ar in cm^2 / MeV, with eq. 4.2's term T / E, sin2w = 0.238, the Helm form factor of A =
/// 40 and M = 39.9624 u. Source: Kelly et al., LEvEL, eqs. 4.2 and 4.3.
[[nodiscard]] double cevns_argon_cross_section(double energy_mev, double recoil_mev);

/// The detector does not see recoils below, and the fits end above (section 4.2.1).
inline constexpr double kRecoilThreshold_kevnr = 20;
inline constexpr double kLastRecoil_kevnr = 300;
inline constexpr std::size_t kRecoilBins = 7;  ///< of 40 keV_nr

/// The total cross section above the threshold, integral of d sigma / dT, cm^2.
[[nodiscard]] double cevns_argon_above_threshold(double energy_mev);

/// The part of it between two recoils.
[[nodiscard]] double cevns_argon_between(double energy_mev, double low_kevnr, double high_kevnr);

/// A neutrino energy of the flux, and how many neutrinos of all flavours per cm^2 and dump at position C it stands for:
/// lines as they are, continua as nodes of a quadrature.
struct FluxNode {
  double energy_mev = 0;
  double flux = 0;
  bool from_kaons = false;
};
[[nodiscard]] std::vector<FluxNode> flux_nodes();

/// Recoils per dump in 1 t at position C.
struct CevnsSpectrum {
  std::vector<double> edges_kevnr;
  std::vector<double> pions;
  std::vector<double> ke3;
  std::vector<double> kaon_line;  ///< K mu2
};
/// In bins with these edges, ascending.
[[nodiscard]] CevnsSpectrum cevns_spectrum(std::vector<double> edges_kevnr);

/// Recoils per dump in 1 t at position C above threshold, whatever their energy. 0.154 against table 1's 0.16.
struct CevnsRate {
  double pions = 0;
  double ke3 = 0;
  double kaon_line = 0;
  [[nodiscard]] double total() const { return pions + ke3 + kaon_line; }
};
[[nodiscard]] CevnsRate cevns_rate();

/// Edges of the fits' bins: 20, 60 ... 300 keV_nr.
[[nodiscard]] std::vector<double> recoil_edges_kevnr();

/// Eq. 4.4: R sigma_0 (E / E0)^gamma_1 (1 - E_thr / E)^gamma_2 above E_thr, E0 = 100 MeV.
inline constexpr double kShapeReference_mev = 100;
struct CevnsShape {
  double normalisation = 1;  ///< R
  double gamma1 = 0;
  double threshold_mev = 0;
  double gamma2 = 0;
};
struct ShapeSet {
  double sigma0_cm2 = 0;
  CevnsShape shape;
};
/// As printed under eq. 4.4. Between 25 and 100 MeV it lies 2 to 5 times below eq. 4.2 above threshold.
inline constexpr ShapeSet kPrintedShape{5.3e-39, {1, 1.0, 18, 3.0}};
/// Fitted to eq. 4.2 above threshold from 21 to 53 MeV, where the muons' neutrinos are.
inline constexpr ShapeSet kFittedShape{1.07e-38, {1, 0.8, 19.25, 2.1}};

/// cm^2 per 40Ar.
[[nodiscard]] double shape_cross_section(double sigma0_cm2, const CevnsShape& shape, double energy_mev);

}  // namespace spillway::physics::level
