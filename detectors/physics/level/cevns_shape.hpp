#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "detectors/physics/level/cevns.hpp"
#include "detectors/statistics/poisson_fit.hpp"
#include "detectors/statistics/sampler.hpp"

namespace spillway::physics::level {

/// The parameters of eq. 4.4 and the flat priors that they are sampled within; beyond them the recoils say nothing.
struct ShapePrior {
  std::string_view name;
  std::string_view symbol;  ///< for plots
  statistics::Interval range;
};
inline constexpr std::array kShapePriors = {
    ShapePrior{"R", "R", {0, 4}},
    ShapePrior{"gamma_1", "γ₁", {-2, 5}},
    ShapePrior{"E_thr", "E_thr", {0, 30}},
    ShapePrior{"gamma_2", "γ₂", {0, 8}},
};
inline constexpr std::size_t kShapeParameters = kShapePriors.size();

/// Recoils of a cross section of the form of eq. 4.4. For each neutrino energy they share it out like eq. 4.2 does
/// above threshold (20 keV_nr); a neutrino too slow for that puts its recoils into the first bin. As many events as the
/// normalisation fit has are expected for R = 1.
/// Source: Kelly et al., section 4.2.1 and figs. 8, 9, 14 and 15.
class CevnsShapeFit {
 public:
  CevnsShapeFit(const ShapeSet& truth, double exposure_ton_years, double distance_m, bool systematics);

  [[nodiscard]] const ShapeSet& truth() const { return truth_; }

  /// Expected signal in the fits' bins, apart from the background: from pions, and from kaons.
  struct Signal {
    std::array<double, kRecoilBins> pions{};
    std::array<double, kRecoilBins> kaons{};
  };
  [[nodiscard]] Signal signal(const CevnsShape& shape) const;

  /// chi2 of Asimov data at `shape`, minimised over flux and kaon-to-pion ratio.
  [[nodiscard]] double profiled_chi2(const CevnsShape& shape) const;

  /// Samples of (R, gamma_1, E_thr, gamma_2); flux and kaon-to-pion ratio are marginalised over in Laplace's
  /// approximation, which their Gaussian constraints make a good one.
  [[nodiscard]] statistics::Samples sample(const statistics::SamplerSettings& settings) const;

 private:
  struct Node {
    double energy_mev = 0;
    double log_energy = 0;  ///< ln(E / 100 MeV)
    double weight = 0;
    bool from_kaons = false;
    std::array<double, kRecoilBins> share{};
  };
  /// chi2 at the best flux and kaon-to-pion ratio, and ln of the determinant of its half second derivatives there.
  struct Profile {
    double chi2 = 0;
    double log_determinant = 0;
  };
  [[nodiscard]] Profile profile(const Signal& signal) const;

  ShapeSet truth_;
  bool systematics_;
  std::vector<Node> nodes_;
  std::vector<double> background_;
  std::vector<double> observed_;
};

/// Where the cross section lies for the parameters of `samples` whose profiled chi2 is within their joint n-sigma
/// region, at one energy.
struct BandPoint {
  double energy_mev = 0;
  double truth_cm2 = 0;
  statistics::Interval one_sigma;    ///< chi2 within 4.719 of the minimum: 68.27 % for four parameters
  statistics::Interval three_sigma;  ///< within 16.251: 99.73 %
};
[[nodiscard]] std::vector<BandPoint> allowed_band(const CevnsShapeFit& fit, const statistics::Samples& samples,
                                                  std::span<const double> energies_mev);

}  // namespace spillway::physics::level
