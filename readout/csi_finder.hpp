#pragma once

#include <cstdint>
#include <vector>

#include "detectors/csi_laapd/charge_filter.hpp"
#include "readout/finder.hpp"

namespace spillway::readout {

/// Charges in DPP-DAW records by the trapezoidal filter: each record stands for itself. A primitive begins where the
/// light does on average, and lasts until the filtered charge is under half of the threshold. Its integral is charge x
/// area of the mean pulse.
class CsiFinder final : public Finder {
 public:
  CsiFinder(const detectors::csi_laapd::ChargeFilter& filter, std::int64_t sample_ns)
      : filter_(filter), sample_ns_(sample_ns) {}
  void find(model::Encoding encoding, const CheckedFrame& frame, std::vector<model::Primitive>& out) override;

 private:
  detectors::csi_laapd::ChargeFilter filter_;
  std::int64_t sample_ns_;
  std::vector<detectors::csi_laapd::ChargePulse> pulses_;
};

[[nodiscard]] StreamElectronics make_csi(const Config& config, const model::Setup& setup,
                                         const model::Detector& detector, const std::string& stream);

}  // namespace spillway::readout
