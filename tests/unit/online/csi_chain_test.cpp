// CsI from the event to the candidate: charge, linearity, efficiency, and the spectrum of recoils.
#include <array>
#include <cmath>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "detectors/physics/cevns_recoils.hpp"
#include "detectors/physics/ess/spectrum.hpp"
#include "tests/support/csi_chain.hpp"

namespace spillway::online {
namespace {

using test::CsiEventChain;

struct Seen {
  double efficiency = 0;
  double mean = 0;
  double rms = 0;
};

Seen recoils(CsiEventChain& chain, double kevnr, int events) {
  Draw random(hash_key(11, "recoils", static_cast<std::uint64_t>(kevnr * 1000)));
  double count = 0, sum = 0, squares = 0;
  for (int i = 0; i < events; ++i) {
    if (const auto energy = chain.recoil(kevnr, random)) {
      ++count;
      sum += *energy;
      squares += *energy * *energy;
    }
  }
  if (count == 0) return {};
  const double mean = sum / count;
  return {count / events, mean, std::sqrt(std::max(0.0, squares / count - mean * mean))};
}

TEST(CsiChain, GammasOfAmericiumHaveTheChargeThatGoesWithThePapersFigure) {
  CsiEventChain chain({"online.csi.max_kevnr=10000"});
  Draw random(1);
  double charge = 0, squares = 0;
  constexpr int kEvents = 1000;
  for (int i = 0; i < kEvents; ++i) {
    const auto candidates = chain.reconstruct(59.5, random);
    ASSERT_EQ(candidates.size(), 1U);
    charge += candidates[0].energy * 4.7;
    squares += std::pow(candidates[0].energy * 4.7, 2);
  }
  // 4.7 pairs at 0.1 keV (Baxter et al., Fig. 6) are 47 a keV.
  const double mean = charge / kEvents;
  EXPECT_NEAR(mean, 59.5 * 47, 0.005 * 2797);
  EXPECT_NEAR(std::sqrt(squares / kEvents - mean * mean), std::sqrt(2 * 2797.0), 5);
}

TEST(CsiChain, ReconstructsEnergyLinearlyAndWithoutBiasAboveTheThreshold) {
  CsiEventChain chain({"online.csi.max_kevnr=1000"});
  for (const double kevnr : {10.0, 15.0, 25.0, 40.0}) {
    constexpr int kEvents = 4000;
    const Seen seen = recoils(chain, kevnr, kEvents);
    fmt::print("{:5.1f} keV_nr: efficiency {:.3f}, mean {:.3f}, resolution {:.1f} %\n", kevnr, seen.efficiency,
               seen.mean, 100 * seen.rms / kevnr);
    EXPECT_GT(seen.efficiency, 0.99) << kevnr;
    // A filter looks for its highest value, which is above that at the right time: less than 0.1 keV_nr.
    EXPECT_NEAR(seen.mean, kevnr, 0.1 + 3 * seen.rms / std::sqrt(kEvents)) << kevnr;
    // Pairs with an excess noise factor of 2, the noise of two sensors.
    const double eh = 4.7 * kevnr;
    EXPECT_NEAR(seen.rms / kevnr, std::sqrt(2 * eh + 2 * 1.2 * 1.2) / eh, 0.05 * seen.rms / kevnr) << kevnr;
  }
}

TEST(CsiChain, TellsTheTimeOfTheInteraction) {
  CsiEventChain chain({"online.csi.max_kevnr=1000"});
  for (const double kevnr : {5.0, 40.0}) {
    Draw random(hash_key(12, "times", static_cast<std::uint64_t>(kevnr)));
    double sum = 0, count = 0;
    for (int i = 0; i < 1500; ++i) {
      for (const Candidate& candidate : chain.reconstruct(0.1 * kevnr, random)) {
        const auto late = static_cast<double>((candidate.time - chain.interaction()).ns);
        EXPECT_LT(std::abs(late), 5000) << kevnr;
        sum += late;
        ++count;
      }
    }
    // The earlier of two sensors, each timed by the mean of a few photons.
    EXPECT_LT(std::abs(sum / count), 800) << kevnr;
  }
}

TEST(CsiChain, EfficiencyRisesFromNothingToOne) {
  CsiEventChain chain;
  double before = -0.01;
  for (const double kevnr : {0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 8.0}) {
    const Seen seen = recoils(chain, kevnr, 4000);
    fmt::print("{:5.2f} keV_nr: efficiency {:.3f}, mean {:.2f}\n", kevnr, seen.efficiency, seen.mean);
    EXPECT_GT(seen.efficiency, before - 0.01) << kevnr;
    before = seen.efficiency;
  }
  EXPECT_LT(recoils(chain, 0.25, 4000).efficiency, 0.01);
  EXPECT_GT(before, 0.98);
}

/// Expected recoils in [low, high) keV_nr, by the spectrum code of the facility.
double expected_between(double low, double high) {
  const auto above = [](double kev) {
    physics::ess::Detector counter = physics::ess::kCsi;
    counter.resolution = 0;
    counter.threshold_kevnr = kev;
    return physics::ess::expected_bins(counter, {1, 20, 1}).front().total_signal();
  };
  return above(low) - above(high);
}

TEST(CsiChain, SpectrumOfRecoilsIsTheExpectedOneFoldedWithTheMeasuredResponse) {
  constexpr double kLow = 0.2, kHigh = 46.0, kStep = 0.2;
  constexpr std::array kEdges = {2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0,  5.5,  6.0,  7.0,  8.0,  9.0, 10.,
                                 11., 12., 14., 16., 18., 20., 22.5, 25.0, 28.0, 32.0, 37.0, 45.0};
  constexpr std::size_t kBins = kEdges.size() - 1;
  const auto bin_of = [&](double energy) {
    return static_cast<std::size_t>(std::ranges::upper_bound(kEdges, energy) - kEdges.begin()) - 1;
  };

  // The response, measured with recoils of known energy, weighted to follow the expected spectrum.
  CsiEventChain chain;
  std::vector<double> steps;
  double total = 0, roots = 0;
  for (double low = kLow; low < kHigh - kStep / 2; low += kStep) {
    steps.push_back(expected_between(low, low + kStep));
    total += steps.back();
    roots += std::sqrt(steps.back());
  }
  constexpr int kCalibration = 80'000;
  std::array<double, kBins> folded{}, folded_squares{};
  Draw calibration(hash_key(1, "calibration", 0));
  for (std::size_t step = 0; step < steps.size(); ++step) {
    const int events = 1 + static_cast<int>(kCalibration * std::sqrt(steps[step]) / roots);
    const double weight = steps[step] / total / events;
    for (int i = 0; i < events; ++i) {
      const double kevnr = kLow + kStep * (static_cast<double>(step) + calibration.uniform());
      const auto energy = chain.recoil(kevnr, calibration);
      if (!energy || *energy < kEdges.front() || *energy >= kEdges.back()) continue;
      folded[bin_of(*energy)] += weight;
      folded_squares[bin_of(*energy)] += weight * weight;
    }
  }

  // Another sample, drawn as the simulation draws its events.
  constexpr int kEvents = 20'000;
  const physics::CevnsRecoils source(physics::kCesiumIodide, physics::ess::kCsi.form_factor(), kLow);
  std::array<double, kBins> seen{};
  Draw random(hash_key(2, "events", 0));
  for (int i = 0; i < kEvents; ++i) {
    const auto energy = chain.recoil(source.draw(random).recoil_kev, random);
    if (energy && *energy >= kEdges.front() && *energy < kEdges.back()) ++seen[bin_of(*energy)];
  }

  double chi2 = 0;
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    const double expected = kEvents * folded[bin];
    const double variance = expected + kEvents * static_cast<double>(kEvents) * folded_squares[bin];
    EXPECT_GT(expected, 5) << bin;
    chi2 += (seen[bin] - expected) * (seen[bin] - expected) / variance;
  }
  // The 99th percentile of chi2 with 24 degrees of freedom.
  fmt::print("chi2 {:.1f} for {} bins\n", chi2, kBins);
  static_assert(kBins == 24);
  EXPECT_LT(chi2, 42.98);
}

TEST(CsiChain, DigitiserAndSelectionFindTheSameEfficiencyForEverySeed) {
  // Some three signal events in each spill; the background is what it is.
  const Config config = test::csi_config({"simulation.csi.signal_rate_scale=60000"});
  const auto one = test::measure_csi_efficiency(config, 2000, 1);
  const auto other = test::measure_csi_efficiency(config, 2000, 2);
  fmt::print("efficiency {:.4f} +- {:.4f} and {:.4f} +- {:.4f}; {} truth, {} on, {} off\n", one.value(), one.error(),
             other.value(), other.error(), one.truth, one.on, one.off);
  EXPECT_GT(one.truth, 2000U);
  EXPECT_NEAR(one.value(), other.value(), 4 * std::hypot(one.error(), other.error()));
}

}  // namespace
}  // namespace spillway::online
