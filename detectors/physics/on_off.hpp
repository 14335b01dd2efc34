#pragma once

#include <cstdint>

namespace spillway::detectors {

/// What on-beam and off-beam counts say about the signal in the on-beam ones.
struct OnOffExcess {
  double excess = 0;  ///< on - alpha off, the likelihood's maximum
  double low = 0;     ///< 68.27 % interval: -2 delta ln L = 1
  double high = 0;
  double significance = 0;  ///< of the excess in standard deviations, with its sign (Li & Ma eq. 17)
};

/// The signal s that `on` counts hold over a background measured by `off` counts, where the background expected in `on`
/// is alpha times that in `off` (alpha = live time on / live time off).
///
/// Likelihood: Poisson(on; s + alpha b) Poisson(off; b), as in Li & Ma, ApJ 272 (1983) 317, section V; b is profiled in
/// closed form. s may be negative as long as both means are not (Rolke, Lopez & Conrad, NIM A 551 (2005) 493, with the
/// signal unbounded). alpha must be finite and not negative; at alpha = 0 there is no background and s is a Poisson
/// mean.
[[nodiscard]] OnOffExcess on_off_excess(std::uint64_t on, std::uint64_t off, double alpha);

/// -2 ln of the profile-likelihood ratio at signal `s`: 0 at s = on - alpha off, growing on both sides.
[[nodiscard]] double on_off_deviance(double s, std::uint64_t on, std::uint64_t off, double alpha);

}  // namespace spillway::detectors
