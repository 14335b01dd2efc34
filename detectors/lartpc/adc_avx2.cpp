#include "detectors/lartpc/adc_kernels.hpp"

#if defined(__x86_64__)

#include <algorithm>
#include <bit>
#include <cstring>

#include "detectors/lartpc/prefetch.hpp"
#include "detectors/lartpc/rows_avx2.hpp"

namespace spillway::detectors::lartpc {

namespace {

#define SPILLWAY_ADC_TARGET SPILLWAY_AVX2,
#define SPILLWAY_OP [[SPILLWAY_AVX2, gnu::always_inline]] static inline

/// 16 channels a vector.
struct Simd {
  using Vec = __m256i;
  static constexpr std::size_t kLanes = avx2::kLanes;

  using Unpacking = avx2::Unpacking;
  SPILLWAY_OP Unpacking unpacking() { return avx2::make_unpacking(); }
  SPILLWAY_OP void unpack(const std::byte* row, const Unpacking& how, Vec* samples) {
    samples[0] = avx2::unpack<0>(row, how);
    samples[1] = avx2::unpack<1>(row, how);
    samples[2] = avx2::unpack<2>(row, how);
    samples[3] = avx2::unpack<3>(row, how);
  }

  SPILLWAY_OP Vec load(const void* from) { return _mm256_loadu_si256(static_cast<const Vec*>(from)); }
  SPILLWAY_OP void store(void* to, Vec a) { _mm256_storeu_si256(static_cast<Vec*>(to), a); }
  SPILLWAY_OP Vec load_parts(const std::byte* from, const std::uint8_t* at) {
    return _mm256_loadu2_m128i(reinterpret_cast<const __m128i*>(from + at[1]),
                               reinterpret_cast<const __m128i*>(from + at[0]));
  }
  SPILLWAY_OP void store_part(Vec a, std::size_t part, std::byte* to) {
    auto* const out = reinterpret_cast<__m128i*>(to);
    return _mm_storeu_si128(out, part == 0 ? _mm256_castsi256_si128(a) : _mm256_extracti128_si256(a, 1));
  }
  /// Byte 2 x vector + p of `bytes` in each 32 bits of part p.
  SPILLWAY_OP Vec byte_to_part(std::uint64_t bytes, std::size_t vector) {
    const Vec parts = _mm256_set_epi32(1, 1, 1, 1, 0, 0, 0, 0);
    const Vec which = _mm256_or_si256(parts, _mm256_set1_epi32(static_cast<int>(0x8080'8000U + 2 * vector)));
    return _mm256_shuffle_epi8(_mm256_set1_epi64x(static_cast<long long>(bytes)), which);
  }

  /// In each 64 bits, those that stand `at` bytes from a pointer of its own.
  SPILLWAY_OP Vec peek64(const std::byte* const* from, Vec at) {
    const Vec places = _mm256_add_epi64(_mm256_loadu_si256(reinterpret_cast<const Vec*>(from)), at);
    return _mm256_i64gather_epi64(static_cast<const long long*>(nullptr), places, 1);
  }
  /// Signed.
  SPILLWAY_OP bool any_above64(Vec a, Vec most) { return _mm256_movemask_epi8(_mm256_cmpgt_epi64(a, most)) != 0; }

  SPILLWAY_OP Vec set128(std::uint64_t low, std::uint64_t high) {
    const auto l = static_cast<long long>(low);
    const auto h = static_cast<long long>(high);
    return _mm256_set_epi64x(h, l, h, l);
  }
  SPILLWAY_OP Vec min16(Vec a, Vec b) { return _mm256_min_epi16(a, b); }
  SPILLWAY_OP Vec max16(Vec a, Vec b) { return _mm256_max_epi16(a, b); }
  SPILLWAY_OP Vec shift_up32(Vec a, Vec by) { return _mm256_sllv_epi32(a, by); }
  SPILLWAY_OP Vec shift_up64(Vec a, Vec by) { return _mm256_sllv_epi64(a, by); }
  SPILLWAY_OP Vec shift_down64(Vec a, Vec by) { return _mm256_srlv_epi64(a, by); }
  /// Within each part.
  SPILLWAY_OP Vec swap64(Vec a) { return _mm256_shuffle_epi32(a, 0x4E); }
  SPILLWAY_OP Vec swap32(Vec a) { return _mm256_shuffle_epi32(a, 0xB1); }
  SPILLWAY_OP Vec low_twice(Vec a) { return _mm256_unpacklo_epi64(a, a); }
  SPILLWAY_OP Vec high_twice(Vec a) { return _mm256_unpackhi_epi64(a, a); }
  /// Lanes of odd number from b, the others from a.
  SPILLWAY_OP Vec odd16(Vec a, Vec b) { return _mm256_blend_epi16(a, b, 0xAA); }
  SPILLWAY_OP Vec odd32(Vec a, Vec b) { return _mm256_blend_epi32(a, b, 0xAA); }
  /// Of numbers below 2^24: the exponent of the same as a float tells.
  SPILLWAY_OP Vec bit_width32(Vec a) {
    constexpr int kFractionBits = 23;
    constexpr int kBias = 126;
    const Vec exponent = _mm256_srli_epi32(_mm256_castps_si256(_mm256_cvtepi32_ps(a)), kFractionBits);
    return _mm256_max_epi32(_mm256_sub_epi32(exponent, _mm256_set1_epi32(kBias)), _mm256_setzero_si256());
  }
};

#include "detectors/lartpc/adc_rice.hpp"
#include "detectors/lartpc/adc_vectors.hpp"

}  // namespace

const AdcKernels& avx2_adc_kernels() {
  static constexpr AdcKernels kKernels = {to_residuals, to_samples, pack, unpack, rice_encode, rice_decode};
  return kKernels;
}

}  // namespace spillway::detectors::lartpc

#else

namespace spillway::detectors::lartpc {
const AdcKernels& avx2_adc_kernels() {
  return scalar_adc_kernels();
}
}  // namespace spillway::detectors::lartpc

#endif
