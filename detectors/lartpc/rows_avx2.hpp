#pragma once

#if defined(__x86_64__)

#include "detectors/lartpc/wibeth.hpp"

#include <immintrin.h>

// Each function names its instructions, and not the file, so that nothing that other files share is compiled with them.
#define SPILLWAY_AVX2 gnu::target("avx2,bmi,bmi2,lzcnt")

/// Rows of 64 packed samples in vectors of 16.
namespace spillway::detectors::lartpc::avx2 {

inline constexpr std::size_t kQuarters = 4;
inline constexpr std::size_t kLanes = 16;
inline constexpr std::size_t kHalfQuarterBytes = 14;  ///< 8 samples

/// How a quarter's 28 bytes become 16 samples: each 128-bit lane is read from its own 14 bytes on, but the row's last
/// from 2 bytes earlier, so that it stays within the row.
struct Unpacking {
  __m256i
      windows[2];  ///< of quarters 0 to 2 and of quarter 3: two neighbouring samples in each 32 bits, from bit 0 or 4
  __m256i shifts;
  __m256i adc_bits;
};

[[SPILLWAY_AVX2, gnu::always_inline]] inline Unpacking make_unpacking() {
  const __m128i windows = _mm_set_epi64x(0x0D0C'0B0A'0A09'0807, 0x0605'0403'0302'0100);
  const __m128i shifted = _mm_set_epi64x(0x0F0E'0D0C'0C0B'0A09, 0x0807'0605'0504'0302);
  return {{_mm256_set_m128i(windows, windows), _mm256_set_m128i(shifted, windows)},
          _mm256_set1_epi64x(0x0000'0004'0000'0000),
          _mm256_set1_epi16(kMaxAdc)};
}

template <std::size_t kQuarter>
[[SPILLWAY_AVX2, gnu::always_inline]] inline __m256i unpack(const std::byte* row, const Unpacking& how) {
  constexpr bool kLast = kQuarter + 1 == kQuarters;
  const std::byte* low = row + 2 * kHalfQuarterBytes * kQuarter;
  const std::byte* high = low + kHalfQuarterBytes - (kLast ? 2 : 0);
  const __m256i bytes =
      _mm256_loadu2_m128i(reinterpret_cast<const __m128i*>(high), reinterpret_cast<const __m128i*>(low));
  const __m256i first = _mm256_srlv_epi32(_mm256_shuffle_epi8(bytes, how.windows[kLast ? 1 : 0]), how.shifts);
  constexpr int kOddWords = 0xAA;
  return _mm256_and_si256(_mm256_blend_epi16(first, _mm256_slli_epi32(first, 16 - kAdcBits), kOddWords), how.adc_bits);
}

}  // namespace spillway::detectors::lartpc::avx2

#endif
