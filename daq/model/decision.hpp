#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "daq/base/time.hpp"
#include "daq/model/gate.hpp"

namespace spillway::model {

/// Why a decision came out as it did; bits of Decision::bits.
enum TriggerBit : std::uint32_t {
  kZeroBias = 1U << 0U,       ///< the detector reads every gate
  kCoincidence = 1U << 1U,    ///< enough primitives together in the gate or its drift time
  kPrescaledAway = 1U << 2U,  ///< would have been read, the prescale said no
  kInhibited = 1U << 3U,      ///< no readout: inhibit or pause
  kReadOut = 1U << 4U,        ///< readout was requested
  kActivity = 1U << 5U,       ///< a primitive that begins in the gate or its drift time is active
};

/// What the trigger decided about one gate of one detector.
struct Decision {
  std::uint64_t id = 0;        ///< counts this detector's decisions from 0, in the order of its gates
  std::uint32_t detector = 0;  ///< index into Setup::detectors
  Gate gate;
  Interval window;  ///< the gate with the detector's pre and post
  std::uint32_t bits = 0;
  std::uint32_t primitives = 0;  ///< that are on during the gate or its drift time
  friend bool operator==(const Decision&, const Decision&) = default;
  [[nodiscard]] bool read_out() const { return (bits & kReadOut) != 0; }
};

/// Why time was dead, in the order in which a nanosecond with several reasons is booked to the first.
enum class DeadReason : std::uint8_t {
  kStreamMissing,
  kFragmentMissing,
  kInhibit,
  kPaused,
  kVeto,
  kBusy,
  kPrescale,
};
inline constexpr std::array kDeadReasons = {DeadReason::kStreamMissing, DeadReason::kFragmentMissing,
                                            DeadReason::kInhibit,       DeadReason::kPaused,
                                            DeadReason::kVeto,          DeadReason::kBusy,
                                            DeadReason::kPrescale};
/// "stream_missing", "fragment_missing", ...
[[nodiscard]] std::string_view name(DeadReason reason);

}  // namespace spillway::model
