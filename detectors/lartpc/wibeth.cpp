#include "detectors/lartpc/wibeth.hpp"

#include <cassert>
#include <concepts>
#include <cstring>

namespace spillway::detectors::lartpc {

namespace {

constexpr unsigned kNewestVersion = 1;

constexpr std::size_t kWibWord = 16;
constexpr std::size_t kExtraWord = 24;

/// Fields of a 64-bit word, from bit 0 upward.
class FieldReader {
 public:
  explicit FieldReader(std::uint64_t word) : word_(word) {}
  template <std::integral T>
  void take(unsigned bits, T& field) {
    field = static_cast<T>(word_ & ((std::uint64_t{1} << bits) - 1));
    word_ >>= bits;
  }
  void skip(unsigned bits) { word_ >>= bits; }

 private:
  std::uint64_t word_;
};

class FieldWriter {
 public:
  template <std::integral T>
  FieldWriter& put(unsigned bits, T field) {
    word_ |= (static_cast<std::uint64_t>(field) & ((std::uint64_t{1} << bits) - 1)) << at_;
    at_ += bits;
    return *this;
  }
  [[nodiscard]] std::uint64_t word() const {
    assert(at_ == 64);
    return word_;
  }

 private:
  std::uint64_t word_ = 0;
  unsigned at_ = 0;
};

void store(std::span<std::byte> bytes, std::size_t offset, std::uint64_t word) {
  std::memcpy(bytes.data() + offset, &word, sizeof word);
}

/// Four samples are 56 bits: seven whole bytes, wherever they lie.
constexpr std::size_t kGroup = 4;
constexpr std::size_t kGroupBytes = kGroup * kAdcBits / 8;
constexpr std::size_t kGroups = kChannels / kGroup;

std::uint64_t packed(const std::uint16_t* samples) {
  std::uint64_t word = 0;
  std::memcpy(&word, samples, sizeof word);
  // First two samples of each half side by side, then the halves.
  word = (word & 0x0000'3FFF'0000'3FFF) | ((word & 0x3FFF'0000'3FFF'0000) >> 2U);
  return (word & 0x0FFF'FFFF) | ((word >> 4U) & 0x00FF'FFFF'F000'0000);
}

void unpack(std::uint64_t word, std::uint16_t* samples) {
  for (unsigned i = 0; i < kGroup; ++i) samples[i] = static_cast<std::uint16_t>((word >> (kAdcBits * i)) & kMaxAdc);
}

}  // namespace

Expected<WibEthView, DecodeError> decode_wib_eth(ByteView bytes) noexcept {
  if (bytes.size() < kFrameBytes) return DecodeError::kTruncated;
  const WibEthView view(bytes.first<kFrameBytes>());
  if (view.daq_header().version > kNewestVersion) return DecodeError::kBadVersion;
  return view;
}

std::optional<DaqEthHeader> read_daq_eth_header(ByteView bytes) noexcept {
  if (bytes.size() < 16) return std::nullopt;
  DaqEthHeader header;
  FieldReader fields(load<std::uint64_t>(bytes));
  fields.take(6, header.version);
  fields.take(6, header.detector_id);
  fields.take(10, header.crate);
  fields.take(4, header.slot);
  fields.take(8, header.stream);
  fields.take(6, header.reserved);
  fields.take(12, header.sequence);
  fields.take(12, header.block_length);
  header.timestamp = load<std::uint64_t>(bytes, 8);
  return header;
}

DaqEthHeader WibEthView::daq_header() const noexcept {
  return *read_daq_eth_header(bytes_);
}

WibEthHeader WibEthView::wib_header() const noexcept {
  WibEthHeader header;
  FieldReader fields(load<std::uint64_t>(bytes_, kWibWord));
  for (std::uint16_t& timestamp : header.colddata_timestamp) {
    fields.take(15, timestamp);
    fields.skip(1);
  }
  fields.take(1, header.cold_data_chip);
  fields.take(2, header.crc_error);
  fields.take(2, header.link_valid);
  fields.take(1, header.loss_of_lock);
  fields.take(1, header.wib_sync);
  fields.take(2, header.femb_sync);
  fields.take(1, header.pulser);
  fields.take(1, header.calibration);
  fields.take(1, header.ready);
  fields.take(8, header.context);
  fields.take(4, header.version);
  fields.take(8, header.channel);
  header.extra = load<std::uint64_t>(bytes_, kExtraWord);
  return header;
}

std::uint16_t WibEthView::adc(std::size_t channel, std::size_t sample) const noexcept {
  assert(channel < kChannels && sample < kSamples);
  const std::size_t bit = kAdcBits * channel;
  std::uint32_t window = 0;
  // Fourteen bits from an even bit of a byte on never reach into a fourth byte; the frame's last three are its end.
  std::memcpy(&window, bytes_.data() + kHeadBytes + kRowBytes * sample + bit / 8, bit % 8 + kAdcBits > 16 ? 3 : 2);
  return static_cast<std::uint16_t>((window >> (bit % 8)) & kMaxAdc);
}

AdcRow unpack_row(const std::byte* bytes) noexcept {
  AdcRow row;
  for (std::size_t g = 0; g < kGroups; ++g) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + kGroupBytes * g, kGroupBytes);
    unpack(word, &row[kGroup * g]);
  }
  return row;
}

void pack_row(const AdcRow& row, std::span<std::byte, kRowBytes> out) noexcept {
  for (std::size_t g = 0; g + 1 < kGroups; ++g) {
    // The eighth byte is the next group's, which comes after.
    const std::uint64_t word = packed(&row[kGroup * g]);
    std::memcpy(out.data() + kGroupBytes * g, &word, sizeof word);
  }
  const std::uint64_t word = packed(&row[kGroup * (kGroups - 1)]);
  std::memcpy(out.data() + kGroupBytes * (kGroups - 1), &word, kGroupBytes);
}

void encode_wib_eth(const DaqEthHeader& daq, const WibEthHeader& wib, const AdcBlock& adc,
                    std::span<std::byte, kFrameBytes> out) noexcept {
  store(out, 0,
        FieldWriter()
            .put(6, daq.version)
            .put(6, daq.detector_id)
            .put(10, daq.crate)
            .put(4, daq.slot)
            .put(8, daq.stream)
            .put(6, daq.reserved)
            .put(12, daq.sequence)
            .put(12, daq.block_length)
            .word());
  store(out, 8, daq.timestamp);
  store(out, kWibWord,
        FieldWriter()
            .put(15, wib.colddata_timestamp[0])
            .put(1, 0)
            .put(15, wib.colddata_timestamp[1])
            .put(1, 0)
            .put(1, wib.cold_data_chip)
            .put(2, wib.crc_error)
            .put(2, wib.link_valid)
            .put(1, wib.loss_of_lock)
            .put(1, wib.wib_sync)
            .put(2, wib.femb_sync)
            .put(1, wib.pulser)
            .put(1, wib.calibration)
            .put(1, wib.ready)
            .put(8, wib.context)
            .put(4, wib.version)
            .put(8, wib.channel)
            .word());
  store(out, kExtraWord, wib.extra);
  for (std::size_t s = 0; s < kSamples; ++s)
    pack_row(adc[s], std::span<std::byte, kRowBytes>(out.data() + kHeadBytes + kRowBytes * s, kRowBytes));
}

void stamp_wib_eth(std::span<std::byte, kFrameBytes> frame, std::uint16_t sequence, std::uint64_t timestamp) noexcept {
  constexpr unsigned kSequenceBit = 40;
  constexpr std::uint64_t kSequenceMask = std::uint64_t{kSequences - 1} << kSequenceBit;
  const std::uint64_t word = load<std::uint64_t>(frame) & ~kSequenceMask;
  store(frame, 0, word | ((std::uint64_t{sequence} << kSequenceBit) & kSequenceMask));
  store(frame, 8, timestamp);
}

}  // namespace spillway::detectors::lartpc
