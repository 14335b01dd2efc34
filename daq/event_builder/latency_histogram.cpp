#include "daq/event_builder/latency_histogram.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::event_builder {
namespace {
constexpr double kShortest_ms = 1e-3;
}

void LatencyHistogram::add(std::int64_t ns, std::uint64_t count) {
  const double octaves = std::log2(std::max(1e-6 * static_cast<double>(ns), kShortest_ms) / kShortest_ms);
  const auto bin = static_cast<std::size_t>(octaves * static_cast<double>(kBinsPerOctave));
  bins_[std::min(bin, bins_.size() - 1)] += count;
  count_ += count;
}

double LatencyHistogram::quantile_ms(double q) const {
  if (count_ == 0) return 0;
  const double wanted = q * static_cast<double>(count_);
  double below = 0;
  std::size_t bin = 0;
  while (bin + 1 < bins_.size() && (below += static_cast<double>(bins_[bin])) < wanted) ++bin;
  return kShortest_ms * std::exp2((static_cast<double>(bin) + 0.5) / static_cast<double>(kBinsPerOctave));
}

}  // namespace spillway::event_builder
