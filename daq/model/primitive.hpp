#pragma once

#include <cstddef>
#include <cstdint>
#include <tuple>

#include "daq/base/time.hpp"

namespace spillway::model {

enum PrimitiveFlag : std::uint32_t {
  kCutByRecord = 1U << 0U,  ///< the data ended before the pulse or hit did
};

/// What a finder found: where, when and how large. Travels packed, little-endian, exactly as it lies here.
struct Primitive {
  std::int64_t time_start_ns = 0;    ///< TAI; begin of the pulse or hit
  std::uint32_t duration_ns = 0;     ///< until its end
  std::uint32_t peak_offset_ns = 0;  ///< of the maximum, from time_start
  std::uint32_t channel = 0;         ///< within the stream
  std::uint32_t integral = 0;        ///< ADC counts x samples above baseline, saturating
  std::uint16_t peak = 0;            ///< ADC counts above baseline
  std::uint16_t samples = 0;         ///< over threshold
  std::uint32_t flags = 0;

  friend bool operator==(const Primitive&, const Primitive&) = default;
  [[nodiscard]] Interval time() const {
    return {{time_start_ns}, {time_start_ns + static_cast<std::int64_t>(duration_ns)}};
  }
  /// The order in which a stream's primitives are sent.
  static bool earlier(const Primitive& a, const Primitive& b) {
    return std::tie(a.time_start_ns, a.channel) < std::tie(b.time_start_ns, b.channel);
  }
};

static_assert(sizeof(Primitive) == 32);
static_assert(offsetof(Primitive, time_start_ns) == 0 && offsetof(Primitive, duration_ns) == 8);
static_assert(offsetof(Primitive, peak_offset_ns) == 12 && offsetof(Primitive, channel) == 16);
static_assert(offsetof(Primitive, integral) == 20 && offsetof(Primitive, peak) == 24);
static_assert(offsetof(Primitive, samples) == 26 && offsetof(Primitive, flags) == 28);

}  // namespace spillway::model
