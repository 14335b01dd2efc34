#pragma once

#include <cstdint>
#include <string_view>

#include "daq/base/bytes.hpp"
#include "daq/base/error.hpp"
#include "daq/base/time.hpp"
#include "daq/model/clock.hpp"
#include "daq/model/fragment.hpp"

namespace spillway::detectors {

/// Why a frame was rejected; each has a counter of the same name.
enum class DecodeError : std::uint8_t {
  kTruncated,
  kBadLength,
  kBadVersion,
  kUnknownEncoding,
  kUnknownChannel,
  kBadTime,
  kRepeated,
};
[[nodiscard]] std::string_view name(DecodeError error);

/// What every kind of frame has: the time it covers and its electronics' own time.
struct FrameTime {
  Interval time;              ///< TAI, [first sample, end of last sample)
  std::uint64_t ticks = 0;    ///< raw
  std::uint32_t channel = 0;  ///< of the electronics, as the frame says
};

using model::ClockSegment;

/// Of streams whose frames are primitives: these carry TAI nanoseconds themselves.
inline constexpr ClockSegment kPrimitiveClock{};

/// How many records lie in a frame of such a stream: one or more model::Primitive in the order of time. Errors:
/// kTruncated (none), kBadLength (no whole number of records), kBadTime (before the TAI epoch, or not in order).
[[nodiscard]] Expected<std::size_t, DecodeError> primitives_in(ByteView frame) noexcept;

/// The time of one frame of any encoding in the table; nothing of it is believed before it is checked. `sample_ns`: the
/// digitiser's sampling period in ns.
[[nodiscard]] Expected<FrameTime, DecodeError> frame_time(model::Encoding encoding, ByteView frame,
                                                          const ClockSegment& clock, double sample_ns) noexcept;

}  // namespace spillway::detectors
