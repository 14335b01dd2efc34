#include "detectors/lartpc/response.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

namespace spillway::detectors::lartpc {

namespace {

constexpr std::size_t kFine = 4 * PlaneResponse::kPhases;  // steps of a sample
constexpr double kStepUs = kSampleUs / kFine;

using Curve = std::vector<double>;  // at multiples of kStepUs

Curve convolved(const Curve& a, const Curve& b) {
  Curve sum(a.size() + b.size() - 1, 0.0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < b.size(); ++j) sum[i + j] += a[i] * b[j];
  }
  return sum;
}

/// Current on the wire; the area of each lobe is 1. The second lobe of an induction wire is behind its plane.
Curve field_current(bool collection, double drift_mm_per_us) {
  const auto steps = static_cast<std::size_t>(std::lround(kPitchMm / drift_mm_per_us / kStepUs));
  Curve current;
  for (std::size_t i = 0; i < steps; ++i) {
    const auto n = static_cast<double>(steps);
    current.push_back((2 * static_cast<double>(i) + 1) / (n * n));
  }
  if (collection) return current;
  for (std::size_t i = 0; i < steps; ++i) current.push_back(-current[steps - 1 - i]);
  return current;
}

Curve shaper() {
  Curve curve;
  for (double us = 0; us < 5 * kPeakingUs; us += kStepUs) curve.push_back(shaped(us));
  return curve;
}

/// Gaussian of area 1 around the middle of the curve.
Curve spread(double sigma_us) {
  const auto reach = static_cast<std::ptrdiff_t>(std::ceil(4 * sigma_us / kStepUs));
  Curve curve;
  for (std::ptrdiff_t i = -reach; i <= reach; ++i) {
    const double x = sigma_us > 0 ? static_cast<double>(i) * kStepUs / sigma_us : 0;
    curve.push_back(std::exp(-x * x / 2));
  }
  const double all = std::accumulate(curve.begin(), curve.end(), 0.0);
  for (double& value : curve) value /= all;
  return curve;
}

}  // namespace

double recombination(double mev_per_cm) {
  constexpr double kAlpha = 0.93;
  constexpr double kBeta = 0.212 / (kDensity * kFieldKvPerCm);
  const double x = kBeta * mev_per_cm;
  return std::log(kAlpha + x) / x;
}

double shaped(double us) {
  constexpr double kOrder = 4;
  if (us <= 0) return 0;
  const double x = us / kPeakingUs;
  return std::pow(x * std::exp(1 - x), kOrder);
}

double spread_us(double drift_mm, double drift_mm_per_us) {
  return std::sqrt(2 * kDiffusionAlong * 1e-4 * drift_mm / drift_mm_per_us) / drift_mm_per_us;
}
double spread_mm(double drift_mm, double drift_mm_per_us) {
  return std::sqrt(2 * kDiffusionAcross * 1e-4 * drift_mm / drift_mm_per_us);
}

PlaneResponse::PlaneResponse(bool collection, double drift_mm_per_us) : kernels_(kSpreads * kPhases * kLength, 0.0F) {
  const Curve current = convolved(field_current(collection, drift_mm_per_us), shaper());
  // The electron arrives where its current changes sign or ends.
  const auto lobe = static_cast<std::ptrdiff_t>(std::lround(kPitchMm / drift_mm_per_us / kStepUs));
  for (std::size_t s = 0; s < kSpreads; ++s) {
    const double drifted = static_cast<double>(s) / (kSpreads - 1);
    const Curve smear = spread(spread_us(drifted * kDriftMm, drift_mm_per_us));
    const Curve wave = convolved(current, smear);
    const std::ptrdiff_t arrival = lobe + static_cast<std::ptrdiff_t>(smear.size() / 2);
    for (std::size_t phase = 0; phase < kPhases; ++phase) {
      for (std::size_t i = 0; i < kLength; ++i) {
        const std::ptrdiff_t at =
            arrival + static_cast<std::ptrdiff_t>(kFine) * (static_cast<std::ptrdiff_t>(i) - std::ptrdiff_t{kBefore}) -
            static_cast<std::ptrdiff_t>(phase * kFine / kPhases);
        if (at < 0 || at >= static_cast<std::ptrdiff_t>(wave.size())) continue;
        const double value = wave[static_cast<std::size_t>(at)];
        kernels_[(s * kPhases + phase) * kLength + i] = static_cast<float>(value);
        if (s == kSpreads / 2) area_ += std::max(value, 0.0) / kPhases;
      }
    }
  }
}

const float* PlaneResponse::kernel(std::size_t phase, double drifted) const {
  const auto s = static_cast<std::size_t>(std::lround(std::clamp(drifted, 0.0, 1.0) * (kSpreads - 1)));
  return kernels_.data() + (s * kPhases + phase) * kLength;
}

}  // namespace spillway::detectors::lartpc
