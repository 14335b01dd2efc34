#include <algorithm>
#include <bit>
#include <cstring>

#include "detectors/lartpc/adc_kernels.hpp"

namespace spillway::detectors::lartpc {

namespace {

#define SPILLWAY_ADC_TARGET
#include "detectors/lartpc/adc_rice.hpp"

/// Bits of a zigzag; the sign is the lowest.
std::uint16_t zigzag(std::int16_t distance) {
  return static_cast<std::uint16_t>(2 * distance ^ (distance < 0 ? -1 : 0)) & kMaxAdc;
}
std::int16_t unzigzag(std::uint16_t value) {
  return static_cast<std::int16_t>(value >> 1U ^ ((value & 1U) != 0 ? 0xFFFFU : 0U));
}

void move(ChannelWords& pedestals, const std::array<std::int32_t, kChannels>& sums) {
  for (std::size_t c = 0; c < kChannels; ++c) {
    const std::int32_t step = (sums[c] + static_cast<std::int32_t>(kSamples) / 2) >> std::countr_zero(kSamples);
    pedestals[c] = static_cast<std::uint16_t>(pedestals[c] + (step << kSpare));
  }
}

void to_residuals(const std::byte* rows, ChannelWords& pedestals, Residuals& residuals) {
  std::array<std::int32_t, kChannels> sums = {};
  for (std::size_t s = 0; s < kSamples; ++s) {
    const AdcRow row = unpack_row(rows + kRowBytes * s);
    for (std::size_t c = 0; c < kChannels; ++c) {
      const auto shifted = static_cast<std::int16_t>((row[c] << kSpare) - pedestals[c]);
      const auto distance = static_cast<std::int16_t>(shifted >> kSpare);
      sums[c] += std::clamp<int>(distance, -kFarthest, kFarthest);
      residuals.values[s][c] = zigzag(distance);
    }
  }
  move(pedestals, sums);
}

void to_samples(const Residuals& residuals, ChannelWords& pedestals, std::byte* rows) {
  std::array<std::int32_t, kChannels> sums = {};
  for (std::size_t s = 0; s < kSamples; ++s) {
    AdcRow row;
    for (std::size_t c = 0; c < kChannels; ++c) {
      const std::int16_t distance = unzigzag(residuals.values[s][c]);
      sums[c] += std::clamp<int>(distance, -kFarthest, kFarthest);
      row[c] = static_cast<std::uint16_t>(static_cast<std::uint16_t>((distance << kSpare) + pedestals[c]) >> kSpare);
    }
    pack_row(row, std::span<std::byte, kRowBytes>(rows + kRowBytes * s, kRowBytes));
  }
  move(pedestals, sums);
}

/// Eight values are as many bytes as each has bits.
std::byte* pack_group(const std::uint16_t* values, unsigned width, std::byte* out) {
  std::uint64_t held = 0;
  unsigned bits = 0;
  for (std::size_t i = 0; i < kGroup; ++i) {
    held |= std::uint64_t{values[i]} << bits;
    for (bits += width; bits >= 8; bits -= 8, held >>= 8U) *out++ = static_cast<std::byte>(held);
  }
  return out;
}

const std::byte* unpack_group(const std::byte* in, unsigned width, std::uint16_t* values) {
  std::uint64_t held = 0;
  unsigned bits = 0;
  for (std::size_t i = 0; i < kGroup; ++i) {
    for (; bits < width; bits += 8) held |= std::to_integer<std::uint64_t>(*in++) << bits;
    values[i] = static_cast<std::uint16_t>(held & low_bits(width));
    held >>= width;
    bits -= width;
  }
  return in;
}

std::byte* pack(const Residuals& residuals, std::byte* widths, std::byte* groups) {
  for (const AdcRow& row : residuals.values) {
    std::uint32_t row_widths = 0;
    for (std::size_t g = 0; g < kGroups; ++g) {
      const std::uint16_t* values = &row[kGroup * g];
      std::uint16_t any = 0;
      for (std::size_t i = 0; i < kGroup; ++i) any |= values[i];
      const auto width = static_cast<unsigned>(std::bit_width(any));
      row_widths |= width << (4 * g);
      groups = pack_group(values, width, groups);
    }
    std::memcpy(widths, &row_widths, sizeof row_widths);
    widths += sizeof row_widths;
  }
  return groups;
}

void unpack(const std::byte* widths, const std::byte* groups, Residuals& residuals) {
  for (AdcRow& row : residuals.values) {
    for (std::size_t g = 0; g < kGroups; ++g) {
      const auto pair = std::to_integer<unsigned>(widths[g / 2]);
      groups = unpack_group(groups, g % 2 == 0 ? pair & 0xFU : pair >> 4U, &row[kGroup * g]);
    }
    widths += kGroups / 2;
  }
}

bool rice_decode(RiceReaders& in, RiceParameters& k, std::span<const std::byte>& escapes, Residuals& residuals) {
  for (AdcRow& row : residuals.values) {
    for (std::size_t j = 0; j < kStreams; ++j) take_row(in, j, k, row);
  }
  return finish_frame(k, escapes, residuals);
}

}  // namespace

const AdcKernels& scalar_adc_kernels() {
  static constexpr AdcKernels kKernels = {to_residuals, to_samples, pack, unpack, rice_encode, rice_decode};
  return kKernels;
}

}  // namespace spillway::detectors::lartpc
