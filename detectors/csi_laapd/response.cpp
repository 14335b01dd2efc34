#include "detectors/csi_laapd/response.hpp"

#include <cmath>
#include <numbers>

namespace spillway::detectors::csi_laapd {

namespace {

/// Gamma deviate of this shape and scale 1 (Marsaglia and Tsang, ACM Trans. Math. Softw. 26 (2000) 363).
double gamma(double shape, Draw& random) {
  if (shape < 1) return gamma(shape + 1, random) * std::pow(1 - random.uniform(), 1 / shape);
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = normal(random);
    const double v = (1 + c * x) * (1 + c * x) * (1 + c * x);
    if (v > 0 && std::log(1 - random.uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

/// What the avalanche makes of one pair, in units of its mean: variance = excess noise factor - 1.
double amplified(double excess_noise, Draw& random) {
  if (excess_noise <= 1) return 1;
  if (excess_noise == 2) return exponential(random);
  return (excess_noise - 1) * gamma(1 / (excess_noise - 1), random);
}

}  // namespace

double normal(Draw& random) {
  const double radius = std::sqrt(2 * exponential(random));
  return radius * std::cos(2 * std::numbers::pi * random.uniform());
}

double exponential(Draw& random) {
  return -std::log(1 - random.uniform());
}

SensorLight light_of(const Response& response, double scintillation_ns, double kevee, double along, Draw& random) {
  SensorLight light;
  const double mean = kevee * response.eh_per_kevee;
  for (std::size_t sensor = 0; sensor < kSensorsPerCrystal; ++sensor) {
    const double side = sensor == 0 ? -along : along;
    // A Poisson number split binomially is two independent ones.
    const std::uint64_t pairs = random.poisson(mean * (1 + response.asymmetry * side) / 2);
    for (std::uint64_t i = 0; i < pairs; ++i) {
      const double at_ns = scintillation_ns * exponential(random);
      light[sensor].push_back({at_ns, amplified(response.excess_noise, random)});
    }
  }
  return light;
}

}  // namespace spillway::detectors::csi_laapd
