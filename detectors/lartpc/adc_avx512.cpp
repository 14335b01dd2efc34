#include "detectors/lartpc/adc_kernels.hpp"

#if defined(__x86_64__)

#include <algorithm>
#include <bit>
#include <cstring>

#include "detectors/lartpc/prefetch.hpp"
#include "detectors/lartpc/rows_avx512.hpp"

namespace spillway::detectors::lartpc {

namespace {

#define SPILLWAY_ADC_TARGET SPILLWAY_AVX512,
#define SPILLWAY_OP [[SPILLWAY_AVX512, gnu::always_inline]] static inline

/// 32 channels a vector.
struct Simd {
  using Vec = __m512i;
  static constexpr std::size_t kLanes = avx512::kLanes;

  using Unpacking = avx512::Unpacking;
  SPILLWAY_OP Unpacking unpacking() { return avx512::make_unpacking(); }
  SPILLWAY_OP void unpack(const std::byte* row, const Unpacking& how, Vec* samples) {
    samples[0] = avx512::unpack(row, 0, how);
    samples[1] = avx512::unpack(row, 1, how);
  }

  SPILLWAY_OP Vec load(const void* from) { return _mm512_loadu_si512(from); }
  SPILLWAY_OP void store(void* to, Vec a) { _mm512_storeu_si512(to, a); }
  SPILLWAY_OP __m128i load_part(const std::byte* from) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  }
  SPILLWAY_OP Vec load_parts(const std::byte* from, const std::uint8_t* at) {
    const __m256i low =
        _mm256_inserti128_si256(_mm256_castsi128_si256(load_part(from + at[0])), load_part(from + at[1]), 1);
    const __m256i high =
        _mm256_inserti128_si256(_mm256_castsi128_si256(load_part(from + at[2])), load_part(from + at[3]), 1);
    return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
  }
  SPILLWAY_OP void store_part(Vec a, std::size_t part, std::byte* to) {
    auto* const out = reinterpret_cast<__m128i*>(to);
    switch (part) {
      case 0:
        return _mm_storeu_si128(out, _mm512_castsi512_si128(a));
      case 1:
        return _mm_storeu_si128(out, _mm512_extracti32x4_epi32(a, 1));
      case 2:
        return _mm_storeu_si128(out, _mm512_extracti32x4_epi32(a, 2));
      default:
        return _mm_storeu_si128(out, _mm512_extracti32x4_epi32(a, 3));
    }
  }
  /// Byte 4 x vector + p of `bytes` in each 32 bits of part p.
  SPILLWAY_OP Vec byte_to_part(std::uint64_t bytes, std::size_t vector) {
    const Vec parts = _mm512_set_epi32(3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0);
    const Vec which = _mm512_or_si512(parts, _mm512_set1_epi32(static_cast<int>(0x8080'8000U + 4 * vector)));
    return _mm512_shuffle_epi8(_mm512_set1_epi64(static_cast<long long>(bytes)), which);
  }

  /// In each 64 bits, those that stand `at` bytes from a pointer of its own.
  SPILLWAY_OP Vec peek64(const std::byte* const* from, Vec at) {
    return _mm512_i64gather_epi64(_mm512_add_epi64(_mm512_loadu_si512(from), at), nullptr, 1);
  }
  /// Signed.
  SPILLWAY_OP bool any_above64(Vec a, Vec most) { return _mm512_cmpgt_epi64_mask(a, most) != 0; }

  SPILLWAY_OP Vec set128(std::uint64_t low, std::uint64_t high) {
    const auto l = static_cast<long long>(low);
    const auto h = static_cast<long long>(high);
    return _mm512_set_epi64(h, l, h, l, h, l, h, l);
  }
  SPILLWAY_OP Vec min16(Vec a, Vec b) { return _mm512_min_epi16(a, b); }
  SPILLWAY_OP Vec max16(Vec a, Vec b) { return _mm512_max_epi16(a, b); }
  SPILLWAY_OP Vec shift_up32(Vec a, Vec by) { return _mm512_sllv_epi32(a, by); }
  SPILLWAY_OP Vec shift_up64(Vec a, Vec by) { return _mm512_sllv_epi64(a, by); }
  SPILLWAY_OP Vec shift_down64(Vec a, Vec by) { return _mm512_srlv_epi64(a, by); }
  /// Within each part.
  SPILLWAY_OP Vec swap64(Vec a) { return _mm512_shuffle_epi32(a, _MM_PERM_BADC); }
  SPILLWAY_OP Vec swap32(Vec a) { return _mm512_shuffle_epi32(a, _MM_PERM_CDAB); }
  SPILLWAY_OP Vec low_twice(Vec a) { return _mm512_unpacklo_epi64(a, a); }
  SPILLWAY_OP Vec high_twice(Vec a) { return _mm512_unpackhi_epi64(a, a); }
  /// Lanes of odd number from b, the others from a.
  SPILLWAY_OP Vec odd16(Vec a, Vec b) { return _mm512_mask_mov_epi16(a, 0xAAAA'AAAA, b); }
  SPILLWAY_OP Vec odd32(Vec a, Vec b) { return _mm512_mask_mov_epi32(a, 0xAAAA, b); }
  /// Of numbers below 2^24: the exponent of the same as a float tells.
  SPILLWAY_OP Vec bit_width32(Vec a) {
    constexpr int kFractionBits = 23;
    constexpr int kBias = 126;
    const Vec exponent = _mm512_srli_epi32(_mm512_castps_si512(_mm512_cvtepi32_ps(a)), kFractionBits);
    return _mm512_max_epi32(_mm512_sub_epi32(exponent, _mm512_set1_epi32(kBias)), _mm512_setzero_si512());
  }
};

#include "detectors/lartpc/adc_rice.hpp"
#include "detectors/lartpc/adc_vectors.hpp"

}  // namespace

const AdcKernels& avx512_adc_kernels() {
  static constexpr AdcKernels kKernels = {to_residuals, to_samples, pack, unpack, rice_encode, rice_decode};
  return kKernels;
}

}  // namespace spillway::detectors::lartpc

#else

namespace spillway::detectors::lartpc {
const AdcKernels& avx512_adc_kernels() {
  return scalar_adc_kernels();
}
}  // namespace spillway::detectors::lartpc

#endif
