#include "detectors/csi_laapd/waveform.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "detectors/csi_laapd/charge_filter.hpp"

namespace spillway::detectors::csi_laapd {
namespace {

constexpr std::uint16_t kBaseline = 1000;

Electronics coarse() {
  Electronics electronics;
  electronics.sample_ns = 20;
  electronics.tick_ns = 20;
  electronics.pre_samples = 150;
  electronics.post_samples = 150;
  return electronics;
}

std::vector<std::uint16_t> noise(const Electronics& electronics, double noise_eh, std::size_t count,
                                 std::uint64_t key = 1) {
  WaveformMaker maker(electronics, noise_eh, kBaseline);
  Draw random(key);
  std::vector<std::uint16_t> samples(count);
  maker.make({}, {}, random, samples);
  return samples;
}

TEST(CsiWaveform, MeanPulseIsTheShapersAnswerToTheScintillation) {
  // t exp(-t / tau) of the shaper over an exponential of the same tau is t^2 exp(-t / tau), which peaks at 2 tau.
  Electronics electronics;
  const std::vector<double> pulse = mean_pulse(electronics);
  const auto peak = std::ranges::max_element(pulse);
  EXPECT_DOUBLE_EQ(*peak, electronics.adc_per_eh);
  EXPECT_NEAR(static_cast<double>(peak - pulse.begin()) * 4, 2000, 10);
  for (const double tau : {0.5, 1.0, 3.0, 5.0}) {
    const double expected = tau * tau * std::exp(-tau) / (4 * std::exp(-2.0));
    EXPECT_NEAR(pulse[static_cast<std::size_t>(tau * 250)] / electronics.adc_per_eh, expected, 0.006) << tau;
  }
}

TEST(CsiWaveform, NoiseHasItsVarianceAndAutocorrelation) {
  const Electronics electronics = coarse();
  const std::vector<std::uint16_t> samples = noise(electronics, 2, 2'000'000);
  std::vector<double> x;
  for (const std::uint16_t sample : samples) x.push_back(sample - static_cast<double>(kBaseline));
  const double mean = std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
  EXPECT_NEAR(mean, 0, 0.5);
  const double variance = 16.0 * 16.0;
  for (const std::size_t lag : {0U, 25U, 50U, 100U, 200U}) {
    double sum = 0;
    for (std::size_t i = lag; i < x.size(); ++i) sum += x[i] * x[i - lag];
    const double t = static_cast<double>(lag) * 0.02;
    EXPECT_NEAR(sum / static_cast<double>(x.size() - lag) / variance, (1 + t) * std::exp(-t), 0.03) << lag;
  }
}

TEST(CsiWaveform, NoiseIsGaussian) {
  const std::vector<std::uint16_t> samples = noise(coarse(), 2, 4'000'000);
  double beyond_two = 0, fourth = 0;
  for (const std::uint16_t sample : samples) {
    const double sigmas = (sample - static_cast<double>(kBaseline)) / 16;
    beyond_two += sigmas > 2 + 0.5 / 16 ? 1 : 0;
    fourth += std::pow(sigmas, 4);
  }
  EXPECT_NEAR(beyond_two / 4e6, 0.5 * std::erfc((2 + 0.5 / 16) / std::sqrt(2)), 0.0015);
  EXPECT_NEAR(fourth / 4e6, 3, 0.12);
}

TEST(CsiWaveform, NoiseCrossesTheThresholdAsOftenAsRiceSays) {
  Electronics electronics = coarse();
  electronics.self_trigger_adc = 24;
  const double noise_eh = 2;  // 16 ADC counts
  const std::vector<std::uint16_t> samples = noise(electronics, noise_eh, 5'000'000);
  const int level = kBaseline + electronics.self_trigger_adc;
  int crossings = 0;
  for (std::size_t i = 1; i < samples.size(); ++i) crossings += samples[i] >= level && samples[i - 1] < level ? 1 : 0;
  // Samples are rounded: the level that is crossed lies half a count lower.
  const double sigmas = 23.5 / 16;
  const double expected = std::exp(-sigmas * sigmas / 2) / (2 * M_PI * 1e-6) * 5e6 * 20e-9;
  EXPECT_NEAR(crossings, expected, 4 * std::sqrt(expected) + 0.02 * expected);
  EXPECT_NEAR(WaveformMaker(electronics, noise_eh, kBaseline).noise_trigger_hz(),
              std::exp(-1.5 * 1.5 / 2) / (2 * M_PI * 1e-6), 1e-6 * 1e5);
}

TEST(CsiWaveform, NoiseThatIsKnownToCrossDoesSoThereAndIsOrdinaryFarAway) {
  const Electronics electronics = coarse();
  WaveformMaker maker(electronics, 1.1, kBaseline);
  constexpr double kSigma = 8.8;
  constexpr int kTraces = 4000;
  std::vector<std::uint16_t> samples(2001);
  std::vector<double> mean(samples.size()), square(samples.size());
  for (std::uint64_t i = 0; i < kTraces; ++i) {
    Draw random(hash_key(1, "crossing", i));
    maker.make({}, 1000, random, samples);
    ASSERT_NEAR(samples[1000], kBaseline + electronics.self_trigger_adc, 1);
    for (std::size_t k = 0; k < samples.size(); ++k) {
      const double height = samples[k] - static_cast<double>(kBaseline);
      mean[k] += height / kTraces;
      square[k] += height * height / kTraces;
    }
  }
  // From level u with slope v the mean of this process is (u (1 + t) + v t) exp(-t), t in shaping times; the slope at a
  // crossing is Rayleigh-distributed, and backwards it is reversed.
  const double slope = kSigma * std::sqrt(M_PI / 2);
  for (const std::size_t lag : {10U, 50U, 100U, 150U}) {
    const double t = static_cast<double>(lag) * 0.02;
    EXPECT_NEAR(mean[1000 + lag], (32 * (1 + t) + slope * t) * std::exp(-t), 5 * kSigma / std::sqrt(kTraces)) << lag;
    EXPECT_NEAR(mean[1000 - lag], (32 * (1 + t) - slope * t) * std::exp(-t), 5 * kSigma / std::sqrt(kTraces)) << lag;
  }
  EXPECT_NEAR(square[100] / (kSigma * kSigma), 1, 0.12);
  EXPECT_NEAR(square[1900] / (kSigma * kSigma), 1, 0.12);
}

TEST(CsiWaveform, LightIsLinearAndSaturatesAtFullScale) {
  const Electronics electronics = coarse();
  WaveformMaker maker(electronics, 1e-6, kBaseline);
  const auto peak = [&](double eh) {
    std::vector<std::uint16_t> samples(1000);
    Draw random(1);
    const std::vector<Impulse> light = {{4000, eh}};
    maker.make(light, {}, random, samples);
    return *std::ranges::max_element(samples) - kBaseline;
  };
  // All at once it peaks e / 2 higher than spread over the scintillation: 1 / e against 2 / e^2.
  EXPECT_NEAR(peak(100), 100 * 8 * std::exp(1) / 2, 0.02 * 1087);
  EXPECT_NEAR(peak(1000), 10 * peak(100), 15);
  EXPECT_EQ(peak(1e5), 16383 - kBaseline);
}

TEST(ZeroLengthEncoding, KeepsSamplesAroundWhatIsOverTheThreshold) {
  Electronics electronics;
  electronics.pre_samples = 10;
  electronics.post_samples = 20;
  electronics.self_trigger_adc = 5;
  std::vector<std::uint16_t> samples(200, 100);
  const auto kept = [&] { return zero_length_encoded(electronics, 100, samples); };
  EXPECT_TRUE(kept().empty());

  samples[50] = samples[51] = 105;
  ASSERT_EQ(kept().size(), 1U);
  EXPECT_EQ(kept()[0].begin, 40U);
  EXPECT_EQ(kept()[0].trigger, 50U);
  EXPECT_EQ(kept()[0].end, 72U);

  samples[80] = 105;  // its stretch would begin at 70
  ASSERT_EQ(kept().size(), 1U) << "stretches that touch are one";
  EXPECT_EQ(kept()[0].trigger, 50U);
  EXPECT_EQ((kept()[0].end - kept()[0].begin) % 2, 0U);

  samples[112] = 105;
  EXPECT_EQ(kept().size(), 2U);
  samples[5] = 105;
  EXPECT_EQ(kept().size(), 2U) << "what has too few samples before it is not looked at";
  samples[199] = 105;
  ASSERT_EQ(kept().size(), 3U);
  EXPECT_LE(kept()[2].end, 200U);
}

TEST(ChargeFilter, MeasuresTheMeanPulsesCharge) {
  const Electronics electronics = coarse();
  const ChargeFilter filter(electronics, 1000, 1000, 4);
  std::vector<double> shape = mean_pulse(electronics);
  for (const double eh : {10.0, 100.0, 1500.0}) {
    Bytes samples;
    for (int i = 0; i < 150; ++i) append(samples, kBaseline);
    for (const double height : shape) append(samples, static_cast<std::uint16_t>(std::lround(kBaseline + eh * height)));
    for (int i = 0; i < 200; ++i) append(samples, kBaseline);
    std::vector<ChargePulse> pulses;
    filter.find(samples, kBaseline, pulses);
    ASSERT_EQ(pulses.size(), 1U);
    EXPECT_NEAR(pulses[0].charge_eh, eh, 0.1 + 1e-3 * eh);
    EXPECT_NEAR(pulses[0].start, 150, 1);
    EXPECT_NEAR(pulses[0].peak_adc, 8 * eh, 1);
    EXPECT_NEAR(pulses[0].integral_adc, eh * std::accumulate(shape.begin(), shape.end(), 0.0), 0.02 * 8 * 200 * eh);
    EXPECT_FALSE(pulses[0].cut);
  }
}

TEST(ChargeFilter, SeesTheNoiseItSaysItSees) {
  const Electronics electronics = coarse();
  constexpr double kNoise_eh = 2;
  const ChargeFilter filter(electronics, 1000, 1000, 4);
  double squares = 0;
  int count = 0;
  WaveformMaker maker(electronics, kNoise_eh, kBaseline);
  std::vector<std::uint16_t> samples(filter.length());
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    Draw random(hash_key(2, "filter", i));
    maker.make({}, {}, random, samples);
    // The trapezoid by its definition: 50 sums of 100 samples, normalised by the mean pulse below.
    double sum = 0;
    for (std::size_t j = 0; j < 50; ++j) {
      for (std::size_t k = 0; k < 100; ++k) sum += samples[j + k] - static_cast<double>(kBaseline);
    }
    squares += sum * sum;
    ++count;
  }
  double most = 0;
  const std::vector<double> shape = mean_pulse(electronics);
  for (std::size_t at = 0; at + 149 < shape.size(); ++at) {
    double sum = 0;
    for (std::size_t j = 0; j < 50; ++j) {
      for (std::size_t k = 0; k < 100; ++k) sum += shape[at + j + k];
    }
    most = std::max(most, sum);
  }
  EXPECT_NEAR(std::sqrt(squares / count) / most, kNoise_eh * filter.noise_gain(), 0.02 * kNoise_eh);
}

TEST(ChargeFilter, SaysWhereARecordCutsAPulse) {
  const Electronics electronics = coarse();
  const ChargeFilter filter(electronics, 1000, 1000, 4);
  Bytes samples;
  for (int i = 0; i < 150; ++i) append(samples, kBaseline);
  for (int i = 0; i < 120; ++i) append(samples, static_cast<std::uint16_t>(kBaseline + 300));
  std::vector<ChargePulse> pulses;
  filter.find(samples, kBaseline, pulses);
  ASSERT_EQ(pulses.size(), 1U);
  EXPECT_TRUE(pulses[0].cut);
  pulses.clear();
  filter.find({}, kBaseline, pulses);
  EXPECT_TRUE(pulses.empty());
}

}  // namespace
}  // namespace spillway::detectors::csi_laapd
