#include "daq/run_control/backoff.hpp"

#include <algorithm>

namespace spillway::run_control {

namespace {
using std::chrono::milliseconds;
constexpr milliseconds kFirst{100};
constexpr milliseconds kLongest{2000};
constexpr std::chrono::seconds kLongEnough{10};
}  // namespace

Instant Backoff::next(Instant died) {
  if (in_a_row_ > 0 && died - restarted_ >= kLongEnough) in_a_row_ = 0;
  const auto delay = std::min(kLongest, kFirst * (1U << std::min(in_a_row_, 5U)));
  ++in_a_row_;
  restarted_ = died + delay;
  return restarted_;
}

}  // namespace spillway::run_control
