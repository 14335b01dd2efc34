#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "detectors/lartpc/hit_finder.hpp"
#include "detectors/lartpc/synthetic_set.hpp"
#include "tests/bench/bench_case.hpp"
#include "tests/bench/frame_file.hpp"

namespace spillway::bench {

namespace {

using namespace detectors::lartpc;

// Pieces of a few milliseconds, so that a busy machine leaves some of them undisturbed; each goes on where the last
// ended.
constexpr std::size_t kFramesAtOnce = 2048;
constexpr std::size_t kScalarFramesAtOnce = 128;

FinderSettings settings_of(const SyntheticSetSpec& spec, Chain chain) {
  FinderSettings settings{.chain = chain};
  for (PlaneSettings& plane : settings.planes) plane.threshold_adc = spec.threshold_adc;
  return settings;
}

/// A finder that goes on through a file, again and again.
class Pass {
 public:
  Pass(std::shared_ptr<const FrameFile> file, const FinderSettings& settings, Isa isa)
      : file_(std::move(file)), finder_(settings, isa), hits_(kMaxHitsPerFrame) {}
  void run(std::size_t frames) {
    for (; frames > 0; --frames) {
      found_ += finder_.find(file_->view(at_), HitBuffer(hits_));
      at_ = at_ + 1 == file_->frames() ? 0 : at_ + 1;
    }
  }

 private:
  std::shared_ptr<const FrameFile> file_;
  HitFinder finder_;
  std::vector<Hit> hits_;
  std::size_t at_ = 0;
  std::uint64_t found_ = 0;
};

std::vector<Hit> all_hits(const FrameFile& file, const FinderSettings& settings, Isa isa) {
  HitFinder finder(settings, isa);
  std::vector<Hit> buffer(kMaxHitsPerFrame);
  std::vector<Hit> hits;
  for (std::size_t f = 0; f < std::min(file.frames(), kSyntheticFrames); ++f) {
    const std::size_t count = finder.find(file.view(f), HitBuffer(buffer));
    hits.insert(hits.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(count));
  }
  return hits;
}

Work finding(std::shared_ptr<const FrameFile> file, const FinderSettings& settings, Isa isa, std::size_t frames) {
  auto pass = std::make_shared<Pass>(std::move(file), settings, isa);
  return {static_cast<double>(frames) / 1e3, [pass, frames] { pass->run(frames); }};
}

Trial make_trial(const SyntheticSetSpec& spec, bool large, Chain chain, Isa isa) {
  const auto file = frame_file(spec, large);
  const FinderSettings settings = settings_of(spec, chain);
  return {finding(file, settings, isa, isa == Isa::kScalar ? kScalarFramesAtOnce : kFramesAtOnce),
          finding(file, settings, Isa::kScalar, kScalarFramesAtOnce),
          reading(file, kFramesAtOnce, static_cast<double>(kFramesAtOnce) / 1e3),
          [file, settings, isa] { return all_hits(*file, settings, isa) == all_hits(*file, settings, Isa::kScalar); }};
}

}  // namespace

std::vector<BenchCase> hit_finder_cases() {
  struct ChainRow {
    Chain chain;
    std::string_view name;
  };
  constexpr std::array kChains = {ChainRow{Chain::kThreshold, "threshold"},
                                  ChainRow{Chain::kAbsRunningSum, "abs_running_sum"}};
  std::vector<BenchCase> cases;
  for (const SyntheticSetSpec& spec : kSyntheticSets) {
    for (const bool large : {true, false}) {
      for (const ChainRow& chain : kChains) {
        for (const Isa isa : kIsas) {
          if (!supported(isa)) continue;
          cases.push_back({fmt::format("hit_finder.{}.{}{}", chain.name, name(isa), large ? "" : ".l2"),
                           std::string(spec.name), large ? "DRAM" : "L2", "kframes/s",
                           [&spec, large, chain, isa] { return make_trial(spec, large, chain.chain, isa); }});
        }
      }
    }
  }
  return cases;
}

}  // namespace spillway::bench
