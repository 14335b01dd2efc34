#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "detectors/physics/level/nu_argon.hpp"
#include "detectors/statistics/contour.hpp"
#include "detectors/statistics/poisson_fit.hpp"

namespace spillway::physics::level {

/// Kelly et al., section 4.1.3: the flux is known to 5 % and the ratio of stopped kaons to pions to 10 %.
inline constexpr double kFluxUncertainty = 0.05;
inline constexpr double kKaonUncertainty = 0.10;

/// Where the fit begins, at the edge of a bin. The paper counts on no background because neutrons captured on argon
/// look like electrons of less than 10 MeV (section 4.1.2). An electron has those 10 MeV from 15.9 MeV of neutrino
/// energy on: 1.504 MeV go into the mass of 40K and 4.384 MeV into its isobaric analogue state.
inline constexpr double kFitBegin_mev = 16;

/// What a fit says of one parameter: best value and where the profiled chi2 rises by 1.
struct Range {
  double best = 0;
  statistics::Interval interval;
  [[nodiscard]] double half_width() const { return (interval.high - interval.low) / 2; }
};

/// What was measured of flux and kaon-to-pion ratio beside the data; the constraints are centred on it.
struct Constraints {
  double flux = 1;
  double kaons = 1;
};

/// Ton-years to dumps times 100 t.
[[nodiscard]] double hundred_ton_dumps(double exposure_ton_years);

/// The fit of sigma = R (E / 40 MeV)^gamma sigma_0 to nu_e events in 2 MeV bins of true energy from 16 MeV, without
/// background. Source: Kelly et al., eq. 4.1, fig. 7 and table 2.
class NuArgonFit {
 public:
  enum Parameter : std::size_t { kR, kGamma, kFlux, kKaons, kParameters };

  /// Distance over which the flux falls with its square. With `systematics` flux and kaon-to-pion ratio are profiled.
  NuArgonFit(double exposure_ton_years, double distance_m, bool systematics);

  /// Expected counts by bin for x = (R, gamma, flux, kaons), and their slopes; all 1 but gamma = 0 is the truth.
  void expect(std::span<const double> x, std::span<double> counts, std::span<double> slopes) const;
  [[nodiscard]] std::vector<double> asimov() const;
  [[nodiscard]] std::size_t bins() const { return pions_.size(); }
  [[nodiscard]] std::span<const TiltedBin> pions() const { return pions_; }  ///< in the exposure
  [[nodiscard]] std::span<const TiltedBin> kaons() const { return kaons_; }

  struct Result {
    statistics::PoissonFit fit;
    Range r;
    Range gamma;
  };
  /// None where the fit or an interval does not converge.
  [[nodiscard]] std::optional<Result> fit(std::span<const double> observed) const;

  /// chi2 at (R, gamma), profiled over the pulls, less that of the minimum is `delta`.
  [[nodiscard]] statistics::Contours contours(std::span<const double> observed, const Result& result,
                                              double delta) const;

  [[nodiscard]] statistics::PoissonFitter fitter(std::span<const double> observed,
                                                 const Constraints& measured = {}) const;

 private:
  template <typename Scalar>
  [[nodiscard]] Scalar count(const std::array<Scalar, kParameters>& x, std::size_t i) const;

  std::vector<TiltedBin> pions_;
  std::vector<TiltedBin> kaons_;
  bool systematics_;
};

}  // namespace spillway::physics::level
