#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "daq/base/bytes.hpp"
#include "daq/base/error.hpp"
#include "detectors/frame_codec.hpp"

namespace spillway::detectors::caen {

/// The file word of a CoMPASS list file: 0xCAE0 plus what each record has.
struct CompassWord {
  std::uint16_t value = 0xCAED;
  [[nodiscard]] bool valid() const { return (value & 0xFFF0U) == 0xCAE0U; }
  [[nodiscard]] bool has_energy() const { return (value & 1U) != 0; }
  [[nodiscard]] bool has_calibrated_energy() const { return (value & 2U) != 0; }
  [[nodiscard]] bool has_short_energy() const { return (value & 4U) != 0; }
  [[nodiscard]] bool has_waveform() const { return (value & 8U) != 0; }
  /// Of a record with a waveform: the byte that says of what it is one.
  [[nodiscard]] std::size_t waveform_code_offset() const {
    return 16 + (has_energy() ? 2U : 0U) + (has_calibrated_energy() ? 8U : 0U) + (has_short_energy() ? 2U : 0U);
  }
};

/// One record, viewed in place.
struct CompassRecord {
  std::uint16_t board = 0;
  std::uint16_t channel = 0;
  std::uint64_t time_ps = 0;
  std::uint16_t energy = 0;
  double calibrated_energy = 0;
  std::uint16_t short_energy = 0;
  std::uint32_t flags = 0;
  std::uint8_t waveform_code = 0;
  ByteView samples;       ///< u16, little-endian, 2 bytes a sample
  std::size_t bytes = 0;  ///< of the whole record
  [[nodiscard]] std::size_t sample_count() const { return samples.size() / 2; }
  [[nodiscard]] std::uint16_t sample(std::size_t i) const { return load<std::uint16_t>(samples, 2 * i); }
};

/// Largest waveform believed: 10 M samples (what a DT5730 can record at once).
inline constexpr std::uint32_t kMaxCompassSamples = 10'000'000;

/// Decodes the record that begins `bytes`; what follows it is ignored. Errors: kTruncated, kBadLength (more samples
/// than kMaxCompassSamples), kBadVersion (waveform code other than 1). Source: CAEN CoMPASS user manual, list file
/// format; checked against a recorded DT5730 file.
[[nodiscard]] Expected<CompassRecord, DecodeError> decode_compass(CompassWord word, ByteView bytes) noexcept;

/// The clock of every list file: ticks are picoseconds since `epoch`.
[[nodiscard]] inline ClockSegment compass_clock(Timestamp epoch) {
  return {0, epoch, 1, 1000};
}

/// Appends a record's bytes, the inverse of decode_compass.
void encode_compass(CompassWord word, const CompassRecord& record, std::span<const std::uint16_t> samples, Bytes& out);

}  // namespace spillway::detectors::caen
