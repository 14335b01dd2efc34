#pragma once

#include <span>
#include <string>
#include <vector>

#include "detectors/physics/ess/couplings.hpp"
#include "detectors/physics/ess/detector.hpp"
#include "detectors/physics/ess/spectrum.hpp"
#include "detectors/statistics/pulls.hpp"

namespace spillway::physics::ess {

/// A detector and how long it runs like that: with that gas, at that threshold.
struct Run {
  Detector detector;
  Exposure exposure;
};

/// How the normalisations of several runs belong together.
enum class Pulls {
  kShared,    ///< one of the signal and one of the background for all
  kSeparate,  ///< two of each run
};

// Baxter et al., section 4.1: normalisation uncertainties of signal and background.
inline constexpr double kSignalSigma = 0.10;
inline constexpr double kBackgroundSigma = 0.01;

/// One or several runs that are fitted together. The data are what the standard model expects of them.
class Measurement {
 public:
  explicit Measurement(std::span<const Run> runs, Pulls pulls = Pulls::kShared);

  /// chi2 of eqs. 4.3 and 4.4, at its least over the pulls. Throws Error where that is not found.
  [[nodiscard]] double chi2(const Couplings& couplings) const { return fit(couplings).chi2; }
  [[nodiscard]] statistics::PoissonFit fit(const Couplings& couplings) const;

  /// One run's part of the bins, expected by the standard model.
  struct Part {
    Nucleus nucleus;
    std::vector<Bin> bins;
    std::size_t first_bin = 0;
    std::size_t signal = 0;  ///< index of its signal's normalisation
    std::size_t background = 0;
  };
  [[nodiscard]] std::span<const Part> parts() const { return parts_; }
  [[nodiscard]] std::span<const double> observed() const { return observed_; }
  /// Pulls and the standard model's counts.
  [[nodiscard]] const statistics::LinearModel& standard_model() const { return model_; }

 private:
  std::vector<Part> parts_;
  std::vector<double> observed_;
  statistics::LinearModel model_;
};

}  // namespace spillway::physics::ess
