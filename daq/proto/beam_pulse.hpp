#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "daq/base/bytes.hpp"
#include "daq/base/error.hpp"
#include "daq/model/pulse.hpp"

namespace spillway::proto {

inline constexpr std::size_t kBeamPulseBytes = 80;

enum class PulseError : std::uint8_t {
  kTruncated,
  kBadMagic,
  kBadVersion,
  kBadLength,
  kBadCrc,
  kBadTimes,
  kBadProtons
};
/// "truncated", "bad_magic", ...: the counter of the same name.
[[nodiscard]] std::string_view name(PulseError error);

/// Facility codes of the record.
enum class FacilityCode : std::uint32_t { kEss = 1, kLhcBeam1 = 2, kLhcBeam2 = 3, kSns = 4, kEmulated = 255 };

/// The 80-byte BeamPulse record, version 1 (docs/formats.md has its table): little-endian, CRC-32 over bytes 0-75.
/// A pulse's revision travels in the reserved word at offset 72.
std::array<std::byte, kBeamPulseBytes> encode_beam_pulse(const model::Pulse& pulse, FacilityCode facility,
                                                         std::uint32_t sequence);
/// `bytes` is exactly one record. Errors as in PulseError, in that order; times must satisfy begin <= end, protons and
/// their uncertainty must be finite and not negative.
Expected<model::Pulse, PulseError> decode_beam_pulse(ByteView bytes) noexcept;

}  // namespace spillway::proto
