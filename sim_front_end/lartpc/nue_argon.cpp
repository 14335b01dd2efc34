#include "sim_front_end/lartpc/nue_argon.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <complex>
#include <numbers>

namespace spillway::sim_front_end::lartpc {

namespace {

constexpr double kElectronMass = 0.51099895;  // MeV
constexpr double kAnalogue = 4.3837;

/// A 40K level that the reaction reaches.
struct Level {
  double mev = 0;       // above the ground state of 40K
  double strength = 0;  // B(GT), or B(F) = 4 of the isobaric analogue state
  bool fermi = false;
};
/// Gamow-Teller strength from (p,n) scattering: M. Bhattacharya, C. D. Goodman, A. Garcia, Phys. Rev. C 80 (2009)
/// 055501; and the isobaric analogue state at 4.384 MeV.
constexpr std::array kLevels = {
    Level{2.290, 1.64}, Level{2.730, 1.49}, Level{3.147, 0.06}, Level{3.517, 0.16}, Level{3.840, 0.44},
    Level{4.508, 0.86}, Level{4.765, 0.48}, Level{5.190, 0.59}, Level{5.681, 0.21}, Level{6.118, 0.48},
    Level{6.790, 0.71}, Level{7.468, 0.06}, Level{7.795, 0.14}, Level{7.952, 0.97}, Level{kAnalogue, 4, true},
};

struct Branch {
  double from, to;  // MeV
  double share;     // of the level's branches, which need not add up to 1
};
constexpr std::array kBranches = {
    Branch{kAnalogue, 2.290, 0.76}, Branch{kAnalogue, 2.730, 0.24}, Branch{2.290, 1.644, 0.56},
    Branch{2.290, 0.800, 0.33},     Branch{2.290, 1.959, 0.08},     Branch{2.730, 1.644, 0.84},
    Branch{2.730, 2.419, 0.10},     Branch{1.959, 0.800, 0.82},     Branch{1.959, 0.030, 0.18},
    Branch{1.644, 0.030, 0.80},     Branch{1.644, 0.800, 0.20},     Branch{0.800, 0.030, 1},
};

/// ln Gamma by Stirling's series, after the argument has been raised above 10; error below 1e-10.
std::complex<double> log_gamma(std::complex<double> z) {
  std::complex<double> product = 1;
  for (; z.real() < 10; z += 1) product *= z;
  const std::complex<double> inverse = 1.0 / z;
  return (z - 0.5) * std::log(z) - z + 0.5 * std::log(2 * std::numbers::pi) +
         inverse * (1.0 / 12 - inverse * inverse * (1.0 / 360 - inverse * inverse / 1260.0)) - std::log(product);
}

double level_weight(const Level& level, double neutrino_mev) {
  const double total = neutrino_mev - kNueArgonGap - level.mev;
  if (total <= kElectronMass) return 0;
  const double momentum = std::sqrt(total * total - kElectronMass * kElectronMass);
  return level.strength * momentum * total * fermi_function(19, 40, total);
}

}  // namespace

double fermi_function(double z, double a, double total_mev) {
  constexpr double kFineStructure = 1 / 137.035999;
  constexpr double kMevFm = 197.3269804;
  const double momentum = std::sqrt(std::max(total_mev * total_mev - kElectronMass * kElectronMass, 1e-12));
  const double strength = kFineStructure * z;
  const double gamma = std::sqrt(1 - strength * strength);
  const double eta = strength * total_mev / momentum;
  const double radius = 1.2 * std::cbrt(a);
  const double log_ratio = 2 * (log_gamma({gamma, eta}).real() - log_gamma(2 * gamma + 1).real());
  return 2 * (1 + gamma) * std::pow(2 * momentum * radius / kMevFm, 2 * (gamma - 1)) *
         std::exp(std::numbers::pi * eta + log_ratio);
}

std::vector<double> draw_cascade(double level_mev, Draw& draw) {
  std::vector<double> gammas;
  for (double at = level_mev; at > 0;) {
    double all = 0;
    for (const Branch& branch : kBranches) all += branch.from == at ? branch.share : 0;
    double to = 0;
    double left = draw.uniform() * all;
    for (const Branch& branch : kBranches) {
      if (branch.from != at) continue;
      to = branch.to;
      left -= branch.share;
      if (left < 0) break;
    }
    gammas.push_back(at - to);
    at = to;
  }
  return gammas;
}

NueArgonEvent draw_nue_argon(double neutrino_mev, Draw& draw) {
  std::array<double, kLevels.size()> up_to{};
  double all = 0;
  for (std::size_t i = 0; i < kLevels.size(); ++i) up_to[i] = all += level_weight(kLevels[i], neutrino_mev);
  assert(all > 0);
  const double wanted = draw.uniform() * all;
  const auto chosen = std::min<std::size_t>(
      static_cast<std::size_t>(std::upper_bound(up_to.begin(), up_to.end(), wanted) - up_to.begin()),
      kLevels.size() - 1);
  const Level& level = kLevels[chosen];

  NueArgonEvent event;
  event.neutrino_mev = neutrino_mev;
  event.level_mev = level.mev;
  const double total = neutrino_mev - kNueArgonGap - level.mev;
  event.electron_mev = total - kElectronMass;
  const double beta = std::sqrt(1 - kElectronMass * kElectronMass / (total * total));
  const double slope = beta * (level.fermi ? 1 : -1.0 / 3);
  // Inverse of the cumulative (1 + cos) / 2 + slope (cos^2 - 1) / 4.
  const double u = draw.uniform();
  event.electron_cos = std::abs(slope) < 1e-6
                           ? 2 * u - 1
                           : std::clamp((std::sqrt((1 - slope) * (1 - slope) + 4 * slope * u) - 1) / slope, -1.0, 1.0);
  event.gammas_mev = draw_cascade(level.mev, draw);
  return event;
}

EnergyTable::EnergyTable(std::vector<double> energies, std::span<const double> density)
    : energies_(std::move(energies)), density_(density.begin(), density.end()), below_(energies_.size(), 0.0) {
  assert(energies_.size() == density_.size() && energies_.size() >= 2);
  for (std::size_t i = 1; i < energies_.size(); ++i) {
    below_[i] = below_[i - 1] + (energies_[i] - energies_[i - 1]) * (density_[i] + density_[i - 1]) / 2;
  }
  const double all = below_.back();
  assert(all > 0);
  for (double& value : below_) value /= all;
  for (double& value : density_) value /= all;
}

double EnergyTable::draw(Draw& draw) const {
  const double u = draw.uniform();
  const auto above = std::upper_bound(below_.begin() + 1, below_.end() - 1, u);
  const auto i = static_cast<std::size_t>(above - below_.begin());
  const double width = energies_[i] - energies_[i - 1];
  const double slope = (density_[i] - density_[i - 1]) / width;
  const double start = density_[i - 1];
  const double area = u - below_[i - 1];
  // Of start x + slope x^2 / 2 = area the root that stays finite as the slope vanishes.
  const double root = std::sqrt(std::max(0.0, start * start + 2 * slope * area));
  const double x = start + root > 0 ? 2 * area / (start + root) : 0;
  return energies_[i - 1] + std::clamp(x, 0.0, width);
}

}  // namespace spillway::sim_front_end::lartpc
