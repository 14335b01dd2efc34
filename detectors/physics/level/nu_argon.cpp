#include "detectors/physics/level/nu_argon.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "detectors/physics/argon_cross_sections.hpp"
#include "detectors/physics/kaon_decay_at_rest.hpp"
#include "detectors/physics/level/beam_dump.hpp"
#include "detectors/physics/pion_decay_at_rest.hpp"
#include "detectors/physics/quadrature.hpp"

namespace spillway::physics::level {
namespace {

/// Nodes and weights of a bin, split where spectrum or table have a kink.
struct Moments {
  double events = 0;
  double first = 0;
  double second = 0;
  void add(double energy_mev, double weight) {
    const double u = std::log(energy_mev / kTiltReference_mev);
    events += weight;
    first += weight * u;
    second += weight * u * u;
  }
  [[nodiscard]] TiltedBin bin() const {
    if (events <= 0) return {};
    const double mean = first / events;
    return {events, mean, std::max(0.0, second / events - mean * mean)};
  }
};

std::vector<double> energy_edges() {
  std::vector<double> edges = {0};
  while (edges.back() < kKe3EndPoint_mev) edges.push_back(edges.back() + kEnergyBin_mev);
  return edges;
}

/// Integrates spectrum(E) sigma(E) by bins.
template <typename Spectrum>
void add_continuum(std::vector<Moments>& bins, const std::vector<double>& edges, std::span<const CrossSectionRow> table,
                   const Spectrum& spectrum) {
  std::vector<double> kinks = {kDelayedEndPoint_mev, kKe3EndPoint_mev};
  for (const CrossSectionRow& row : table) kinks.push_back(row.energy_mev);
  std::sort(kinks.begin(), kinks.end());
  const GaussLegendre& rule = gauss16();
  for (std::size_t i = 0; i < bins.size(); ++i) {
    std::vector<double> pieces = {edges[i]};
    for (const double kink : kinks) {
      if (kink > edges[i] && kink < edges[i + 1]) pieces.push_back(kink);
    }
    pieces.push_back(edges[i + 1]);
    for (std::size_t piece = 0; piece + 1 < pieces.size(); ++piece) {
      const double half = (pieces[piece + 1] - pieces[piece]) / 2;
      const double middle = pieces[piece] + half;
      for (std::size_t node = 0; node < rule.nodes().size(); ++node) {
        const double energy = middle + half * rule.nodes()[node];
        bins[i].add(energy, half * rule.weights()[node] * spectrum(energy) * interpolate(table, energy));
      }
    }
  }
}

std::vector<TiltedBin> scaled(const std::vector<Moments>& bins, double factor) {
  std::vector<TiltedBin> result;
  for (const Moments& moments : bins) {
    result.push_back(moments.bin());
    result.back().events *= factor;
  }
  return result;
}

double sum(const std::vector<TiltedBin>& bins) {
  return std::accumulate(bins.begin(), bins.end(), 0.0, [](double s, const TiltedBin& bin) { return s + bin.events; });
}

constexpr double kPerDump = kPionFluxAtC * kArgonNuclei100Tons;

}  // namespace

double NuArgonSpectrum::pion_events() const {
  return sum(pions);
}

double NuArgonSpectrum::kaon_events() const {
  return sum(kaons);
}

NuArgonSpectrum nu_e_argon_spectrum() {
  NuArgonSpectrum result{energy_edges(), {}, {}};
  std::vector<Moments> pions(result.edges_mev.size() - 1);
  std::vector<Moments> kaons(pions.size());
  add_continuum(pions, result.edges_mev, nu_e_argon_table(), nu_e_spectrum);
  add_continuum(kaons, result.edges_mev, nu_e_argon_table(), ke3_spectrum);
  result.pions = scaled(pions, kPerDump);
  result.kaons = scaled(kaons, kPerDump * kStoppedKaonsPerPion * kKe3BranchingRatio);
  return result;
}

NuArgonSpectrum anti_nu_e_argon_spectrum() {
  NuArgonSpectrum result{energy_edges(), {}, {}};
  std::vector<Moments> pions(result.edges_mev.size() - 1);
  // A negative muon gives its anti-nu_e the spectrum that a positive one gives its nu_e.
  add_continuum(pions, result.edges_mev, anti_nu_e_argon_table(), nu_e_spectrum);
  result.pions = scaled(pions, kPerDump * kAntiNuEPerNuE);
  result.kaons.resize(pions.size());
  return result;
}

NuArgonSpectrum neutral_current_spectrum() {
  NuArgonSpectrum result{energy_edges(), {}, {}};
  const auto table = neutral_current_argon_table();
  std::vector<Moments> pions(result.edges_mev.size() - 1);
  std::vector<Moments> kaons(pions.size());
  add_continuum(pions, result.edges_mev, table,
                [](double energy) { return nu_e_spectrum(energy) + anti_nu_mu_spectrum(energy); });
  pions[static_cast<std::size_t>(kPromptEnergy_mev / kEnergyBin_mev)].add(kPromptEnergy_mev,
                                                                          interpolate(table, kPromptEnergy_mev));
  add_continuum(kaons, result.edges_mev, table, ke3_spectrum);
  result.pions = scaled(pions, kPerDump);
  result.kaons = scaled(kaons, kPerDump * kStoppedKaonsPerPion * kKe3BranchingRatio);
  return result;
}

double neutral_current_of_kaon_line() {
  return kPerDump * kStoppedKaonsPerPion * kMu2BranchingRatio *
         interpolate(neutral_current_argon_table(), kKaonLineEnergy_mev);
}

}  // namespace spillway::physics::level
