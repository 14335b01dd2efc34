#include "detectors/csi_laapd/waveform.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "detectors/caen/dpp_daw.hpp"

namespace spillway::detectors::csi_laapd {

namespace {

double sample_step(const Electronics& electronics) {
  return static_cast<double>(electronics.sample_ns) / electronics.shaping_ns;
}

/// The shaper's answer to exponentially decaying light of unit charge, not normalised.
std::vector<double> light_answer(const Electronics& electronics) {
  const double step = sample_step(electronics);
  const double decay = std::exp(-step);
  const double fading = std::exp(-static_cast<double>(electronics.sample_ns) / electronics.scintillation_ns);
  constexpr double kGone = 1e-4;
  std::vector<double> answer;
  double first = 0, second = 0, left = 1, peak = 0;
  for (;;) {
    first += left * (1 - fading);
    left *= fading;
    answer.push_back(second);
    peak = std::max(peak, second);
    if (second < kGone * peak && left < kGone) return answer;
    second = decay * (second + step * first);
    first *= decay;
  }
}

/// A deviate of variance 1 that is nearly normal; what the shaper makes of hundreds of them is normal to any test.
double nearly_normal(Draw& random) {
  const std::uint64_t bits = random();
  const std::uint64_t sum = (bits & 0xFFFFU) + ((bits >> 16U) & 0xFFFFU) + ((bits >> 32U) & 0xFFFFU) + (bits >> 48U);
  constexpr double kMean = 4 * 65535.0 / 2;
  static const double kInverseRms = 1 / std::sqrt(4 * (65536.0 * 65536.0 - 1) / 12);
  return (static_cast<double>(sum) - kMean) * kInverseRms;
}

}  // namespace

std::vector<double> mean_pulse(const Electronics& electronics) {
  std::vector<double> pulse = light_answer(electronics);
  const double scale = electronics.adc_per_eh / *std::ranges::max_element(pulse);
  for (double& sample : pulse) sample *= scale;
  return pulse;
}

WaveformMaker::WaveformMaker(const Electronics& electronics, double noise_eh, std::uint16_t baseline_adc)
    : electronics_(electronics),
      baseline_adc_(baseline_adc),
      decay_(std::exp(-sample_step(electronics))),
      step_(sample_step(electronics)),
      noise_adc_(noise_eh * electronics.adc_per_eh) {
  const std::vector<double> unit = light_answer(electronics);
  impulse_adc_ = electronics.adc_per_eh / *std::ranges::max_element(unit);
  // Stationary variances of the two stages for an input of variance 1, from the recursion in step().
  const double kept = decay_ * decay_;
  const double first = 1 / (1 - kept);
  const double both = kept * step_ * first / (1 - kept);
  const double second = kept * (2 * step_ * both + step_ * step_ * first) / (1 - kept);
  noise_input_adc_ = noise_adc_ / std::sqrt(second);
}

double WaveformMaker::noise_trigger_hz() const {
  const double sigmas = electronics_.self_trigger_adc / noise_adc_;
  return std::exp(-sigmas * sigmas / 2) / (2 * std::numbers::pi * electronics_.shaping_ns * 1e-9);
}

void WaveformMaker::add_noise(Stages from, std::span<double> signal, bool backward, Draw& random) const {
  const std::size_t count = signal.size();
  for (std::size_t i = 0; i < count; ++i) {
    signal[backward ? count - 1 - i : i] += from.second;
    step(from);
    from.first += noise_input_adc_ * nearly_normal(random);
  }
}

void WaveformMaker::add_light(std::span<const Impulse> light) {
  if (light.empty()) return;
  charge_.assign(signal_.size(), 0);
  std::size_t begin = signal_.size();
  for (const Impulse& impulse : light) {
    const double at = std::ceil(impulse.at_ns / static_cast<double>(electronics_.sample_ns));
    if (at < 0 || at >= static_cast<double>(signal_.size())) continue;
    charge_[static_cast<std::size_t>(at)] += impulse.eh;
    begin = std::min(begin, static_cast<std::size_t>(at));
  }
  Stages stages;
  for (std::size_t i = begin; i < signal_.size(); ++i) {
    stages.first += impulse_adc_ * charge_[i];
    signal_[i] += stages.second;
    step(stages);
  }
}

void WaveformMaker::make(std::span<const Impulse> light, std::optional<std::size_t> crossing, Draw& random,
                         std::span<std::uint16_t> samples) {
  signal_.assign(samples.size(), 0);
  // The second stage and its slope times tau (first - second) are independent and of equal variance.
  if (crossing && *crossing < samples.size()) {
    // At a crossing the slope is Rayleigh-distributed; seen backwards, the process is the same with the slope reversed.
    const double level = electronics_.self_trigger_adc;
    const double slope = noise_adc_ * std::sqrt(2 * exponential(random));
    const std::span<double> all(signal_);
    add_noise({level + slope, level}, all.subspan(*crossing), false, random);
    Stages before{level - slope, level};
    step(before);
    before.first += noise_input_adc_ * nearly_normal(random);
    add_noise(before, all.first(*crossing), true, random);
  } else {
    const double level = noise_adc_ * normal(random);
    add_noise({level + noise_adc_ * normal(random), level}, signal_, false, random);
  }
  add_light(light);
  constexpr double kTop = caen::kDppDawFullScale;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] = static_cast<std::uint16_t>(std::clamp(baseline_adc_ + signal_[i] + 0.5, 0.0, kTop));
  }
}

std::vector<KeptSamples> zero_length_encoded(const Electronics& electronics, std::uint16_t baseline_adc,
                                             std::span<const std::uint16_t> samples) {
  std::vector<KeptSamples> kept;
  const int level = baseline_adc + electronics.self_trigger_adc;
  for (std::size_t i = electronics.pre_samples; i < samples.size(); ++i) {
    if (samples[i] < level) continue;
    const std::size_t begin = i - electronics.pre_samples;
    const std::size_t end = std::min(i + 1 + electronics.post_samples, samples.size());
    if (kept.empty() || begin > kept.back().end) {
      kept.push_back({begin, end, i});
    } else {
      kept.back().end = end;
    }
  }
  for (KeptSamples& stretch : kept) {
    if ((stretch.end - stretch.begin) % 2 == 1) --stretch.end;
  }
  return kept;
}

}  // namespace spillway::detectors::csi_laapd
