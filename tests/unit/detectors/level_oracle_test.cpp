#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include <unistd.h>

#include <gtest/gtest.h>

#include "daq/base/random.hpp"
#include "detectors/physics/level/beam_dump.hpp"
#include "detectors/physics/level/nu_argon_fit.hpp"

namespace spillway::physics::level {
namespace {

/// A Python that knows iminuit; empty where there is none.
std::string python_with_iminuit() {
  for (const char* python : {"python3", "/usr/bin/python3"}) {
    if (std::system((std::string(python) + " -c 'import iminuit' 2>/dev/null").c_str()) == 0) return python;
  }
  return "";
}

std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return text;
  char buffer[256];
  while (std::fgets(buffer, sizeof buffer, pipe) != nullptr) text += buffer;
  pclose(pipe);
  return text;
}

// One toy of 100 t-yr, fitted here and by iminuit (migrad and minos).
TEST(Oracle, IminuitFindsTheSameMinimumAndIntervals) {
  const std::string python = python_with_iminuit();
  if (python.empty()) GTEST_SKIP() << "python3-iminuit is not installed";
  const NuArgonFit fit(100, kPositionC_m, true);
  const Constraints measured{1.03, 0.92};
  Draw draw(hash_key(1, "oracle", 0));
  std::vector<double> observed;
  for (const double mean : fit.asimov()) observed.push_back(static_cast<double>(draw.poisson(mean)));

  const std::string file = testing::TempDir() + "spillway_oracle_" + std::to_string(getpid()) + ".txt";
  {
    std::ofstream out(file);
    out.precision(17);
    out << measured.flux << ' ' << measured.kaons << '\n';
    for (std::size_t i = 0; i < observed.size(); ++i) {
      out << observed[i];
      for (const TiltedBin& bin : {fit.pions()[i], fit.kaons()[i]}) {
        out << ' ' << bin.events << ' ' << bin.mean_log << ' ' << bin.variance_log;
      }
      out << '\n';
    }
  }
  std::istringstream answer(
      output_of(python + " " + SPILLWAY_SOURCE_DIR "/tests/unit/detectors/iminuit_oracle.py < " + file));
  std::remove(file.c_str());
  double chi2 = 0;
  Range r;
  Range gamma;
  double microseconds = 0;
  answer >> chi2;
  for (Range* range : {&r, &gamma}) answer >> range->best >> range->interval.low >> range->interval.high;
  answer >> microseconds;
  ASSERT_TRUE(answer) << answer.str();

  const auto fitter = fit.fitter(observed, measured);
  double ours = 1e300;
  statistics::PoissonFit best;
  std::optional<statistics::Interval> r_interval;
  std::optional<statistics::Interval> gamma_interval;
  for (int round = 0; round < 20; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    best = fitter.minimise();
    r_interval = fitter.interval(best, NuArgonFit::kR);
    gamma_interval = fitter.interval(best, NuArgonFit::kGamma);
    ours = std::min(ours, std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count());
  }
  ASSERT_TRUE(best.converged && r_interval && gamma_interval);
  std::cout << "fit with both intervals: " << ours << " us here, " << microseconds << " us in iminuit\n";
  EXPECT_NEAR(best.chi2, chi2, 1e-3);
  // A thousandth of the uncertainty.
  const double r_unit = 1e-3 * r.half_width();
  const double gamma_unit = 1e-3 * gamma.half_width();
  EXPECT_NEAR(best.x[NuArgonFit::kR], r.best, r_unit);
  EXPECT_NEAR(r_interval->low, r.interval.low, r_unit);
  EXPECT_NEAR(r_interval->high, r.interval.high, r_unit);
  EXPECT_NEAR(best.x[NuArgonFit::kGamma], gamma.best, gamma_unit);
  EXPECT_NEAR(gamma_interval->low, gamma.interval.low, gamma_unit);
  EXPECT_NEAR(gamma_interval->high, gamma.interval.high, gamma_unit);
}

}  // namespace
}  // namespace spillway::physics::level
