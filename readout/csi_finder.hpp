#pragma once

#include <cstdint>
#include <vector>

#include "detectors/csi_laapd/charge_filter.hpp"
#include "readout/finder.hpp"

namespace spillway::readout {

/// Charges in DPP-DAW records by the trapezoidal filter: each record stands for itself.
class CsiFinder final : public Finder {
 public:
  explicit CsiFinder(const detectors::csi_laapd::ChargeFilter& filter) : filter_(filter) {}
  void find(model::Encoding encoding, const CheckedFrame& frame, std::vector<model::Primitive>& out) override;

 private:
  detectors::csi_laapd::ChargeFilter filter_;
  std::vector<detectors::csi_laapd::ChargePulse> pulses_;
};

[[nodiscard]] StreamElectronics make_csi(const Config& config, const model::Setup& setup,
                                         const model::Detector& detector, const std::string& stream);

}  // namespace spillway::readout
