#include "detectors/csi_laapd/charge_filter.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "detectors/csi_laapd/waveform.hpp"

namespace spillway::detectors::csi_laapd {

namespace {

std::size_t samples_in(double ns, std::int64_t sample_ns, std::size_t least) {
  return std::max(least, static_cast<std::size_t>(std::lround(ns / static_cast<double>(sample_ns))));
}

template <typename T>
T saturated(double value) {
  return static_cast<T>(std::clamp(std::round(value), 0.0, static_cast<double>(std::numeric_limits<T>::max())));
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
  const std::vector<std::int64_t> sums = filtered(samples, 0);
  const auto peak = std::ranges::max_element(sums);
  eh_per_sum_ = kScale / static_cast<double>(*peak);
  peak_delay_ = static_cast<double>(peak - sums.begin());
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

std::vector<std::int64_t> ChargeFilter::filtered(ByteView samples, std::uint16_t baseline_adc) const {
  const std::size_t count = samples.size() / 2;
  std::vector<std::int64_t> sums(count);
  std::vector<std::int64_t> inner_sums(count);
  const auto height = [&](std::size_t i) { return load<std::uint16_t>(samples, 2 * i) - baseline_adc; };
  std::int64_t inner = 0;
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    inner += height(i);
    if (i >= wide_) inner -= height(i - wide_);
    inner_sums[i] = inner;
    sum += inner;
    if (i >= rise_) sum -= inner_sums[i - rise_];
    sums[i] = sum;
  }
  return sums;
}

void ChargeFilter::find(ByteView samples, std::uint16_t baseline_adc, std::vector<ChargePulse>& out) const {
  const std::vector<std::int64_t> sums = filtered(samples, baseline_adc);
  const std::size_t count = sums.size();
  const auto over = static_cast<std::int64_t>(std::floor(threshold_eh_ / eh_per_sum_));
  const std::int64_t under = over / 2;
  for (std::size_t i = 0; i < count; ++i) {
    if (sums[i] <= over) continue;
    ChargePulse pulse;
    pulse.begin = i;
    std::size_t peak = i;
    while (i < count && sums[i] >= under) {
      if (sums[i] > sums[peak]) peak = i;
      ++i;
    }
    pulse.end = i;
    pulse.cut = i == count;
    pulse.charge_eh = static_cast<double>(sums[peak]) * eh_per_sum_;
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

model::Primitive ChargeFilter::primitive(const ChargePulse& pulse, Timestamp begin) const {
  const std::int64_t sample_ns = electronics_.sample_ns;
  // Light of a pulse at the very begin of a record may be older than the record.
  const double start = std::clamp(pulse.start, 0.0, static_cast<double>(pulse.peak_at));
  const auto ns_from_start = [&](std::size_t sample) {
    return (static_cast<double>(sample) - start) * static_cast<double>(sample_ns);
  };
  model::Primitive made;
  made.time_start_ns = begin.ns + static_cast<std::int64_t>(start) * sample_ns;
  made.duration_ns = saturated<std::uint32_t>(ns_from_start(pulse.end));
  made.peak_offset_ns = saturated<std::uint32_t>(ns_from_start(pulse.peak_at));
  made.integral = saturated<std::uint32_t>(pulse.integral_adc);
  made.peak = saturated<std::uint16_t>(pulse.peak_adc);
  made.samples = saturated<std::uint16_t>(static_cast<double>(pulse.end - pulse.begin));
  made.flags = pulse.cut ? static_cast<std::uint32_t>(model::kCutByRecord) : 0U;
  return made;
}

ChargeFilter charge_filter(const Section& detector, const Section& readout) {
  return {electronics(detector), readout.number("filter_rise_ns"), readout.number("filter_flat_ns"),
          readout.number("threshold_eh")};
}

}  // namespace spillway::detectors::csi_laapd
