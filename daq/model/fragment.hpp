#pragma once

#include <cstdint>
#include <string_view>

namespace spillway::model {

/// The one reply to a data request.
enum class FragmentStatus : std::uint8_t {
  kOk = 0,       ///< the stream's whole coverage of the window
  kPartial = 1,  ///< part of it: frames were lost, rejected or overwritten
  kExpired = 2,  ///< the ring had overwritten all of it
  kNoData = 3,   ///< the stream never covered any of it
};
/// "ok", "partial", "expired", "no_data".
[[nodiscard]] std::string_view name(FragmentStatus status);

/// How a stream's frames are encoded: family in the upper half, the family's own word in the lower.
enum class EncodingFamily : std::uint16_t {
  kBeamPulse = 1,   ///< 80-byte BeamPulse records
  kPrimitives = 2,  ///< model::Primitive records
  kCompass = 3,     ///< CAEN CoMPASS list records; lower half: the file word 0xCAEx
  kWibEth = 4,      ///< DUNE WIBEth frames
  kDppDaw = 5,      ///< CAEN DPP-DAW records of one channel
};
struct Encoding {
  std::uint32_t value = 0;
  friend bool operator==(Encoding, Encoding) = default;
  [[nodiscard]] EncodingFamily family() const { return static_cast<EncodingFamily>(value >> 16U); }
  [[nodiscard]] std::uint16_t word() const { return static_cast<std::uint16_t>(value & 0xFFFFU); }
  static constexpr Encoding of(EncodingFamily family, std::uint16_t word = 0) {
    return {(static_cast<std::uint32_t>(family) << 16U) | word};
  }
};

}  // namespace spillway::model
