#pragma once

#if defined(__x86_64__)

#include "detectors/lartpc/wibeth.hpp"

// g++ 12 takes its own intrinsics' undefined vectors for our mistakes.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

// Each function names its instructions, and not the file, so that nothing that other files share is compiled with them.
#define SPILLWAY_AVX512 gnu::target("avx512f,avx512bw,avx512dq,avx512vl,bmi,bmi2,lzcnt")

/// Rows of 64 packed samples in vectors of 32.
namespace spillway::detectors::lartpc::avx512 {

inline constexpr std::size_t kHalves = 2;
inline constexpr std::size_t kLanes = 32;

/// How a half's 56 bytes become 32 samples. A vector is read from byte 0 of the row and from byte 48, so that it stays
/// within the row; its four 128-bit lanes get 14 bytes each, at the next lower multiple of 4 bytes.
struct Unpacking {
  __m512i lanes[kHalves];
  __m512i windows;  ///< two neighbouring samples in each 32 bits, from bit 0 or 4 on
  __m512i shifts;
  __m512i low_half;
  __m512i adc_bits;
};

[[SPILLWAY_AVX512, gnu::always_inline]] inline Unpacking make_unpacking() {
  return {{_mm512_setr_epi32(0, 1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10, 10, 11, 12, 13),
           _mm512_setr_epi32(2, 3, 4, 5, 5, 6, 7, 8, 9, 10, 11, 12, 12, 13, 14, 15)},
          _mm512_set_epi64(0x0F0E'0D0C'0C0B'0A09, 0x0807'0605'0504'0302, 0x0D0C'0B0A'0A09'0807, 0x0605'0403'0302'0100,
                           0x0F0E'0D0C'0C0B'0A09, 0x0807'0605'0504'0302, 0x0D0C'0B0A'0A09'0807, 0x0605'0403'0302'0100),
          _mm512_set1_epi64(0x0000'0004'0000'0000),
          _mm512_set1_epi32(0xFFFF),
          _mm512_set1_epi16(kMaxAdc)};
}

[[SPILLWAY_AVX512, gnu::always_inline]] inline __m512i unpack(const std::byte* row, std::size_t half,
                                                              const Unpacking& how) {
  const __m512i bytes = _mm512_loadu_si512(row + 48 * half);
  const __m512i pairs = _mm512_shuffle_epi8(_mm512_permutexvar_epi32(how.lanes[half], bytes), how.windows);
  const __m512i first = _mm512_srlv_epi32(pairs, how.shifts);
  const __m512i second = _mm512_slli_epi32(first, 16 - kAdcBits);
  constexpr int kFirstWhereThirdElseSecond = 0xE4;
  return _mm512_and_si512(_mm512_ternarylogic_epi32(first, second, how.low_half, kFirstWhereThirdElseSecond),
                          how.adc_bits);
}

}  // namespace spillway::detectors::lartpc::avx512

#endif
