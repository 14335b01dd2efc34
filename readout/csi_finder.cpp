#include "readout/csi_finder.hpp"

#include "detectors/caen/dpp_daw.hpp"
#include "detectors/registry.hpp"

namespace spillway::readout {

namespace csi = detectors::csi_laapd;

void CsiFinder::find(model::Encoding /*encoding*/, const CheckedFrame& frame, std::vector<model::Primitive>& out) {
  const auto record = detectors::caen::decode_dpp_daw(frame.bytes);
  if (!record) return;
  pulses_.clear();
  filter_.find(record->samples, record->baseline, pulses_);
  for (const csi::ChargePulse& pulse : pulses_) out.push_back(filter_.primitive(pulse, frame.time.begin));
}

StreamElectronics make_csi(const Config& config, const model::Setup& /*setup*/, const model::Detector& detector,
                           const std::string& stream) {
  const Section section = detectors::detector_section(config, detector.name);
  const auto channel = static_cast<std::uint32_t>(std::stoul(stream.substr(stream.rfind('/') + 1)));
  return {{stream, channel, detector.clock, static_cast<double>(section.integer("sample_ns"))},
          std::make_unique<CsiFinder>(csi::charge_filter(section, detectors::readout_section(config, detector.name)))};
}

}  // namespace spillway::readout
