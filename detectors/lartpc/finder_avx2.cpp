#include "detectors/lartpc/finder_state.hpp"

#if defined(__x86_64__)

#include "detectors/lartpc/rows_avx2.hpp"

namespace spillway::detectors::lartpc {

namespace {

#define SPILLWAY_FINDER_TARGET SPILLWAY_AVX2
#define SPILLWAY_OP [[SPILLWAY_AVX2, gnu::always_inline]] static inline

/// 16 channels a vector; a mask's lanes are all ones or all zeros.
struct Simd {
  using Vec = __m256i;
  using Mask = __m256i;
  static constexpr std::size_t kLanes = avx2::kLanes;

  using Unpacking = avx2::Unpacking;
  SPILLWAY_OP Unpacking unpacking() { return avx2::make_unpacking(); }
  template <std::size_t kVector>
  SPILLWAY_OP Vec unpack(const std::byte* row, const Unpacking& how) {
    return avx2::unpack<kVector>(row, how);
  }

  SPILLWAY_OP Mask above(Vec a, Vec b) { return _mm256_cmpgt_epi16(a, b); }
  SPILLWAY_OP Mask equal(Vec a, Vec b) { return _mm256_cmpeq_epi16(a, b); }
  SPILLWAY_OP bool any(Mask which) { return _mm256_movemask_epi8(which) != 0; }
  SPILLWAY_OP std::uint64_t bits(Mask which) {
    const __m128i bytes = _mm_packs_epi16(_mm256_castsi256_si128(which), _mm256_extracti128_si256(which, 1));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(bytes));
  }
  SPILLWAY_OP Vec keep(Mask which, Vec a) { return which & a; }
  SPILLWAY_OP Vec pick(Mask which, Vec a, Vec others) { return _mm256_blendv_epi8(others, a, which); }

  SPILLWAY_OP Vec set(std::int16_t a) { return _mm256_set1_epi16(a); }
  SPILLWAY_OP Vec add(Vec a, Vec b) { return _mm256_add_epi16(a, b); }
  SPILLWAY_OP Vec add_saturated(Vec a, Vec b) { return _mm256_adds_epi16(a, b); }
  SPILLWAY_OP Vec add_to_full(Vec a, Vec b) { return _mm256_adds_epu16(a, b); }
  SPILLWAY_OP Vec max(Vec a, Vec b) { return _mm256_max_epi16(a, b); }
  SPILLWAY_OP Vec max_unsigned(Vec a, Vec b) { return _mm256_max_epu16(a, b); }
  SPILLWAY_OP Vec abs(Vec a) { return _mm256_abs_epi16(a); }
  SPILLWAY_OP Vec multiply(Vec a, Vec b) { return _mm256_mullo_epi16(a, b); }
  SPILLWAY_OP Vec tenth(Vec a) { return _mm256_mulhrs_epi16(a, _mm256_set1_epi16(kTenth)); }
};

struct Median {
  __m256i value;
  __m256i sum;

  [[SPILLWAY_AVX2, gnu::always_inline]] inline void read(__m256i median, __m256i accumulator, __m256i /*limit*/) {
    value = median;
    sum = accumulator;
  }
  [[SPILLWAY_AVX2, gnu::always_inline]] inline __m256i accumulator(__m256i /*limit*/) const { return sum; }
  /// Moves by the next values and returns how far these are above.
  [[SPILLWAY_AVX2, gnu::always_inline]] inline __m256i follow(__m256i next, __m256i limit) {
    const __m256i direction = _mm256_sign_epi16(_mm256_set1_epi16(1), _mm256_subs_epi16(next, value));
    const __m256i total = _mm256_add_epi16(sum, direction);
    const __m256i passed = _mm256_cmpgt_epi16(_mm256_abs_epi16(total), limit);
    value = _mm256_add_epi16(value, _mm256_and_si256(passed, direction));
    sum = _mm256_andnot_si256(passed, total);
    return _mm256_subs_epi16(next, value);
  }
};

#include "detectors/lartpc/finder_vectors.hpp"

}  // namespace

FinderKernel avx2_kernel(Chain chain) {
  return kernel_for(chain, []<Chain kChain>() -> FinderKernel { return find<kChain>; });
}

}  // namespace spillway::detectors::lartpc

#else

namespace spillway::detectors::lartpc {
FinderKernel avx2_kernel(Chain /*chain*/) {
  return nullptr;
}
}  // namespace spillway::detectors::lartpc

#endif
