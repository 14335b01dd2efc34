#include "tests/support/lartpc_chain.hpp"

#include <cmath>
#include <cstdlib>
#include <map>
#include <numbers>
#include <optional>

#include <gtest/gtest.h>

#include "detectors/physics/level/nu_argon.hpp"

/// nu_e-argon events and muons from Monte Carlo to candidates, through frames, hit finder and selection.
namespace spillway {
namespace {

using namespace sim_front_end::lartpc;
using test::LartpcChain;

/// 20,000 with SPILLWAY_LONG=1.
int events() {
  return std::getenv("SPILLWAY_LONG") != nullptr ? 20'000 : 700;
}

struct Seen {
  double neutrino_mev = 0;
  double visible_mev = 0;
  std::vector<double> candidates_mev;  ///< the largest track's first
};

Seen see(LartpcChain& chain, std::int64_t gate, double neutrino_mev, Draw& draw) {
  const Point vertex = any_fiducial_point(draw);
  Interaction event = nue_argon_at(vertex, neutrino_mev, draw);
  const Interval time = LartpcChain::gate(gate);
  event.truth.time = time.begin + Duration{static_cast<std::int64_t>(86'000 * draw.uniform())};
  Seen seen{neutrino_mev, event.truth.energy_kev / 1000, {}};
  for (const online::Candidate& candidate : chain.run(time, {event})) {
    seen.candidates_mev.push_back(candidate.energy / 1000);
  }
  return seen;
}

/// Upper tail of chi2, Wilson and Hilferty's cube root: Proc. Nat. Acad. Sci. 17 (1931) 684.
double probability_above(double chi2, double degrees) {
  const double spread = 2 / (9 * degrees);
  return std::erfc((std::cbrt(chi2 / degrees) - (1 - spread)) / std::sqrt(spread) / std::numbers::sqrt2) / 2;
}

TEST(LartpcChain, FindsNeutrinoEventsWithTheirEnergy) {
  LartpcChain chain(7);
  const EnergyTable energies = nue_argon_energies();
  int above_threshold = 0;
  int candidates = 0;
  int found = 0;
  std::vector<double> ratios;
  for (int i = 0; i < events(); ++i) {
    Draw draw(hash_key(1, "response", static_cast<std::uint64_t>(i)));
    const double neutrino_mev = energies.draw(draw);
    const Seen seen = see(chain, i, neutrino_mev, draw);
    above_threshold += seen.visible_mev >= kNominalThresholdMev ? 1 : 0;
    candidates += static_cast<int>(seen.candidates_mev.size());
    found += seen.candidates_mev.empty() ? 0 : 1;
    if (!seen.candidates_mev.empty()) ratios.push_back(seen.candidates_mev[0] / seen.visible_mev);
  }
  std::sort(ratios.begin(), ratios.end());
  const auto quantile = [&](double q) {
    return ratios[static_cast<std::size_t>(q * static_cast<double>(ratios.size() - 1))];
  };
  const double median = quantile(0.5);
  const double resolution = (quantile(0.8413) - quantile(0.1587)) / 2 / median;
  const double efficiency = found / static_cast<double>(above_threshold);
  RecordProperty("efficiency", std::to_string(efficiency));
  RecordProperty("candidates_per_event", std::to_string(candidates / static_cast<double>(above_threshold)));
  RecordProperty("median_ratio", std::to_string(median));
  RecordProperty("resolution", std::to_string(resolution));
  std::printf("efficiency %.4f, candidates an event %.4f, median E / E_visible %.4f, resolution %.4f\n", efficiency,
              candidates / static_cast<double>(above_threshold), median, resolution);
  EXPECT_GT(efficiency, 0.97);
  EXPECT_LT(resolution, 0.12);
  EXPECT_NEAR(median, 1, 0.06);
}

TEST(LartpcChain, SeesTheExpectedSpectrumFoldedWithItsOwnResponse) {
  // The response is measured with neutrinos of a flat spectrum and weighted with the expected one; the events that it
  // is compared with are other ones, drawn from their own density.
  constexpr double kBinMev = 3;
  const auto bin_of = [](const Seen& seen) {
    if (seen.candidates_mev.empty()) return 0;
    return 1 + static_cast<int>(std::min(seen.candidates_mev[0], 89.0) / kBinMev);
  };
  const auto spectrum = physics::level::nu_e_argon_spectrum();
  const double all = spectrum.pion_events() + spectrum.kaon_events();
  const auto density_at = [&](double mev) {
    const auto bin = static_cast<std::size_t>(mev / physics::level::kEnergyBin_mev);
    return (spectrum.pions.at(bin).events + spectrum.kaons.at(bin).events) / all / physics::level::kEnergyBin_mev;
  };

  LartpcChain measured(21);
  LartpcChain compared(22);
  const EnergyTable energies = nue_argon_energies();
  std::map<int, double> expected, variance, seen;
  for (int i = 0; i < events(); ++i) {
    Draw draw(hash_key(2, "flat", static_cast<std::uint64_t>(i)));
    const bool low = draw.uniform() < 0.85;
    const double neutrino_mev = low ? 5 + 49 * draw.uniform() : 54 + 174 * draw.uniform();
    const double weight = density_at(neutrino_mev) / (low ? 0.85 / 49 : 0.15 / 174);
    const int bin = bin_of(see(measured, i, neutrino_mev, draw));
    expected[bin] += weight;
    variance[bin] += weight * weight;
    Draw other(hash_key(3, "true", static_cast<std::uint64_t>(i)));
    const double other_mev = energies.draw(other);
    ++seen[bin_of(see(compared, i, other_mev, other))];
  }
  // Neighbours are joined until 20 are expected.
  double chi2 = 0, want = 0, have = 0, spread = 0;
  int bins = 0;
  const auto close = [&] {
    chi2 += (have - want) * (have - want) / (want + spread);
    ++bins;
    want = have = spread = 0;
  };
  for (int bin = 0; bin <= 31; ++bin) {
    want += expected[bin];
    have += seen[bin];
    spread += variance[bin];
    if (want >= 20) close();
  }
  if (want > 0) close();
  const double probability = probability_above(chi2, bins);
  std::printf("chi2 %.1f for %d bins, probability %.3f, %d events\n", chi2, bins, probability, events());
  RecordProperty("chi2_probability", std::to_string(probability));
  EXPECT_GE(bins, 8);
  EXPECT_GT(probability, 0.01);
}

TEST(LartpcChain, MeasuresTwoPointOneMevPerCentimetreOfAMuon) {
  // A track along z crosses each of its wires for 3 mm.
  LartpcChain chain(31, 0);
  Draw draw(5);
  double mev = 0;
  double length_cm = 0;
  for (int i = 0; i < 20; ++i) {
    const MuonTrack track{{800, -1000, 1000}, turned({}, 0.98, any_azimuth(draw)), 2000};
    Interaction muon;
    ionise(track, draw, muon.deposits);
    const Interval gate = LartpcChain::gate(i);
    muon.truth.time = gate.begin + microseconds(43);
    EXPECT_TRUE(chain.run(gate, {muon}).empty());
    double charge = 0;
    for (const online::WireHit& hit : chain.placed(gate)) charge += hit.mev;
    mev += charge;
    length_cm += track.length_mm / 10;
  }
  // Energies are those of stopping electrons, which recombine a little more than muons do.
  const double scale = detectors::lartpc::kShowerRecombination / detectors::lartpc::recombination(2.1);
  EXPECT_NEAR(mev / length_cm * scale, 2.1, 0.06);
}

TEST(LartpcChain, TakesFewMuonsForNeutrinos) {
  LartpcChain chain(41);
  int candidates = 0;
  constexpr int kMuons = 150;
  for (int i = 0; i < kMuons; ++i) {
    Draw draw(hash_key(4, "muon", static_cast<std::uint64_t>(i)));
    Interaction muon;
    ionise(draw_muon(draw), draw, muon.deposits);
    const Interval gate = LartpcChain::gate(i);
    muon.truth.time = gate.begin + Duration{static_cast<std::int64_t>(1'300'000 * (2 * draw.uniform() - 1))};
    candidates += chain.run(gate, {muon}).empty() ? 0 : 1;
  }
  std::printf("%d of %d muons are candidates\n", candidates, kMuons);
  EXPECT_LT(candidates, kMuons / 6);
}

TEST(LartpcChain, SeesNothingInAnEmptyGate) {
  LartpcChain chain(51);
  for (int i = 0; i < 20; ++i) {
    Interaction mark;  // too little to be seen; asks for the frames of three links
    mark.deposits.push_back({{500, 0, 2500}, 1e-6, 2.1});
    const Interval gate = LartpcChain::gate(i);
    mark.truth.time = gate.begin;
    EXPECT_TRUE(chain.run(gate, {mark}).empty());
  }
}

}  // namespace
}  // namespace spillway
