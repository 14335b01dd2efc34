#include "detectors/physics/cevns_recoils.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "detectors/physics/cevns.hpp"
#include "detectors/physics/ess/spectrum.hpp"

namespace spillway::physics {
namespace {

const ess::Detector kCsi = ess::kCsi;

TEST(CevnsRecoils, AreAsManyAYearAsThePaperExpects) {
  const CevnsRecoils recoils(kCsi.nucleus, kCsi.form_factor(), kCsi.threshold_kevnr);
  const double a_year = recoils.expected(8.5e22, 22.5, 20);
  EXPECT_NEAR(a_year, 8405, 0.012 * 8405);  // Baxter et al., table 1
  EXPECT_NEAR(a_year, ess::recoils_per_year(kCsi), 1e-4 * a_year) << "the same by another integration";
}

TEST(CevnsRecoils, FollowTheExpectedSpectrumOfEachFlavour) {
  const CevnsRecoils recoils(kCsi.nucleus, kCsi.form_factor(), 1);
  constexpr int kEvents = 100'000;
  constexpr int kSteps = 12;
  std::array<std::array<double, kSteps>, kFlavourCount> seen{};
  Draw random(hash_key(1, "recoils", 0));
  const double width = 45.0 / kSteps;
  for (int i = 0; i < kEvents; ++i) {
    const Recoil recoil = recoils.draw(random);
    ASSERT_GE(recoil.recoil_kev, 1);
    ASSERT_LE(recoil.recoil_kev * 1e-3, max_recoil_mev(recoil.neutrino_mev, kCsi.nucleus.mass_mev()));
    const auto bin = static_cast<std::size_t>((recoil.recoil_kev - 1) / width);
    if (bin < kSteps) ++seen[index_of(recoil.flavour)][bin];
  }
  // Counts above an energy, by the facility's own spectrum code, differenced into bins.
  const auto above = [&](double kev) {
    ess::Detector counter = kCsi;
    counter.resolution = 0;
    counter.threshold_kevnr = kev;
    return ess::expected_bins(counter, {1, 20, 1}).front().signal;
  };
  double total = 0;
  for (const double flavour : above(1)) total += flavour;
  double chi2 = 0;
  int degrees = -1;
  for (int bin = 0; bin < kSteps; ++bin) {
    const auto low = above(1 + bin * width);
    const auto high = above(1 + (bin + 1) * width);
    for (const Flavour flavour : kFlavours) {
      const double expected = (low[index_of(flavour)] - high[index_of(flavour)]) / total * kEvents;
      const double counted = seen[index_of(flavour)][static_cast<std::size_t>(bin)];
      if (expected < 10) continue;
      chi2 += (counted - expected) * (counted - expected) / expected;
      ++degrees;
    }
  }
  EXPECT_GT(degrees, 20);
  EXPECT_LT(chi2, degrees + 3 * std::sqrt(2.0 * degrees));
}

}  // namespace
}  // namespace spillway::physics
