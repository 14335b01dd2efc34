#pragma once

#include <cstdint>
#include <span>

#include "daq/base/bytes.hpp"
#include "daq/base/error.hpp"
#include "detectors/frame_codec.hpp"

namespace spillway::detectors::caen {

/// One self-triggered, zero-length encoded record of one channel of an x725 or x730 with DPP-DAW firmware, viewed in
/// place: the board's event header, the channel's header, samples.
struct DppDawRecord {
  std::uint8_t board = 0;  ///< 5 bits
  bool board_fail = false;
  bool event_format = false;
  std::uint16_t pattern = 0;        ///< of the LVDS inputs, or trigger options
  std::uint8_t channel = 0;         ///< 0 to 15
  std::uint32_t event_counter = 0;  ///< 24 bits
  std::uint32_t time_tag = 0;       ///< of the event; its units depend on the board
  std::uint64_t ticks = 0;          ///< 48 bits: of the trigger; the first sample came a fixed time before it
  std::uint16_t baseline = 0;       ///< 14 bits, ADC counts: the board's own running mean
  ByteView samples;                 ///< u16, little-endian, of which 14 bits are used
  std::size_t bytes = 0;            ///< of the whole record
  [[nodiscard]] std::size_t sample_count() const { return samples.size() / 2; }
  [[nodiscard]] std::uint16_t sample(std::size_t i) const { return load<std::uint16_t>(samples, 2 * i); }
};

inline constexpr std::size_t kDppDawHeadBytes = 28;
inline constexpr std::uint64_t kMostDppDawTicks = (std::uint64_t{1} << 48U) - 1;
inline constexpr std::size_t kMostDppDawSamples = 2 * ((std::size_t{1} << 23U) - 4);
inline constexpr std::uint16_t kDppDawFullScale = (1U << 14U) - 1;

/// Decodes the record that begins `bytes`; what follows it is ignored. Errors: kTruncated, kBadVersion (no event
/// marker), kUnknownChannel (not exactly one channel), kBadLength (the sizes of event and channel contradict).
/// Source: the public decoder of XENONnT's acquisition (redax, V1730.cc).
[[nodiscard]] Expected<DppDawRecord, DecodeError> decode_dpp_daw(ByteView bytes) noexcept;

/// Appends a record's bytes, the inverse of decode_dpp_daw; `record.samples` and `bytes` are not looked at. The number
/// of samples must be even.
void encode_dpp_daw(const DppDawRecord& record, std::span<const std::uint16_t> samples, Bytes& out);

}  // namespace spillway::detectors::caen
