#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "detectors/physics/level/nu_argon_fit.hpp"
#include "detectors/statistics/poisson_fit.hpp"

namespace spillway::physics::level {

/// CEvNS events above threshold per ton and year at position C, background equal to them in number: 0.16 a dump.
inline constexpr double kCevnsPerTonYear = 64;
/// The background falls like exp(-T / 100 keV), a smooth form of what is measured in CENNS-10 (arXiv:2003.10630).
inline constexpr double kBackgroundFall_kevnr = 100;

/// What a CEvNS detector counts in the bins of its fits, in an exposure: signal from pions and from kaons, background.
struct CevnsCounts {
  std::vector<double> pions;
  std::vector<double> kaons;
  std::vector<double> background;  ///< known; none at 18 m, behind 3 m more of shielding
};
[[nodiscard]] CevnsCounts cevns_counts(double exposure_ton_years, double distance_m);

/// The fit of one factor R on the CEvNS cross section to recoils in bins of 40 keV_nr from 20 to 300.
/// Source: Kelly et al., section 4.2.3 and the inset of figs. 8 and 14.
class CevnsNormFit {
 public:
  enum Parameter : std::size_t { kR, kFlux, kKaons, kParameters };

  CevnsNormFit(double exposure_ton_years, double distance_m, bool systematics);

  [[nodiscard]] std::vector<double> asimov() const;
  [[nodiscard]] std::size_t bins() const { return counts_.pions.size(); }
  [[nodiscard]] statistics::PoissonFitter fitter(std::span<const double> observed,
                                                 const Constraints& measured = {}) const;

  struct Result {
    statistics::PoissonFit fit;
    Range r;
  };
  /// None where the fit or the interval does not converge.
  [[nodiscard]] std::optional<Result> fit(std::span<const double> observed) const;

 private:
  template <typename Scalar>
  [[nodiscard]] Scalar count(const std::array<Scalar, kParameters>& x, std::size_t i) const;

  CevnsCounts counts_;
  bool systematics_;
};

}  // namespace spillway::physics::level
