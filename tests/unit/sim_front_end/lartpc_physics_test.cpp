#include <cmath>
#include <map>
#include <numeric>

#include <gtest/gtest.h>

#include "sim_front_end/lartpc/backgrounds.hpp"
#include "sim_front_end/lartpc/events.hpp"

namespace spillway::sim_front_end::lartpc {
namespace {

using namespace detectors::lartpc;

constexpr double kElectronMass = 0.51099895;

double energy_of(const std::vector<Deposit>& deposits) {
  double sum = 0;
  for (const Deposit& deposit : deposits) sum += deposit.mev;
  return sum;
}

TEST(NueArgon, ConservesEnergyBetweenNeutrinoElectronAndGammas) {
  Draw draw(1);
  for (int i = 0; i < 20'000; ++i) {
    const double neutrino = 5 + 220 * draw.uniform();
    const NueArgonEvent event = draw_nue_argon(neutrino, draw);
    const double gammas = std::accumulate(event.gammas_mev.begin(), event.gammas_mev.end(), 0.0);
    ASSERT_NEAR(gammas, event.level_mev, 1e-9);
    ASSERT_NEAR(event.electron_mev + kElectronMass + kNueArgonGap + gammas, neutrino, 1e-9);
    ASSERT_GE(event.electron_mev, 0);
    ASSERT_LE(std::abs(event.electron_cos), 1);
    for (const double gamma : event.gammas_mev) ASSERT_GT(gamma, 0);
  }
}

TEST(NueArgon, ReachesTheAnalogueStateFromItsThresholdOn) {
  // 5.888 MeV: 40K - 40Ar = 1.5044 MeV and 4.3837 MeV.
  Draw draw(2);
  for (int i = 0; i < 3000; ++i) EXPECT_LT(draw_nue_argon(5.887, draw).level_mev, 4.38);
  int analogue = 0;
  for (int i = 0; i < 3000; ++i) analogue += draw_nue_argon(40, draw).level_mev == 4.3837 ? 1 : 0;
  EXPECT_NEAR(analogue / 3000.0, 0.33, 0.05);
}

TEST(NueArgon, DrawsCascadesWithTheMeasuredBranches) {
  Draw draw(3);
  constexpr int kDraws = 40'000;
  std::map<long, int> lines;  // keV
  for (int i = 0; i < kDraws; ++i) {
    for (const double gamma : draw_cascade(4.3837, draw)) ++lines[std::lround(1000 * gamma)];
  }
  EXPECT_NEAR(lines[2094], 0.76 * kDraws, 4 * std::sqrt(0.76 * 0.24 * kDraws));
  EXPECT_NEAR(lines[30], 0.92 * kDraws, 0.08 * kDraws);
  EXPECT_GT(lines[1614], lines[844]);
}

TEST(NueArgon, AngleFollowsFermiAndGamowTeller) {
  Draw draw(4);
  double fermi = 0, gamow = 0;
  int fermis = 0, gamows = 0;
  for (int i = 0; i < 60'000; ++i) {
    const NueArgonEvent event = draw_nue_argon(40, draw);
    (event.level_mev == 4.3837 ? fermi : gamow) += event.electron_cos;
    ++(event.level_mev == 4.3837 ? fermis : gamows);
  }
  EXPECT_NEAR(fermi / fermis, 1.0 / 3, 0.02);
  EXPECT_NEAR(gamow / gamows, -1.0 / 9, 0.02);
}

TEST(NueArgon, FermiFunctionTendsToTheClassicalOneForLightNuclei) {
  // 2 pi eta / (1 - exp(-2 pi eta)): exact without relativity and for a point.
  EXPECT_NEAR(fermi_function(0, 40, 5), 1, 1e-9);
  const auto ratio = [](double z, double total) {
    const double eta = z / 137.036 * total / std::sqrt(total * total - kElectronMass * kElectronMass);
    const double classical = 2 * std::numbers::pi * eta / (1 - std::exp(-2 * std::numbers::pi * eta));
    return fermi_function(z, 40, total) / classical;
  };
  for (const double total : {1.0, 5.0, 20.0}) {
    EXPECT_NEAR(ratio(1, total), 1, 1e-3) << total;
    EXPECT_GT(ratio(19, total), 1) << total;
  }
}

TEST(EnergyTable, DrawsItsDensity) {
  const EnergyTable table({0, 1, 3}, std::vector<double>{0, 1, 0});
  Draw draw(5);
  double sum = 0, below = 0;
  constexpr int kDraws = 100'000;
  for (int i = 0; i < kDraws; ++i) {
    const double e = table.draw(draw);
    sum += e;
    below += e < 1 ? 1 : 0;
  }
  EXPECT_NEAR(sum / kDraws, 4.0 / 3, 0.01);
  EXPECT_NEAR(below / kDraws, 1.0 / 3, 0.01);
}

TEST(NueArgonEnergies, HaveTheShareOfKaonsOfTheDump) {
  // Kelly et al., LEvEL: 9 % of the events are from kaons; all above the muon decays' end point are.
  const EnergyTable table = nue_argon_energies();
  Draw draw(6);
  int above = 0;
  constexpr int kDraws = 50'000;
  for (int i = 0; i < kDraws; ++i) above += table.draw(draw) > 52.83 ? 1 : 0;
  EXPECT_NEAR(above / double{kDraws}, 0.09, 0.006);
}

TEST(Transport, ConservesEnergy) {
  Draw draw(7);
  for (int i = 0; i < 2000; ++i) {
    const Point at{-1990 + 3980 * draw.uniform(), -1990 + 3980 * draw.uniform(), 4990 * draw.uniform()};
    const auto kind = static_cast<ParticleKind>(i % 3);
    const double mev = 0.02 + (i % 7 == 0 ? 200 : 20) * draw.uniform();
    std::vector<Deposit> deposits;
    const double escaped = transport(std::vector<Particle>{{kind, at, isotropic(draw), mev}}, draw, deposits);
    const double brought = mev + (kind == ParticleKind::kPositron ? 2 * kElectronMass : 0);
    ASSERT_NEAR(energy_of(deposits) + escaped, brought, 1e-6 * brought) << i;
    for (const Deposit& deposit : deposits) ASSERT_GE(deposit.mev, 0);
  }
}

TEST(Transport, StopsElectronsWithinTheirRange) {
  // With a loss of 2.1 MeV/cm / beta^2 an electron's path is T^2 / (T + m) / 2.1 MeV/cm long; bremsstrahlung carries
  // little at 2 MeV.
  constexpr double kMev = 2;
  constexpr double kRangeMm = 10 * kMev * kMev / (kMev + kElectronMass) / kMinimumLossPerCm;
  Draw draw(8);
  double within = 0;
  constexpr int kEvents = 1000;
  for (int i = 0; i < kEvents; ++i) {
    std::vector<Deposit> deposits;
    transport(std::vector<Particle>{{ParticleKind::kElectron, {500, 0, 2500}, isotropic(draw), kMev}}, draw, deposits);
    for (const Deposit& d : deposits) {
      if (std::hypot(d.at.x - 500, d.at.y, d.at.z - 2500) <= kRangeMm) within += d.mev;
    }
  }
  EXPECT_GT(within / (kEvents * kMev), 0.95);
}

TEST(Transport, AttenuatesPhotonsAsTabulated) {
  // Mass attenuation coefficients of argon, NIST XCOM: Compton at 1 MeV and pair production at 10 and 100 MeV, cm2/g.
  EXPECT_NEAR(compton_per_cm(1) / kDensity, 0.0572, 0.001);
  EXPECT_NEAR(pairs_per_cm(10) / kDensity, 0.0113, 0.0008);
  EXPECT_NEAR(pairs_per_cm(100) / kDensity, 0.0306, 0.0015);
  EXPECT_EQ(pairs_per_cm(1.02), 0);
  // The two expansions meet at four electron masses.
  EXPECT_NEAR(pairs_per_cm(4 * kElectronMass - 1e-9) / pairs_per_cm(4 * kElectronMass + 1e-9), 1, 2e-3);
}

TEST(Muons, LoseTwoPointOneMevPerCentimetre) {
  Draw draw(9);
  double lost = 0, length = 0;
  std::vector<double> per_track;
  for (int i = 0; i < 400; ++i) {
    const MuonTrack track = draw_muon(draw);
    std::vector<Deposit> deposits;
    ionise(track, draw, deposits);
    for (const Deposit& deposit : deposits) ASSERT_TRUE(inside(deposit.at, -1e-6));
    lost += energy_of(deposits);
    length += track.length_mm / 10;
  }
  EXPECT_NEAR(lost / length, 2.1, 0.01);
}

TEST(Muons, ComeFromAboveLikeTheSquareOfTheCosine) {
  Draw draw(10);
  double down = 0;
  double mean_length = 0;
  constexpr int kTracks = 20'000;
  for (int i = 0; i < kTracks; ++i) {
    const MuonTrack track = draw_muon(draw);
    ASSERT_LE(track.direction.y, 0);
    down += -track.direction.y;
    mean_length += track.length_mm / kTracks;
  }
  // Through a sphere the mean cosine would be 3/4; a box of this shape takes a little less from above.
  EXPECT_NEAR(down / kTracks, 0.75, 0.03);
  // Cauchy: the mean chord is 4 V / S for an isotropic flux; cos^2 favours the height.
  EXPECT_NEAR(mean_length, 2900, 500);
}

TEST(Argon39, HasItsEndPointAndMeanEnergy) {
  const EnergyTable betas = argon39_spectrum();
  Draw draw(11);
  double sum = 0, most = 0;
  constexpr int kDraws = 50'000;
  for (int i = 0; i < kDraws; ++i) {
    const double mev = betas.draw(draw);
    sum += mev;
    most = std::max(most, mev);
  }
  // Evaluated mean energy of the decay: 218.8 keV.
  EXPECT_NEAR(sum / kDraws, 0.2188, 0.004);
  EXPECT_LE(most, kArgon39EndPointMev);
  EXPECT_GT(most, 0.53);
}

TEST(EventGenerator, FollowsThePulsesProtonsAndTheBackgroundsRates) {
  EventRates rates;
  rates.muons_hz = 2700;
  rates.argon39_hz = 10'000;
  const Timestamp epoch{1'000'000};
  const EventGenerator generator(12, "lartpc", epoch, rates);
  std::vector<Interaction> events;
  constexpr int kPulses = 600;
  for (int i = 1; i <= kPulses; ++i) {
    model::Pulse pulse;
    pulse.id = static_cast<std::uint64_t>(i);
    pulse.time = {epoch + milliseconds(i), epoch + milliseconds(i) + microseconds(86)};
    pulse.protons = 3.036e14;
    const std::size_t before = events.size();
    generator.signals(pulse, events);
    for (std::size_t k = before; k < events.size(); ++k) {
      EXPECT_EQ(events[k].truth.pulse_id, pulse.id);
      EXPECT_GE(events[k].truth.time, pulse.time.begin);
      EXPECT_LT(events[k].truth.time, pulse.time.end);
    }
  }
  EXPECT_NEAR(static_cast<double>(events.size()), 1.6 * kPulses, 4 * std::sqrt(1.6 * kPulses));
  std::vector<Interaction> muons, betas;
  generator.muons({epoch, epoch + seconds(1)}, false, muons);
  generator.argon39({epoch, epoch + seconds(1)}, betas);
  EXPECT_NEAR(static_cast<double>(muons.size()), 2700, 4 * std::sqrt(2700.0));
  EXPECT_NEAR(static_cast<double>(betas.size()), 10'000, 400);
}

}  // namespace
}  // namespace spillway::sim_front_end::lartpc
