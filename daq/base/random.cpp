#include "daq/base/random.hpp"

#include <cassert>
#include <cmath>
#include <numbers>

namespace spillway {
namespace {

constexpr std::uint64_t kGoldenGamma = 0x9E37'79B9'7F4A'7C15;

/// SplitMix64's finaliser.
constexpr std::uint64_t mixed(std::uint64_t z) {
  z = (z ^ (z >> 30U)) * 0xBF58'476D'1CE4'E5B9;
  z = (z ^ (z >> 27U)) * 0x94D0'49BB'1331'11EB;
  return z ^ (z >> 31U);
}

/// FNV-1a, 64 bits.
constexpr std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xCBF2'9CE4'8422'2325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x0000'0100'0000'01B3;
  return hash;
}

/// ln k!, by the product below 16 and by Stirling's series above (error below 1e-14 there).
double log_factorial(double k) {
  if (k < 16) {
    double product = 1;
    for (double i = 2; i <= k; ++i) product *= i;
    return std::log(product);
  }
  const double x = k + 1;
  const double inverse = 1 / x;
  const double square = inverse * inverse;
  const double series = inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square / 1680)));
  return (x - 0.5) * std::log(x) - x + 0.5 * std::log(2 * std::numbers::pi) + series;
}

}  // namespace

std::uint64_t hash_key(std::uint64_t seed, std::string_view owner, std::uint64_t index) {
  return mixed(mixed(mixed(seed + kGoldenGamma) ^ hash_of(owner)) + (index + 1) * kGoldenGamma);
}

Draw::result_type Draw::operator()() {
  state_ += kGoldenGamma;
  return mixed(state_);
}

double Draw::uniform() {
  return static_cast<double>((*this)() >> 11U) * 0x1p-53;
}

std::uint64_t Draw::poisson(double mean) {
  assert(mean >= 0 && mean <= 1e6);
  if (mean <= 0) return 0;
  if (mean < 10) {
    const double limit = std::exp(-mean);
    std::uint64_t count = 0;
    for (double product = uniform(); product > limit; product *= uniform()) ++count;
    return count;
  }
  // Transformed rejection with squeeze: PTRS of W. Hoermann, Insurance: Mathematics and Economics 12 (1993) 39.
  const double b = 0.931 + 2.53 * std::sqrt(mean);
  const double a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
  const double v_r = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const double u = uniform() - 0.5;
    const double v = uniform();
    const double u_s = 0.5 - std::abs(u);
    const double k = std::floor((2 * a / u_s + b) * u + mean + 0.43);
    if (u_s >= 0.07 && v <= v_r) return static_cast<std::uint64_t>(k);
    if (k < 0 || (u_s < 0.013 && v > u_s)) continue;
    if (std::log(v * inverse_alpha / (a / (u_s * u_s) + b)) <= k * std::log(mean) - mean - log_factorial(k)) {
      return static_cast<std::uint64_t>(k);
    }
  }
}

}  // namespace spillway
