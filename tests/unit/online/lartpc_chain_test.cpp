#include "tests/support/lartpc_chain.hpp"

#include <cstdio>
#include <cstdlib>
#include <map>

#include <gtest/gtest.h>

namespace spillway {
namespace {
using namespace sim_front_end::lartpc;

TEST(Explore, Response) {
  test::LartpcChain chain(7, std::getenv("NOAR") ? 0 : 1);
  const EnergyTable table = nue_argon_energies();
  const int n = std::getenv("N") ? std::atoi(std::getenv("N")) : 500;
  std::map<int, std::array<double, 5>> bins;
  int above5 = 0, found = 0, multi = 0;
  for (int i = 0; i < n; ++i) {
    Draw draw(hash_key(1, "e", static_cast<std::uint64_t>(i)));
    const Point v = any_fiducial_point(draw);
    Interaction e = nue_argon_at(v, table.draw(draw), draw);
    const Interval gate = test::LartpcChain::gate(i);
    e.truth.time = gate.begin + Duration{static_cast<std::int64_t>(86000 * draw.uniform())};
    const auto c = chain.run(gate, {e});
    const double mev = e.truth.energy_kev / 1000;
    if (e.truth.above_threshold) ++above5;
    if (!c.empty()) ++found;
    if (c.size() > 1) ++multi;
    const int b = mev < 60 ? static_cast<int>(mev / 5) * 5 : mev < 100 ? 60 : 100;
    auto& row = bins[b];
    row[0] += 1;
    if (!c.empty()) {
      const double r = c[0].energy / e.truth.energy_kev;
      row[1] += 1; row[2] += r; row[3] += r * r;
    }
  }
  std::printf("above5 %d found %d multi %d eff %.4f\n", above5, found, multi, double(found) / above5);
  for (auto& [b, r] : bins) {
    const double m = r[2] / r[1];
    std::printf("%3d MeV: n %5.0f eff %.3f ratio %.4f rms %.4f\n", b, r[0], r[1] / r[0], m, std::sqrt(r[3] / r[1] - m * m));
  }
}

TEST(Explore, Muons) {
  test::LartpcChain chain(8);
  const int n = std::getenv("N") ? std::atoi(std::getenv("N")) : 500;
  int found = 0; double e = 0;
  std::map<int, std::pair<int,int>> by;
  for (int i = 0; i < n; ++i) {
    Draw draw(hash_key(2, "m", static_cast<std::uint64_t>(i)));
    Interaction m;
    const MuonTrack t = draw_muon(draw);
    ionise(t, draw, m.deposits);
    const Interval gate = test::LartpcChain::gate(i);
    m.truth.time = gate.begin + Duration{static_cast<std::int64_t>(-1300000 + 2700000 * draw.uniform())};
    const auto c = chain.run(gate, {m});
    auto& row = by[static_cast<int>(t.length_mm / 500)];
    ++row.first;
    if (!c.empty()) { ++found; e += c[0].energy / 1000; ++row.second; }
  }
  std::printf("muons %d candidates %d mean %.1f MeV\n", n, found, e / std::max(1, found));
  for (auto& [b, r] : by) std::printf("%d mm: %d of %d\n", b * 500, r.second, r.first);
}
}  // namespace
}  // namespace spillway
