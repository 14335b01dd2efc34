#include "detectors/physics/level/cevns.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "detectors/physics/cevns.hpp"
#include "detectors/physics/form_factor.hpp"
#include "detectors/physics/kaon_decay_at_rest.hpp"
#include "detectors/physics/level/beam_dump.hpp"
#include "detectors/physics/level/nu_argon.hpp"
#include "detectors/physics/pion_decay_at_rest.hpp"
#include "detectors/physics/quadrature.hpp"

namespace spillway::physics::level {
namespace {

constexpr Nucleus kArgon{"40Ar", 18, 22, 40, 39.9624};
constexpr double kSin2ThetaWOfLevel = 0.238;
constexpr double kNucleiPerTon = kArgonNuclei100Tons / 100;

double weak_charge_squared() {
  const double charge = weak_charge(kArgon, kSin2ThetaWOfLevel);
  return charge * charge;
}

}  // namespace

double cevns_argon_cross_section(double energy_mev, double recoil_mev) {
  static const FormFactor kFormFactor = FormFactor::lewin_smith(kArgon.mass_number);
  const double mass = kArgon.mass_mev();
  const double kinematics = 1 - recoil_mev / energy_mev - mass * recoil_mev / (2 * energy_mev * energy_mev);
  if (kinematics <= 0) return 0;
  const double form = kFormFactor(momentum_transfer_mev(recoil_mev, mass));
  // The paper's charge is twice `weak_charge`, hence pi and not 4 pi.
  return kCm2PerInverseMev2 * kFermiConstant * kFermiConstant * mass / std::numbers::pi * weak_charge_squared() * form *
         form * kinematics;
}

double cevns_argon_between(double energy_mev, double low_kevnr, double high_kevnr) {
  // Where the cross section of eq. 4.2 reaches zero, which its term T / E moves a little.
  const double largest = 1 / (1 / energy_mev + kArgon.mass_mev() / (2 * energy_mev * energy_mev));
  const double highest = std::min(high_kevnr / 1000, largest);
  double low = low_kevnr / 1000;
  double sum = 0;
  constexpr double kPiece_mev = 0.1;  // the form factor bends on this scale
  while (low < highest) {
    const double high = std::min(low + kPiece_mev, highest);
    sum += gauss16().integrate(low, high, [&](double recoil) { return cevns_argon_cross_section(energy_mev, recoil); });
    low = high;
  }
  return sum;
}

double cevns_argon_above_threshold(double energy_mev) {
  return cevns_argon_between(energy_mev, kRecoilThreshold_kevnr, 1e9);
}

std::vector<FluxNode> flux_nodes() {
  std::vector<FluxNode> nodes;
  const auto add = [&](const GaussLegendre& rule, double low, double high, double flux, bool kaons,
                       const auto& spectrum) {
    for (std::size_t i = 0; i < rule.nodes().size(); ++i) {
      const double half = (high - low) / 2;
      const double energy = low + half * (1 + rule.nodes()[i]);
      nodes.push_back({energy, flux * half * rule.weights()[i] * spectrum(energy), kaons});
    }
  };
  // Where the recoils of the continuum enter a bin its integrand bends, so it is cut there.
  std::vector<double> cuts = {0};
  for (const double edge : recoil_edges_kevnr()) {
    const double energy = min_energy_mev(edge / 1000, kArgon.mass_mev());
    if (energy < kDelayedEndPoint_mev) cuts.push_back(energy);
  }
  cuts.push_back(kDelayedEndPoint_mev);
  const GaussLegendre rule(8);
  for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
    add(rule, cuts[i], cuts[i + 1], kPionFluxAtC, false,
        [](double energy) { return nu_e_spectrum(energy) + anti_nu_mu_spectrum(energy); });
  }
  nodes.push_back({kPromptEnergy_mev, kPionFluxAtC, false});
  const double kaons = kPionFluxAtC * kStoppedKaonsPerPion;
  add(gauss16(), 0, kKe3EndPoint_mev, kaons * kKe3BranchingRatio, true, ke3_spectrum);
  nodes.push_back({kKaonLineEnergy_mev, kaons * kMu2BranchingRatio, true});
  return nodes;
}

CevnsSpectrum cevns_spectrum(std::vector<double> edges_kevnr) {
  const std::size_t bins = edges_kevnr.size() - 1;
  CevnsSpectrum result{std::move(edges_kevnr), std::vector<double>(bins), std::vector<double>(bins),
                       std::vector<double>(bins)};
  for (const FluxNode& node : flux_nodes()) {
    auto& counts = !node.from_kaons                         ? result.pions
                   : node.energy_mev == kKaonLineEnergy_mev ? result.kaon_line
                                                            : result.ke3;
    for (std::size_t i = 0; i < bins; ++i) {
      counts[i] += kNucleiPerTon * node.flux *
                   cevns_argon_between(node.energy_mev, result.edges_kevnr[i], result.edges_kevnr[i + 1]);
    }
  }
  return result;
}

CevnsRate cevns_rate() {
  const CevnsSpectrum all = cevns_spectrum({kRecoilThreshold_kevnr, 1e6});
  return {all.pions[0], all.ke3[0], all.kaon_line[0]};
}

std::vector<double> recoil_edges_kevnr() {
  std::vector<double> edges;
  for (std::size_t i = 0; i <= kRecoilBins; ++i) {
    edges.push_back(kRecoilThreshold_kevnr +
                    static_cast<double>(i) * (kLastRecoil_kevnr - kRecoilThreshold_kevnr) / kRecoilBins);
  }
  return edges;
}

double shape_cross_section(double sigma0_cm2, const CevnsShape& shape, double energy_mev) {
  if (energy_mev <= shape.threshold_mev) return 0;
  return shape.normalisation * sigma0_cm2 * std::pow(energy_mev / kShapeReference_mev, shape.gamma1) *
         std::pow(1 - shape.threshold_mev / energy_mev, shape.gamma2);
}

}  // namespace spillway::physics::level
