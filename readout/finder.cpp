#include "readout/finder.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "detectors/caen/compass.hpp"
#include "detectors/registry.hpp"
#include "readout/csi_finder.hpp"
#include "readout/lartpc_finder.hpp"
#include "readout/waveform_finder.hpp"

namespace spillway::readout {

namespace {

template <typename T>
T saturated(double value) {
  return static_cast<T>(std::clamp(std::round(value), 0.0, static_cast<double>(std::numeric_limits<T>::max())));
}

/// Pulses in the waveforms of self-triggered records: each record stands for itself.
class CaenFinder final : public Finder {
 public:
  CaenFinder(WaveformSettings settings, double sample_ns) : settings_(settings), sample_ns_(sample_ns) {}

  void find(model::Encoding encoding, const CheckedFrame& frame, std::vector<model::Primitive>& out) override {
    const auto record = detectors::caen::decode_compass({encoding.word()}, frame.bytes);
    if (!record) return;
    pulses_.clear();
    find_pulses(record->samples, settings_, pulses_);
    for (const WaveformPulse& pulse : pulses_) {
      model::Primitive primitive;
      primitive.time_start_ns = frame.time.begin.ns + static_cast<std::int64_t>(std::floor(pulse.start * sample_ns_));
      primitive.duration_ns = saturated<std::uint32_t>((static_cast<double>(pulse.end) - pulse.start) * sample_ns_);
      primitive.peak_offset_ns =
          saturated<std::uint32_t>((static_cast<double>(pulse.peak_at) - pulse.start) * sample_ns_);
      primitive.integral = saturated<std::uint32_t>(pulse.integral);
      primitive.peak = saturated<std::uint16_t>(pulse.peak);
      primitive.samples = saturated<std::uint16_t>(static_cast<double>(pulse.over_threshold));
      primitive.flags = pulse.cut ? static_cast<std::uint32_t>(model::kCutByRecord) : 0U;
      out.push_back(primitive);
    }
  }

 private:
  WaveformSettings settings_;
  double sample_ns_;
  std::vector<WaveformPulse> pulses_;
};

StreamElectronics make_caen(const Config& config, const model::Setup& /*setup*/, const model::Detector& detector,
                            const std::string& stream) {
  const Section readout = detectors::readout_section(config, detector.name);
  const double sample_ns = detectors::detector_section(config, detector.name).number("sample_ns");
  WaveformSettings settings;
  settings.baseline_samples = static_cast<std::size_t>(readout.integer("baseline_samples"));
  settings.threshold_adc = readout.number("threshold_adc");
  settings.negative = readout.text("polarity") == "negative";
  settings.cfd_fraction = readout.number("cfd_fraction");
  const auto channel = static_cast<std::uint32_t>(std::stoul(stream.substr(stream.rfind('/') + 1)));
  return {{stream, channel, detector.clock, sample_ns}, std::make_unique<CaenFinder>(settings, sample_ns)};
}

/// Frames that are primitives already.
class PrimitivePassage final : public Finder {
 public:
  void find(model::Encoding encoding, const CheckedFrame& frame, std::vector<model::Primitive>& out) override {
    if (encoding.family() != model::EncodingFamily::kPrimitives) return;
    for (std::size_t at = 0; at < frame.bytes.size(); at += sizeof(model::Primitive)) {
      out.push_back(load<model::Primitive>(frame.bytes, at));
    }
  }
};

struct FinderRow {
  std::string_view detector_kind;
  StreamElectronics (*make)(const Config& config, const model::Setup& setup, const model::Detector& detector,
                            const std::string& stream);
};
constexpr std::array kFinders = {FinderRow{"caen_digitizer", make_caen}, FinderRow{"csi_laapd", make_csi},
                                 FinderRow{"lartpc", make_lartpc}};

}  // namespace

StreamElectronics make_electronics(const Config& config, const model::Setup& setup, const model::Detector& detector,
                                   const std::string& stream) {
  if (detector.primitives) return {{stream, 0, detector.clock, 1}, std::make_unique<PrimitivePassage>()};
  const auto* row = std::find_if(kFinders.begin(), kFinders.end(),
                                 [&](const FinderRow& r) { return r.detector_kind == detector.kind; });
  if (row == kFinders.end()) {
    throw Error(fmt::format("detector {}: readout has no finder for the kind \"{}\"", detector.name, detector.kind));
  }
  return row->make(config, setup, detector, stream);
}

}  // namespace spillway::readout
