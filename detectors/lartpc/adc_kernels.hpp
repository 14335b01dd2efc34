#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "detectors/lartpc/isa.hpp"
#include "detectors/lartpc/wibeth.hpp"

/// What the paths of the ADC codec share. The format is in docs/formats.md.
namespace spillway::detectors::lartpc {

/// 64 values by channel.
using ChannelWords = std::array<std::uint16_t, kChannels>;

/// Zigzagged distances of a frame's samples from the pedestals: by tick, then by channel, 14 bits each.
struct alignas(64) Residuals {
  AdcBlock values;
};

/// A pedestal moves by the mean of its channel's distances in a frame, those beyond this counted as this.
inline constexpr int kFarthest = 31;
/// Pedestals are kept in the upper 14 bits of 16, so that differences wrap as 14-bit numbers.
inline constexpr unsigned kSpare = 16 - kAdcBits;

/// The fast mode codes groups of eight neighbouring channels at one tick.
inline constexpr std::size_t kGroup = 8;
inline constexpr std::size_t kGroups = kChannels / kGroup;
inline constexpr std::size_t kWidthBytes = kSamples * kGroups / 2;  ///< of a frame: 4 bits for each group
inline constexpr std::size_t kPackedBytes = kSamples * kRowBytes;   ///< of a frame's groups, at most
inline constexpr std::size_t kPackSlack = 16;                       ///< that are touched behind the groups

/// The dense mode codes blocks of frames in streams of four neighbouring channels.
inline constexpr std::size_t kBlockFrames = 16;
inline constexpr std::size_t kStreams = 16;
inline constexpr std::size_t kStreamChannels = kChannels / kStreams;
inline constexpr unsigned kMostOnes = 8;               ///< so many say that the value is in the list of escapes
inline constexpr unsigned kMostBits = 7;               ///< Rice parameter, at most
inline constexpr std::uint16_t kFarthestZigzag = 255;  ///< what a value beyond counts in the choice of the parameter
/// Of a frame in one stream, at most: 16 bits a sample. A decoder that is lied to may read as many and a bit more for
/// each.
inline constexpr std::size_t kStreamBytes = kSamples * kStreamChannels * 2;
inline constexpr std::size_t kStreamSlack = kStreamBytes + kStreamBytes / 8;

/// The Rice parameter with which Gaussian values that sum up to `sum` in 64 samples take the fewest bits.
[[nodiscard]] constexpr std::uint8_t rice_parameter(unsigned sum) {
  constexpr unsigned kMostOfZero = 121;
  std::uint8_t k = 0;
  while (k < kMostBits && sum > (kMostOfZero << k)) ++k;
  return k;
}

/// By channel, the Rice parameter of the coming frame.
using RiceParameters = std::array<std::uint8_t, kChannels>;

/// Bit streams that are written side by side.
struct RiceWriters {
  std::array<std::byte*, kStreams> at = {};
  std::array<std::uint64_t, kStreams> held = {};  ///< the last bits, fewer than 8
  std::array<std::uint32_t, kStreams> bits = {};  ///< how many are held
};

/// Bit streams that are read side by side; behind each at least kStreamSlack bytes can be read.
struct RiceReaders {
  std::array<const std::byte*, kStreams> from = {};
  std::array<std::size_t, kStreams> bit = {};  ///< from there
};

/// The parts of the codec that depend on the processor. `pedestals` are shifted by kSpare and move on by one frame.
struct AdcKernels {
  void (*to_residuals)(const std::byte* rows, ChannelWords& pedestals, Residuals& residuals);
  void (*to_samples)(const Residuals& residuals, ChannelWords& pedestals, std::byte* rows);
  /// kWidthBytes at `widths`; returns the end of the groups, behind which kPackSlack bytes may be overwritten.
  std::byte* (*pack)(const Residuals& residuals, std::byte* widths, std::byte* groups);
  /// Behind the groups kPackSlack bytes are read.
  void (*unpack)(const std::byte* widths, const std::byte* groups, Residuals& residuals);
  /// `k` moves on by one frame.
  void (*rice_encode)(const Residuals& residuals, RiceParameters& k, RiceWriters& out,
                      std::vector<std::uint16_t>& escapes);
  /// Takes escapes from the front of `escapes`; false: there were too few of them, or one had more than 14 bits.
  bool (*rice_decode)(RiceReaders& in, RiceParameters& k, std::span<const std::byte>& escapes, Residuals& residuals);
};
[[nodiscard]] const AdcKernels& scalar_adc_kernels();
[[nodiscard]] const AdcKernels& avx2_adc_kernels();
[[nodiscard]] const AdcKernels& avx512_adc_kernels();

}  // namespace spillway::detectors::lartpc
