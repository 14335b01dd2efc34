#pragma once

#include <cstdint>
#include <string>

#include "daq/base/time.hpp"

namespace spillway::model {

/// One beam pulse as the facility reported it: a fact. `revision` > 0 amends the charge of an earlier report of the
/// same pulse and changes nothing else.
struct Pulse {
  std::uint64_t id = 0;
  std::uint32_t revision = 0;
  Interval time;
  double protons = 0;              ///< 0 where unknown
  double protons_uncertainty = 0;  ///< relative
  std::uint32_t flags = 0;         ///< PulseFlag bits
  friend bool operator==(const Pulse&, const Pulse&) = default;
};

enum PulseFlag : std::uint32_t {
  kGateSeen = 1U << 0U,        ///< timed by a gate on a digitiser channel
  kChargeMeasured = 1U << 1U,  ///< protons are measured, not requested
  kChargeUnknown = 1U << 2U,
  kReplay = 1U << 3U,
  kLate = 1U << 4U,  ///< came after its bound: recorded, never gated
};

}  // namespace spillway::model
