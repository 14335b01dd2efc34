#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "daq/base/random.hpp"
#include "detectors/csi_laapd/response.hpp"

namespace spillway::detectors::csi_laapd {

/// The shaper's answer to the mean light of one primary e-h pair, sample by sample from the interaction on, until it
/// has died away; its peak is adc_per_eh. A CR-RC shaper behind a charge-sensitive amplifier answers an impulse with t
/// exp(-t / tau).
[[nodiscard]] std::vector<double> mean_pulse(const Electronics& electronics);

/// Makes the samples of one channel: baseline, noise and light.
///
/// The noise is what the shaper makes of white current noise (the sensor's leakage): Gaussian, with autocorrelation
/// (1 + t / tau) exp(-t / tau).
class WaveformMaker {
 public:
  WaveformMaker(const Electronics& electronics, double noise_eh, std::uint16_t baseline_adc);

  /// How often the noise alone rises over the self-trigger threshold, per second:
  /// exp(-threshold^2 / 2 sigma^2) / (2 pi tau).
  /// Source: S. O. Rice, Bell Syst. Tech. J. 24 (1945) 46, eq. 3.3-11.
  [[nodiscard]] double noise_trigger_hz() const;

  /// Fills `samples`. `light`: times since the first sample. `crossing`: the sample at which the noise rises over the
  /// self-trigger threshold, if it is known to: then the noise is drawn under that condition.
  void make(std::span<const Impulse> light, std::optional<std::size_t> crossing, Draw& random,
            std::span<std::uint16_t> samples);

 private:
  /// The shaper's two RC stages, in ADC counts.
  struct Stages {
    double first = 0;
    double second = 0;
  };
  void step(Stages& stages) const {
    stages.second = decay_ * (stages.second + step_ * stages.first);
    stages.first *= decay_;
  }
  void add_noise(Stages from, std::span<double> signal, bool backward, Draw& random) const;
  void add_light(std::span<const Impulse> light);

  Electronics electronics_;
  std::uint16_t baseline_adc_;
  double decay_;
  double step_;
  double impulse_adc_;      ///< what one e-h adds to the first stage
  double noise_adc_;        ///< rms of the second stage
  double noise_input_adc_;  ///< rms of what each sample adds to the first stage
  std::vector<double> signal_, charge_;
};

/// A stretch of samples that the digitiser keeps.
struct KeptSamples {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t trigger = 0;  ///< the first sample over the threshold
};

/// Self-trigger with zero-length encoding: what is at least the self-trigger threshold above the baseline, from
/// pre_samples before its first to post_samples behind its last sample; stretches that touch are one. What triggers
/// sooner than pre_samples after the first sample is not looked at; each stretch has an even number of samples.
[[nodiscard]] std::vector<KeptSamples> zero_length_encoded(const Electronics& electronics, std::uint16_t baseline_adc,
                                                           std::span<const std::uint16_t> samples);

}  // namespace spillway::detectors::csi_laapd
