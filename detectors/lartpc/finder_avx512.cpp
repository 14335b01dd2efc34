#include "detectors/lartpc/finder_state.hpp"

#if defined(__x86_64__)

#include "detectors/lartpc/rows_avx512.hpp"

namespace spillway::detectors::lartpc {

namespace {

#define SPILLWAY_FINDER_TARGET SPILLWAY_AVX512
#define SPILLWAY_OP [[SPILLWAY_AVX512, gnu::always_inline]] static inline

/// 32 channels a vector.
struct Simd {
  using Vec = __m512i;
  using Mask = __mmask32;
  static constexpr std::size_t kLanes = avx512::kLanes;

  using Unpacking = avx512::Unpacking;
  SPILLWAY_OP Unpacking unpacking() { return avx512::make_unpacking(); }
  template <std::size_t kVector>
  SPILLWAY_OP Vec unpack(const std::byte* row, const Unpacking& how) {
    return avx512::unpack(row, kVector, how);
  }

  SPILLWAY_OP Mask above(Vec a, Vec b) { return _mm512_cmpgt_epi16_mask(a, b); }
  SPILLWAY_OP Mask equal(Vec a, Vec b) { return _mm512_cmpeq_epi16_mask(a, b); }
  SPILLWAY_OP bool any(Mask which) { return which != 0; }
  SPILLWAY_OP std::uint64_t bits(Mask which) { return which; }
  SPILLWAY_OP Vec keep(Mask which, Vec a) { return _mm512_maskz_mov_epi16(which, a); }
  SPILLWAY_OP Vec pick(Mask which, Vec a, Vec others) { return _mm512_mask_mov_epi16(others, which, a); }

  SPILLWAY_OP Vec set(std::int16_t a) { return _mm512_set1_epi16(a); }
  SPILLWAY_OP Vec add(Vec a, Vec b) { return _mm512_add_epi16(a, b); }
  SPILLWAY_OP Vec add_saturated(Vec a, Vec b) { return _mm512_adds_epi16(a, b); }
  SPILLWAY_OP Vec add_to_full(Vec a, Vec b) { return _mm512_adds_epu16(a, b); }
  SPILLWAY_OP Vec max(Vec a, Vec b) { return _mm512_max_epi16(a, b); }
  SPILLWAY_OP Vec max_unsigned(Vec a, Vec b) { return _mm512_max_epu16(a, b); }
  SPILLWAY_OP Vec abs(Vec a) { return _mm512_abs_epi16(a); }
  SPILLWAY_OP Vec multiply(Vec a, Vec b) { return _mm512_mullo_epi16(a, b); }
  SPILLWAY_OP Vec tenth(Vec a) { return _mm512_mulhrs_epi16(a, _mm512_set1_epi16(kTenth)); }
};

/// Its accumulator is kept above 0 by adding the limit, so that one unsigned comparison tells both ends.
struct Median {
  __m512i value;
  __m512i raised;

  [[SPILLWAY_AVX512, gnu::always_inline]] inline void read(__m512i median, __m512i accumulator, __m512i limit) {
    value = median;
    raised = _mm512_add_epi16(accumulator, limit);
  }
  [[SPILLWAY_AVX512, gnu::always_inline]] inline __m512i accumulator(__m512i limit) const {
    return _mm512_sub_epi16(raised, limit);
  }
  /// Moves by the next values and returns how far these are above.
  [[SPILLWAY_AVX512, gnu::always_inline]] inline __m512i follow(__m512i next, __m512i limit) {
    const __m512i distance = _mm512_subs_epi16(next, value);
    const __m512i direction = _mm512_max_epi16(_mm512_min_epi16(distance, _mm512_set1_epi16(1)), _mm512_set1_epi16(-1));
    raised = _mm512_add_epi16(raised, direction);
    const __mmask32 passed = _mm512_cmpgt_epu16_mask(raised, _mm512_add_epi16(limit, limit));
    value = _mm512_mask_add_epi16(value, passed, value, direction);
    raised = _mm512_mask_mov_epi16(raised, passed, limit);
    return _mm512_subs_epi16(next, value);
  }
};

#include "detectors/lartpc/finder_vectors.hpp"

}  // namespace

FinderKernel avx512_kernel(Chain chain) {
  return kernel_for(chain, []<Chain kChain>() -> FinderKernel { return find<kChain>; });
}

}  // namespace spillway::detectors::lartpc

#else

namespace spillway::detectors::lartpc {
FinderKernel avx512_kernel(Chain /*chain*/) {
  return nullptr;
}
}  // namespace spillway::detectors::lartpc

#endif
