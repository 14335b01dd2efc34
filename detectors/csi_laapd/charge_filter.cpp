#include "detectors/csi_laapd/charge_filter.hpp"

#include <algorithm>
#include <cmath>

#include "detectors/csi_laapd/waveform.hpp"

namespace spillway::detectors::csi_laapd {

namespace {

std::size_t samples_in(double ns, std::int64_t sample_ns, std::size_t least) {
  return std::max(least, static_cast<std::size_t>(std::lround(ns / static_cast<double>(sample_ns))));
}

}  // namespace

ChargeFilter::ChargeFilter(const Electronics& electronics, double rise_ns, double flat_ns, double threshold_eh)
    : electronics_(electronics),
      rise_(samples_in(rise_ns, electronics.sample_ns, 1)),
      wide_(rise_ + samples_in(flat_ns, electronics.sample_ns, 0)),
      threshold_eh_(threshold_eh) {
  // A pulse large enough that rounding to ADC counts does not show, with room for the filter to see its end.
  constexpr std::uint16_t kScale = 1000;
  Bytes samples;
  for (const double height : mean_pulse(electronics)) {
    pulse_area_adc_ += height;
    append(samples, static_cast<std::uint16_t>(std::lround(height * kScale)));
  }
  samples.resize(samples.size() + 2 * length());
  filter(samples, 0);
  const auto peak = std::ranges::max_element(sums_);
  eh_per_sum_ = kScale / static_cast<double>(*peak);
  peak_delay_ = static_cast<double>(peak - sums_.begin());
}

double ChargeFilter::noise_gain() const {
  std::vector<double> weights(length(), 0);
  for (std::size_t i = 0; i < rise_; ++i) {
    for (std::size_t j = 0; j < wide_; ++j) weights[i + j] += 1;
  }
  const double step = static_cast<double>(electronics_.sample_ns) / electronics_.shaping_ns;
  double variance = 0;
  for (std::size_t lag = 0; lag < weights.size(); ++lag) {
    const double t = static_cast<double>(lag) * step;
    double overlap = 0;
    for (std::size_t i = lag; i < weights.size(); ++i) overlap += weights[i] * weights[i - lag];
    variance += (lag == 0 ? 1 : 2) * overlap * (1 + t) * std::exp(-t);
  }
  return std::sqrt(variance) * eh_per_sum_ * electronics_.adc_per_eh;
}

void ChargeFilter::filter(ByteView samples, std::uint16_t baseline_adc) {
  const std::size_t count = samples.size() / 2;
  inner_.resize(count);
  sums_.resize(count);
  const auto height = [&](std::size_t i) { return load<std::uint16_t>(samples, 2 * i) - baseline_adc; };
  std::int64_t inner = 0;
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    inner += height(i);
    if (i >= wide_) inner -= height(i - wide_);
    inner_[i] = inner;
    sum += inner;
    if (i >= rise_) sum -= inner_[i - rise_];
    sums_[i] = sum;
  }
}

void ChargeFilter::find(ByteView samples, std::uint16_t baseline_adc, std::vector<ChargePulse>& out) {
  filter(samples, baseline_adc);
  const std::size_t count = sums_.size();
  const auto over = static_cast<std::int64_t>(std::floor(threshold_eh_ / eh_per_sum_));
  const std::int64_t under = over / 2;
  for (std::size_t i = 0; i < count; ++i) {
    if (sums_[i] <= over) continue;
    ChargePulse pulse;
    pulse.begin = i;
    std::size_t peak = i;
    while (i < count && sums_[i] >= under) {
      if (sums_[i] > sums_[peak]) peak = i;
      ++i;
    }
    pulse.end = i;
    pulse.cut = i == count;
    pulse.charge_eh = static_cast<double>(sums_[peak]) * eh_per_sum_;
    pulse.integral_adc = pulse.charge_eh * pulse_area_adc_;
    pulse.start = static_cast<double>(peak) - peak_delay_;
    // The samples behind the filter's peak.
    pulse.peak_at = peak + 1 - std::min(peak + 1, length());
    for (std::size_t k = pulse.peak_at; k <= peak; ++k) {
      const double height = load<std::uint16_t>(samples, 2 * k) - static_cast<double>(baseline_adc);
      if (height > pulse.peak_adc) {
        pulse.peak_adc = height;
        pulse.peak_at = k;
      }
    }
    out.push_back(pulse);
  }
}

ChargeFilter charge_filter(const Section& detector, const Section& readout) {
  return {electronics(detector), readout.number("filter_rise_ns"), readout.number("filter_flat_ns"),
          readout.number("threshold_eh")};
}

}  // namespace spillway::detectors::csi_laapd
