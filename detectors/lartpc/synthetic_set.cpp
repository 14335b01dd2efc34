#include "detectors/lartpc/synthetic_set.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace spillway::detectors::lartpc {

namespace {

constexpr std::size_t kInductionChannels = 40;  ///< these have the higher pedestals
constexpr double kPulseWidth = 2.5;             ///< samples
constexpr double kPulseReach = 10;              ///< samples

using FrameSignals = std::array<std::array<double, kChannels>, kSamples>;

}  // namespace

const SyntheticSetSpec* find_synthetic_set(std::string_view name) {
  const auto* spec = std::find_if(kSyntheticSets.begin(), kSyntheticSets.end(),
                                  [&](const SyntheticSetSpec& candidate) { return candidate.name == name; });
  return spec == kSyntheticSets.end() ? nullptr : spec;
}

SyntheticSet::SyntheticSet(const SyntheticSetSpec& spec, std::size_t frames)
    : generator_(spec.seed), noise_(0, spec.noise_adc), pulses_(frames) {
  for (std::size_t c = 0; c < kChannels; ++c) {
    pedestals_[c] = (c < kInductionChannels ? 2300 : 850) + std::floor(100 * uniform_(generator_));
  }
  draw_signals(spec);
}

void SyntheticSet::draw_signals(const SyntheticSetSpec& spec) {
  // A distribution must not be made with mean 0.
  std::poisson_distribution<int> tracks(std::max(spec.tracks_per_frame, 1e-9));
  std::poisson_distribution<int> singles(std::max(spec.singles_per_frame, 1e-9));
  for (std::size_t f = 0; f < pulses_.size(); ++f) {
    const auto first_sample = static_cast<double>(kSamples * f);
    if (spec.tracks_per_frame > 0) {
      for (int left = tracks(generator_); left > 0; --left) add_track(first_sample);
    }
    if (spec.singles_per_frame > 0) {
      for (int left = singles(generator_); left > 0; --left) add_single(first_sample);
    }
  }
}

void SyntheticSet::add_track(double first_sample) {
  const double time = first_sample + 64 * uniform_(generator_);
  const auto first_channel = static_cast<std::size_t>(64 * uniform_(generator_));
  const auto length = static_cast<std::size_t>(8 + 56 * uniform_(generator_));
  const double slope = -3 + 6 * uniform_(generator_);  // samples a channel
  const double height = 80 + 160 * uniform_(generator_);
  for (std::size_t j = 0; j < length; ++j) {
    // Drawn for channels beyond the last, too.
    const double scale = 0.7 + 0.6 * uniform_(generator_);
    if (first_channel + j >= kChannels) continue;
    add({time + slope * static_cast<double>(j), height * scale, first_channel + j});
  }
}

void SyntheticSet::add_single(double first_sample) {
  const double height = 30 + 70 * uniform_(generator_);
  const auto channel = static_cast<std::size_t>(64 * uniform_(generator_));
  add({first_sample + 64 * uniform_(generator_), height, channel});
}

void SyntheticSet::add(const Pulse& pulse) {
  const auto frame_of = [](double time) { return std::floor(time / static_cast<double>(kSamples)); };
  const double last = frame_of(pulse.time + kPulseReach);
  for (double f = std::max(0.0, frame_of(pulse.time - kPulseReach)); f <= last; ++f) {
    const auto frame = static_cast<std::size_t>(f);
    if (frame < pulses_.size()) pulses_[frame].push_back(pulse);
  }
}

void SyntheticSet::next(std::span<std::byte, kFrameBytes> frame) {
  assert(made_ < pulses_.size());
  FrameSignals signals = {};
  for (const Pulse& pulse : pulses_[made_]) {
    for (std::size_t s = 0; s < kSamples; ++s) {
      const double distance = static_cast<double>(kSamples * made_ + s) - pulse.time;
      if (std::abs(distance) > kPulseReach) continue;
      const double widths = distance / kPulseWidth;
      signals[s][pulse.channel] += pulse.height * std::exp(-widths * widths / 2);
    }
  }
  AdcBlock adc;
  for (std::size_t s = 0; s < kSamples; ++s) {
    for (std::size_t c = 0; c < kChannels; ++c) {
      const double value = std::round(pedestals_[c] + signals[s][c] + noise_(generator_));
      adc[s][c] = static_cast<std::uint16_t>(std::clamp(value, 0.0, double{kMaxAdc}));
    }
  }
  encode_wib_eth({.sequence = static_cast<std::uint16_t>(made_ % kSequences), .timestamp = kTicksPerFrame * made_}, {},
                 adc, frame);
  ++made_;
}

}  // namespace spillway::detectors::lartpc
