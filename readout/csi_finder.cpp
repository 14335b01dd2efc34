#include "readout/csi_finder.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "detectors/caen/dpp_daw.hpp"
#include "detectors/registry.hpp"

namespace spillway::readout {

namespace csi = detectors::csi_laapd;

namespace {

template <typename T>
T saturated(double value) {
  return static_cast<T>(std::clamp(std::round(value), 0.0, static_cast<double>(std::numeric_limits<T>::max())));
}

}  // namespace

void CsiFinder::find(model::Encoding /*encoding*/, const CheckedFrame& frame, std::vector<model::Primitive>& out) {
  const auto record = detectors::caen::decode_dpp_daw(frame.bytes);
  if (!record) return;
  pulses_.clear();
  filter_.find(record->samples, record->baseline, pulses_);
  for (const csi::ChargePulse& pulse : pulses_) {
    // Light of a pulse at the very begin of a record may be older than the record.
    const double start = std::clamp(pulse.start, 0.0, static_cast<double>(pulse.peak_at));
    const auto ns_from_start = [&](std::size_t sample) {
      return (static_cast<double>(sample) - start) * static_cast<double>(sample_ns_);
    };
    model::Primitive primitive;
    primitive.time_start_ns = frame.time.begin.ns + static_cast<std::int64_t>(start) * sample_ns_;
    primitive.duration_ns = saturated<std::uint32_t>(ns_from_start(pulse.end));
    primitive.peak_offset_ns = saturated<std::uint32_t>(ns_from_start(pulse.peak_at));
    primitive.integral = saturated<std::uint32_t>(pulse.integral_adc);
    primitive.peak = saturated<std::uint16_t>(pulse.peak_adc);
    primitive.samples = saturated<std::uint16_t>(static_cast<double>(pulse.end - pulse.begin));
    primitive.flags = pulse.cut ? static_cast<std::uint32_t>(kCutByRecord) : 0U;
    out.push_back(primitive);
  }
}

StreamElectronics make_csi(const Config& config, const model::Setup& /*setup*/, const model::Detector& detector,
                           const std::string& stream) {
  const Section section = detectors::detector_section(config, detector.name);
  const auto channel = static_cast<std::uint32_t>(std::stoul(stream.substr(stream.rfind('/') + 1)));
  const std::int64_t sample_ns = section.integer("sample_ns");
  return {{stream, channel, detector.clock, static_cast<double>(sample_ns)},
          std::make_unique<CsiFinder>(csi::charge_filter(section, detectors::readout_section(config, detector.name)),
                                      sample_ns)};
}

}  // namespace spillway::readout
