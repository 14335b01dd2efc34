#include "tests/bench/measure.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include <sched.h>
#include <time.h>

namespace spillway::bench {

namespace {

constexpr double kLeastShare = 0.9;
constexpr std::size_t kEnoughRounds = 101;
constexpr double kSeconds = 1;
constexpr double kMostSeconds = 4;

double seconds(clockid_t clock) {
  timespec now = {};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct Rate {
  double per_second = 0;
  double us_per_frame = std::numeric_limits<double>::quiet_NaN();
  bool undisturbed = false;
};

Rate rate_by_thread(const Work& work) {
  const double wall = seconds(CLOCK_MONOTONIC);
  const double cpu = seconds(CLOCK_THREAD_CPUTIME_ID);
  work.run();
  const double cpu_spent = seconds(CLOCK_THREAD_CPUTIME_ID) - cpu;
  const double wall_spent = seconds(CLOCK_MONOTONIC) - wall;
  return {.per_second = work.amount / cpu_spent, .undisturbed = cpu_spent >= kLeastShare * wall_spent};
}

Rate rate_by_wall(const Work& work) {
  const double cpu = work.cpu_seconds ? work.cpu_seconds() : 0;
  const double wall = seconds(CLOCK_MONOTONIC);
  work.run();
  Rate rate{.per_second = work.amount / (seconds(CLOCK_MONOTONIC) - wall), .undisturbed = true};
  if (work.cpu_seconds) rate.us_per_frame = 1e6 * (work.cpu_seconds() - cpu) / work.frames;
  return rate;
}

double median(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

Measured measure(const Trial& trial) {
  for (const Work* work : {&trial.limit, &trial.baseline, &trial.ours}) work->run();  // pages, caches, clocks
  std::vector<double> ours;
  std::vector<double> baseline;
  std::vector<double> limit;
  std::vector<double> ours_us;
  std::vector<double> baseline_us;
  std::vector<double> limit_us;
  std::vector<double> ratios;
  std::vector<double> fractions;
  const double begin = seconds(CLOCK_MONOTONIC);
  const auto goes_on = [&] {
    const double spent = seconds(CLOCK_MONOTONIC) - begin;
    return spent < kSeconds || (ours.size() < kFewestRounds && spent < kMostSeconds);
  };
  while (ours.size() < kEnoughRounds && goes_on()) {
    // Begins with a new slice of the processor, and with what others left in the caches replaced.
    sched_yield();
    trial.limit.run();
    const auto rate_of = trial.clock == Clock::kWall ? rate_by_wall : rate_by_thread;
    const Rate l = rate_of(trial.limit);
    const Rate b = rate_of(trial.baseline);
    const Rate o = rate_of(trial.ours);
    if (!l.undisturbed || !b.undisturbed || !o.undisturbed) continue;
    limit.push_back(l.per_second);
    baseline.push_back(b.per_second);
    ours.push_back(o.per_second);
    ratios.push_back(o.per_second / b.per_second);
    fractions.push_back(o.per_second / l.per_second);
    ours_us.push_back(o.us_per_frame);
    baseline_us.push_back(b.us_per_frame);
    limit_us.push_back(l.us_per_frame);
  }
  return {median(ours), median(baseline), median(limit),       median(ratios),  median(fractions),
          ours.size(),  median(ours_us),  median(baseline_us), median(limit_us)};
}

}  // namespace spillway::bench
