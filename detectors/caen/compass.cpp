#include "detectors/caen/compass.hpp"

#include <cassert>

namespace spillway::detectors::caen {

namespace {

constexpr std::uint8_t kInputWaveform = 1;

/// Bytes before the samples.
std::size_t head_bytes(CompassWord word) {
  return word.waveform_code_offset() + (word.has_waveform() ? 5U : 0U);
}

}  // namespace

Expected<CompassRecord, DecodeError> decode_compass(CompassWord word, ByteView bytes) noexcept {
  const std::size_t head = head_bytes(word);
  if (bytes.size() < head) return DecodeError::kTruncated;
  std::size_t at = 0;
  const auto take = [&]<typename T>(T& field) {
    field = load<T>(bytes, at);
    at += sizeof(T);
  };
  CompassRecord record;
  take(record.board);
  take(record.channel);
  take(record.time_ps);
  if (word.has_energy()) take(record.energy);
  if (word.has_calibrated_energy()) take(record.calibrated_energy);
  if (word.has_short_energy()) take(record.short_energy);
  take(record.flags);
  if (word.has_waveform()) {
    std::uint32_t count = 0;
    take(record.waveform_code);
    take(count);
    if (record.waveform_code != kInputWaveform) return DecodeError::kBadVersion;
    if (count > kMaxCompassSamples) return DecodeError::kBadLength;
    const std::size_t sample_bytes = std::size_t{count} * 2;
    if (bytes.size() - head < sample_bytes) return DecodeError::kTruncated;
    record.samples = bytes.subspan(head, sample_bytes);
  }
  record.bytes = head + record.samples.size();
  return record;
}

void encode_compass(CompassWord word, const CompassRecord& record, std::span<const std::uint16_t> samples, Bytes& out) {
  assert(samples.size() <= kMaxCompassSamples);
  append(out, record.board);
  append(out, record.channel);
  append(out, record.time_ps);
  if (word.has_energy()) append(out, record.energy);
  if (word.has_calibrated_energy()) append(out, record.calibrated_energy);
  if (word.has_short_energy()) append(out, record.short_energy);
  append(out, record.flags);
  if (word.has_waveform()) {
    append(out, kInputWaveform);
    append(out, static_cast<std::uint32_t>(samples.size()));
    append(out, std::as_bytes(samples));
  }
}

}  // namespace spillway::detectors::caen
