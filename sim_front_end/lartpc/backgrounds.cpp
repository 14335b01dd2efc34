#include "sim_front_end/lartpc/backgrounds.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace spillway::sim_front_end::lartpc {

namespace {

using namespace detectors::lartpc;

constexpr double kLeastKnockOn = 0.01;  // MeV
constexpr double kMostKnockOn = 5;
/// 0.1535 MeV cm2/g x Z / A x density: knock-on electrons per cm and MeV times T^2.
constexpr double kKnockOns = 0.1535 * 18 / 39.948 * kDensity;

/// Where a line is inside the active volume: parameters in mm; empty where it misses.
std::pair<double, double> crossing(const Point& at, const Direction& d) {
  double enter = -std::numeric_limits<double>::infinity();
  double leave = std::numeric_limits<double>::infinity();
  const auto slab = [&](double position, double slope, double low, double high) {
    if (std::abs(slope) < 1e-12) {
      if (position < low || position >= high) leave = -std::numeric_limits<double>::infinity();
      return;
    }
    const double a = (low - position) / slope;
    const double b = (high - position) / slope;
    enter = std::max(enter, std::min(a, b));
    leave = std::min(leave, std::max(a, b));
  };
  slab(at.x, d.x, -kDriftMm, kDriftMm);
  slab(at.y, d.y, -kHalfHeightMm, kHalfHeightMm);
  slab(at.z, d.z, 0, kLengthMm);
  return {enter, leave};
}

}  // namespace

MuonTrack draw_muon(Draw& draw) {
  const double radius = std::sqrt(kDriftMm * kDriftMm + kHalfHeightMm * kHalfHeightMm + kLengthMm * kLengthMm / 4);
  const Point centre{0, 0, kLengthMm / 2};
  for (;;) {
    // Isotropic flux through a sphere around the chamber: any point of the disc across the direction.
    const double cos_zenith = std::cbrt(1 - draw.uniform());
    const double azimuth = any_azimuth(draw);
    const double sin_zenith = std::sqrt(std::max(0.0, 1 - cos_zenith * cos_zenith));
    const Direction d{sin_zenith * std::cos(azimuth), -cos_zenith, sin_zenith * std::sin(azimuth)};
    const double from_axis = radius * std::sqrt(draw.uniform());
    const Point at = moved(centre, turned(d, 0, any_azimuth(draw)), from_axis);
    const auto [enter, leave] = crossing(at, d);
    if (leave > enter) return {moved(at, d, enter), d, leave - enter};
  }
}

void ionise(const MuonTrack& track, Draw& draw, std::vector<Deposit>& deposits) {
  constexpr double kStepMm = 1;
  const double by_knock_ons = kKnockOns * std::log(kMostKnockOn / kLeastKnockOn);
  const double knock_ons_per_cm = kKnockOns * (1 / kLeastKnockOn - 1 / kMostKnockOn);
  for (double at = 0; at < track.length_mm; at += kStepMm) {
    const double step_cm = std::min(kStepMm, track.length_mm - at) / 10;
    double mev = (kMinimumLossPerCm - by_knock_ons) * step_cm;
    const std::uint64_t count = draw.poisson(knock_ons_per_cm * step_cm);
    for (std::uint64_t i = 0; i < count; ++i) {
      const double u = draw.uniform();
      mev += 1 / ((1 - u) / kLeastKnockOn + u / kMostKnockOn);
    }
    deposits.push_back({moved(track.entry, track.direction, at + 5 * step_cm), mev, kMinimumLossPerCm});
  }
}

EnergyTable argon39_spectrum() {
  constexpr double kElectronMass = 0.51099895;
  constexpr std::size_t kPoints = 400;
  std::vector<double> energies;
  std::vector<double> density;
  for (std::size_t i = 0; i <= kPoints; ++i) {
    const double t = kArgon39EndPointMev * static_cast<double>(i) / kPoints;
    // F p E stays finite at rest; a point very near to it stands for it.
    const double total = std::max(t, 1e-4) + kElectronMass;
    const double p2 = total * total - kElectronMass * kElectronMass;
    const double q = kArgon39EndPointMev - t;
    energies.push_back(t);
    density.push_back(std::sqrt(p2) * total * q * q * fermi_function(19, 39, total) * (p2 + q * q));
  }
  return {std::move(energies), density};
}

}  // namespace spillway::sim_front_end::lartpc
