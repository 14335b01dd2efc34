#include "detectors/lartpc/hit_finder.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "daq/base/error.hpp"

namespace spillway::detectors::lartpc {

namespace {

struct KernelRow {
  Isa isa;
  FinderKernel (*kernel)(Chain chain);
};
constexpr std::array kKernels = {KernelRow{Isa::kScalar, scalar_kernel}, KernelRow{Isa::kAvx2, avx2_kernel},
                                 KernelRow{Isa::kAvx512, avx512_kernel}};

FinderKernel kernel_of(Isa isa, Chain chain) {
  if (!supported(isa)) {
    throw Error(
        fmt::format("this processor has no {}; choose another path, the best here is {}", name(isa), name(best_isa())));
  }
  const auto* row = std::find_if(kKernels.begin(), kKernels.end(), [&](const KernelRow& r) { return r.isa == isa; });
  return row->kernel(chain);
}

void check(std::string_view what, std::int16_t value, int lowest, int highest) {
  if (value < lowest || value > highest) {
    throw Error(fmt::format("hit finder: {} is {}; it can be {} to {}", what, value, lowest, highest));
  }
}

FinderState state_of(const FinderSettings& settings) {
  // Beyond these the products of the running sum would leave 16 bits.
  constexpr int kMaxTenths = 10;
  constexpr int kMaxSigned = 32767;
  for (const PlaneSettings& plane : settings.planes) {
    check("threshold", plane.threshold_adc, 0, kMaxSigned);
    check("limit", plane.limit, 1, kMaxSigned - 1);
    check("memory", plane.memory, 0, kMaxTenths);
    check("scale", plane.scale, 0, kMaxTenths);
  }
  FinderState state;
  for (std::size_t c = 0; c < kChannels; ++c) {
    check("plane", settings.plane_of[c], 0, kPlanes - 1);
    const PlaneSettings& plane = settings.planes[settings.plane_of[c]];
    const bool masked = ((settings.masked >> c) & 1U) != 0;
    state.threshold[c] = masked ? std::int16_t{kMaxSigned} : plane.threshold_adc;
    state.limit[c] = plane.limit;
    state.memory[c] = plane.memory;
    state.scale[c] = plane.scale;
  }
  return state;
}

/// Sorts each channel's samples by Batcher's odd-even merge: which samples it compares depends on none of them, so that
/// all channels are sorted side by side.
void sort_channels(AdcBlock& block) {
  for (std::size_t merged = 1; merged < kSamples; merged *= 2) {
    for (std::size_t apart = merged; apart > 0; apart /= 2) {
      for (std::size_t s = apart % merged; s + apart < kSamples; ++s) {
        const bool compared = (s - apart % merged) / apart % 2 == 0 && s / (2 * merged) == (s + apart) / (2 * merged);
        if (!compared) continue;
        const AdcRow a = block[s];
        const AdcRow b = block[s + apart];
        for (std::size_t c = 0; c < kChannels; ++c) block[s][c] = std::min(a[c], b[c]);
        for (std::size_t c = 0; c < kChannels; ++c) block[s + apart][c] = std::max(a[c], b[c]);
      }
    }
  }
}

void start_from_medians(FinderState& state, const WibEthView& frame) {
  AdcBlock block;
  for (std::size_t s = 0; s < kSamples; ++s) block[s] = frame.row(s);
  sort_channels(block);
  std::ranges::copy(block[kSamples / 2], state.pedestal.begin());
}

}  // namespace

HitFinder::HitFinder(const FinderSettings& settings, Isa isa)
    : state_(state_of(settings)), kernel_(kernel_of(isa, settings.chain)) {}

std::size_t HitFinder::find(const WibEthView& frame, HitBuffer out) noexcept {
  const std::uint64_t tick = frame.timestamp();
  std::size_t found = 0;
  if (!begun_) {
    start_from_medians(state_, frame);
    begun_ = true;
  } else if (tick != next_tick_) {
    ++gaps_;
    found = close(out);
  }
  next_tick_ = tick + kTicksPerFrame;
  const Hit* end = kernel_(state_, frame.bytes().data() + kHeadBytes, tick, out.data() + found);
  return static_cast<std::size_t>(end - out.data());
}

std::size_t HitFinder::close(HitBuffer out) noexcept {
  std::uint64_t open = 0;
  for (std::size_t c = 0; c < kChannels; ++c) open |= std::uint64_t{state_.hits.samples[c] != 0} << c;
  Hit* const end = write_hits(state_.hits, open, next_tick_, out.data());
  std::for_each(out.data(), end, [](Hit& hit) { hit.cut = true; });
  state_.hits = {};
  return static_cast<std::size_t>(end - out.data());
}

void HitFinder::start_anew() noexcept {
  state_.accumulator = state_.sum = state_.sum_median = state_.sum_accumulator = {};
  begun_ = false;
}

std::optional<std::uint64_t> HitFinder::open_since() const noexcept {
  const std::uint16_t longest = *std::max_element(state_.hits.samples.begin(), state_.hits.samples.end());
  if (longest == 0) return std::nullopt;
  return next_tick_ - kTicksPerSample * longest;
}

model::Primitive to_primitive(const Hit& hit, const ClockSegment& clock) {
  constexpr std::uint32_t kSampleNs = kTicksPerSample * kTickNs;
  return {.time_start_ns = clock.to_tai(hit.time_start).ns,
          .duration_ns = kSampleNs * hit.samples,
          .peak_offset_ns = kSampleNs * hit.peak_sample,
          .channel = hit.channel,
          .integral = hit.integral,
          .peak = hit.peak,
          .samples = hit.samples,
          .flags = hit.cut ? static_cast<std::uint32_t>(model::kCutByRecord) : 0U};
}

}  // namespace spillway::detectors::lartpc
