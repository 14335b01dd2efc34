#include "detectors/physics/ess/measurement.hpp"

#include <algorithm>

#include "daq/base/error.hpp"

namespace spillway::physics::ess {
namespace {

std::vector<Measurement::Part> parts_of(std::span<const Run> runs) {
  std::vector<Measurement::Part> parts;
  std::size_t first = 0;
  for (const Run& run : runs) {
    parts.push_back({run.detector.nucleus, expected_bins(run.detector, run.exposure), first, 0, 0});
    first += parts.back().bins.size();
  }
  return parts;
}

std::size_t bins_of(std::span<const Measurement::Part> parts) {
  return parts.empty() ? 0 : parts.back().first_bin + parts.back().bins.size();
}

}  // namespace

Measurement::Measurement(std::span<const Run> runs, Pulls pulls)
    : parts_(parts_of(runs)), observed_(bins_of(parts_)), model_(bins_of(parts_)) {
  const std::size_t groups = pulls == Pulls::kShared ? 1 : parts_.size();
  if (2 * groups > statistics::kMaxParameters) {
    throw Error("too many runs for pulls of their own; let them share their pulls, or fit fewer together");
  }
  for (std::size_t group = 0; group < groups; ++group) {
    std::vector<double> signal(bins_of(parts_));
    std::vector<double> background(bins_of(parts_));
    const std::size_t index = model_.size();
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      if (pulls == Pulls::kSeparate && p != group) continue;
      Part& part = parts_[p];
      part.signal = index;
      part.background = index + 1;
      for (std::size_t i = 0; i < part.bins.size(); ++i) {
        signal[part.first_bin + i] = part.bins[i].total_signal();
        background[part.first_bin + i] = part.bins[i].background;
        observed_[part.first_bin + i] = part.bins[i].total_signal() + part.bins[i].background;
      }
    }
    model_.add({1, kSignalSigma}, signal);
    model_.add({1, kBackgroundSigma}, background);
  }
}

statistics::PoissonFit Measurement::fit(const Couplings& couplings) const {
  statistics::LinearModel model = model_;
  for (const Part& part : parts_) {
    const FlavourWeights weights = flavour_weights(part.nucleus, couplings);
    const double moment = couplings.mu_numu * couplings.mu_numu;
    const std::span<double> signal = model.counts(part.signal).subspan(part.first_bin, part.bins.size());
    for (std::size_t i = 0; i < signal.size(); ++i) {
      const Bin& bin = part.bins[i];
      signal[i] =
          weights[0] * bin.signal[0] + weights[1] * bin.signal[1] + weights[2] * bin.signal[2] + moment * bin.magnetic;
    }
  }
  statistics::PoissonFit found = statistics::minimise_over_pulls(observed_, model);
  if (!found.converged) throw Error("the pulls found no minimum of chi2; the couplings are too far from any data");
  return found;
}

}  // namespace spillway::physics::ess
