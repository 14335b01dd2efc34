#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "daq/base/bytes.hpp"
#include "daq/base/error.hpp"
#include "detectors/lartpc/isa.hpp"
#include "detectors/lartpc/wibeth.hpp"

/// Lossless compression of WIBEth frames, headers included. The format is in docs/formats.md.
namespace spillway::detectors::lartpc {

/// How the samples are written; the first bytes of what is coded say it.
enum class AdcMode : std::uint8_t {
  kStored = 0,  ///< as they came
  kFast = 1,    ///< distances from the channel's pedestal, in as many bits as the largest of eight channels needs
  kDense = 2,   ///< the same distances in adaptive Rice codes
};
inline constexpr std::array kAdcModes = {AdcMode::kStored, AdcMode::kFast, AdcMode::kDense};
/// "stored", "fast", "dense".
[[nodiscard]] std::string_view name(AdcMode mode);

/// Why coded bytes cannot be decoded.
enum class AdcCodeError : std::uint8_t {
  kTruncated,   ///< they end too early
  kBadFormat,   ///< not of this codec, or of a version or mode that it does not know
  kBadSize,     ///< what they decode to has another size than the caller expects
  kBadCode,     ///< a field holds what no encoder writes
  kExtraBytes,  ///< something follows that belongs to no frame
};
[[nodiscard]] std::string_view name(AdcCodeError error);

/// Codes payloads, one after the other; keeps its memory, so that nothing is allocated once it has seen the largest.
class AdcEncoder {
 public:
  /// Throws Error where this processor does not have `isa`. The bytes are the same with all.
  explicit AdcEncoder(AdcMode mode, Isa isa = best_isa());

  /// The payload coded; valid until the next call. A payload that is not one or more whole frames of kFrameBytes, or
  /// that would not become smaller, is stored: it grows by kStoredOverhead. The time of `raw` may be any; frames that
  /// follow each other cost least.
  [[nodiscard]] ByteView encode(ByteView raw);

  static constexpr std::size_t kStoredOverhead = 16;  ///< bytes

 private:
  AdcMode mode_;
  Isa isa_;
  Bytes coded_;
  Bytes streams_;
};

/// How many bytes `coded` says that it decodes to, at most 29 times its own; nothing but its first bytes is looked at.
/// Errors: kTruncated, kBadFormat.
[[nodiscard]] Expected<std::size_t, AdcCodeError> adc_raw_bytes(ByteView coded) noexcept;

/// Decodes into `raw`, whose size must be what was coded; nothing that `coded` says is believed before it is checked.
/// After an error `raw` holds anything. Returns the size of `raw`. Errors: all of AdcCodeError. `isa` must be
/// supported().
[[nodiscard]] Expected<std::size_t, AdcCodeError> decode_adc(ByteView coded, std::span<std::byte> raw,
                                                             Isa isa = best_isa());

}  // namespace spillway::detectors::lartpc
