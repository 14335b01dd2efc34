#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "daq/base/bytes.hpp"
#include "daq/base/error.hpp"
#include "detectors/frame_codec.hpp"

/// A liquid-argon time projection chamber read out by DUNE's warm interface boards (WIB) over Ethernet.
namespace spillway::detectors::lartpc {

inline constexpr std::size_t kChannels = 64;  ///< of a frame
inline constexpr std::size_t kSamples = 64;   ///< of each channel in a frame
inline constexpr unsigned kAdcBits = 14;
inline constexpr std::uint16_t kMaxAdc = (1U << kAdcBits) - 1;

inline constexpr std::size_t kRowBytes = kChannels * kAdcBits / 8;  ///< one sample of every channel
inline constexpr std::size_t kHeadBytes = 32;
inline constexpr std::size_t kFrameBytes = kHeadBytes + kSamples * kRowBytes;
static_assert(kRowBytes == 112 && kFrameBytes == 7200);

inline constexpr std::uint64_t kTickNs = 16;  ///< 62.5 MHz
inline constexpr std::uint64_t kTicksPerSample = 32;
inline constexpr std::uint64_t kTicksPerFrame = kSamples * kTicksPerSample;
inline constexpr std::uint16_t kSequences = 4096;  ///< sequence numbers before they start anew

/// The header of all DUNE Ethernet frames. Source: DUNE-DAQ/detdataformats, DAQEthHeader.
struct DaqEthHeader {
  std::uint8_t version = 1;      ///< 6 bits
  std::uint8_t detector_id = 3;  ///< 6 bits; 3: horizontal-drift TPC, 10: vertical-drift bottom TPC
  std::uint16_t crate = 0;       ///< 10 bits
  std::uint8_t slot = 0;         ///< 4 bits
  std::uint8_t stream = 0;
  std::uint8_t reserved = 0;                            ///< 6 bits
  std::uint16_t sequence = 0;                           ///< 12 bits
  std::uint16_t block_length = (kFrameBytes - 16) / 8;  ///< 12 bits; 64-bit words behind this header, not believed
  std::uint64_t timestamp = 0;                          ///< of the first sample, ticks of 16 ns
  friend bool operator==(const DaqEthHeader&, const DaqEthHeader&) = default;
  /// What tells one link from another: crate, slot and stream, 22 bits.
  [[nodiscard]] std::uint32_t link() const {
    return std::uint32_t{crate} << 12U | std::uint32_t{slot} << 8U | std::uint32_t{stream};
  }
};

/// The WIB's own words. Source: DUNE-DAQ/fddetdataformats, WIBEthFrame.
struct WibEthHeader {
  std::array<std::uint16_t, 2> colddata_timestamp = {};  ///< 15 bits each
  std::uint8_t cold_data_chip = 0;                       ///< 1 bit
  std::uint8_t crc_error = 0;                            ///< 2 bits
  std::uint8_t link_valid = 3;                           ///< 2 bits
  bool loss_of_lock = false;
  bool wib_sync = true;
  std::uint8_t femb_sync = 3;  ///< 2 bits
  bool pulser = false;
  bool calibration = false;
  bool ready = true;
  std::uint8_t context = 0;
  std::uint8_t version = 1;  ///< 4 bits
  std::uint8_t channel = 0;  ///< which 64 channels of the front-end board
  std::uint64_t extra = 0;
  friend bool operator==(const WibEthHeader&, const WibEthHeader&) = default;
};

/// Reads the header at the begin of a frame, or of what was meant to be one; nothing where there are fewer than 16
/// bytes.
[[nodiscard]] std::optional<DaqEthHeader> read_daq_eth_header(ByteView bytes) noexcept;

/// Samples of one tick, by channel.
using AdcRow = std::array<std::uint16_t, kChannels>;
/// Samples of a frame: by tick, then by channel.
using AdcBlock = std::array<AdcRow, kSamples>;

/// Unpacks the kRowBytes bytes of one tick.
[[nodiscard]] AdcRow unpack_row(const std::byte* bytes) noexcept;
/// The inverse; of each sample the low 14 bits are taken.
void pack_row(const AdcRow& row, std::span<std::byte, kRowBytes> out) noexcept;

/// A frame viewed in place; lives as long as its bytes.
class WibEthView {
 public:
  [[nodiscard]] DaqEthHeader daq_header() const noexcept;
  [[nodiscard]] WibEthHeader wib_header() const noexcept;
  [[nodiscard]] std::uint64_t timestamp() const noexcept { return load<std::uint64_t>(bytes_, 8); }
  /// ADC counts; `channel` and `sample` below 64.
  [[nodiscard]] std::uint16_t adc(std::size_t channel, std::size_t sample) const noexcept;
  /// All channels at one tick; `sample` below 64.
  [[nodiscard]] AdcRow row(std::size_t sample) const noexcept {
    return unpack_row(bytes_.data() + kHeadBytes + kRowBytes * sample);
  }
  [[nodiscard]] std::span<const std::byte, kFrameBytes> bytes() const noexcept { return bytes_; }

 private:
  explicit WibEthView(std::span<const std::byte, kFrameBytes> bytes) : bytes_(bytes) {}
  friend Expected<WibEthView, DecodeError> decode_wib_eth(ByteView bytes) noexcept;
  std::span<const std::byte, kFrameBytes> bytes_;
};

/// Decodes one WIBEth frame in place.
///
/// `bytes` must hold at least one frame; what follows it is ignored. Nothing is copied.
/// Errors: kTruncated (fewer than 7200 bytes), kBadVersion (header version other than 0 or 1).
/// Source: DUNE-DAQ/detdataformats, DAQEthHeader; DUNE-DAQ/fddetdataformats, WIBEthFrame.
[[nodiscard]] Expected<WibEthView, DecodeError> decode_wib_eth(ByteView bytes) noexcept;

/// Writes a frame, the inverse of decode_wib_eth. Of each field and sample as many low bits are taken as the layout
/// has.
void encode_wib_eth(const DaqEthHeader& daq, const WibEthHeader& wib, const AdcBlock& adc,
                    std::span<std::byte, kFrameBytes> out) noexcept;

/// Rewrites sequence number and timestamp of a frame in place.
void stamp_wib_eth(std::span<std::byte, kFrameBytes> frame, std::uint16_t sequence, std::uint64_t timestamp) noexcept;

/// The clock of every link: 16 ns a tick, tick 0 at `epoch`.
[[nodiscard]] inline ClockSegment wib_eth_clock(Timestamp epoch) {
  return {0, epoch, kTickNs, 1};
}

}  // namespace spillway::detectors::lartpc
