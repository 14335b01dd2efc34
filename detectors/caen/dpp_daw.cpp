#include "detectors/caen/dpp_daw.hpp"

#include <bit>
#include <cassert>

namespace spillway::detectors::caen {

namespace {

constexpr std::uint32_t kEventWords = 4;
constexpr std::uint32_t kChannelWords = 3;
constexpr std::uint32_t kMarker = 0xA;

constexpr std::uint32_t field(std::uint32_t word, unsigned low, unsigned bits) {
  return (word >> low) & ((1U << bits) - 1U);
}
constexpr std::uint32_t put(std::uint32_t value, unsigned low, unsigned bits) {
  return (value & ((1U << bits) - 1U)) << low;
}

}  // namespace

Expected<DppDawRecord, DecodeError> decode_dpp_daw(ByteView bytes) noexcept {
  if (bytes.size() < kDppDawHeadBytes) return DecodeError::kTruncated;
  const auto word = [&](std::size_t i) { return load<std::uint32_t>(bytes, 4 * i); };
  if (field(word(0), 28, 4) != kMarker) return DecodeError::kBadVersion;
  const std::uint32_t event_words = field(word(0), 0, 28);
  const std::uint32_t channels = field(word(1), 0, 8) | (field(word(2), 24, 8) << 8U);
  if (std::popcount(channels) != 1) return DecodeError::kUnknownChannel;
  const std::uint32_t channel_words = field(word(4), 0, 23);
  if (channel_words < kChannelWords || event_words != kEventWords + channel_words) return DecodeError::kBadLength;
  const std::size_t size = std::size_t{event_words} * 4;
  if (bytes.size() < size) return DecodeError::kTruncated;

  DppDawRecord record;
  record.board = static_cast<std::uint8_t>(field(word(1), 27, 5));
  record.board_fail = field(word(1), 26, 1) != 0;
  record.event_format = field(word(1), 24, 1) != 0;
  record.pattern = static_cast<std::uint16_t>(field(word(1), 8, 16));
  record.channel = static_cast<std::uint8_t>(std::countr_zero(channels));
  record.event_counter = field(word(2), 0, 24);
  record.time_tag = word(3);
  record.ticks = word(5) | (std::uint64_t{field(word(6), 0, 16)} << 32U);
  record.baseline = static_cast<std::uint16_t>(field(word(6), 16, 14));
  record.samples = bytes.subspan(kDppDawHeadBytes, size - kDppDawHeadBytes);
  record.bytes = size;
  return record;
}

void encode_dpp_daw(const DppDawRecord& record, std::span<const std::uint16_t> samples, Bytes& out) {
  assert(samples.size() % 2 == 0 && samples.size() <= kMostDppDawSamples);
  assert(record.channel < 16 && record.ticks <= kMostDppDawTicks);
  const auto channel_words = static_cast<std::uint32_t>(kChannelWords + samples.size() / 2);
  const std::uint32_t channels = 1U << record.channel;
  append(out, put(kMarker, 28, 4) | put(kEventWords + channel_words, 0, 28));
  append(out, put(record.board, 27, 5) | put(record.board_fail ? 1 : 0, 26, 1) |
                  put(record.event_format ? 1 : 0, 24, 1) | put(record.pattern, 8, 16) | put(channels, 0, 8));
  append(out, put(channels >> 8U, 24, 8) | put(record.event_counter, 0, 24));
  append(out, record.time_tag);
  append(out, put(channel_words, 0, 23));
  append(out, static_cast<std::uint32_t>(record.ticks));
  append(out, put(static_cast<std::uint32_t>(record.ticks >> 32U), 0, 16) | put(record.baseline, 16, 14));
  append(out, std::as_bytes(samples));
}

}  // namespace spillway::detectors::caen
