#include "detectors/lartpc/finder_state.hpp"

#if defined(__x86_64__)

#include "detectors/lartpc/rows_avx512.hpp"

// 32 channels a vector, two vectors a row. Samples are never stored unpacked.
namespace spillway::detectors::lartpc {

namespace {

using namespace avx512;

/// A frugal median; its accumulator is kept above 0 by adding the limit, so that one unsigned comparison tells both
/// ends.
struct Median {
  __m512i value;
  __m512i raised;

  /// Moves by the next values and returns how far these are above.
  [[SPILLWAY_AVX512, gnu::always_inline]] inline __m512i follow(__m512i next, __m512i limit, __m512i twice) {
    const __m512i ones = _mm512_set1_epi16(1);
    const __m512i distance = _mm512_subs_epi16(next, value);
    const __m512i direction = _mm512_max_epi16(_mm512_min_epi16(distance, ones), _mm512_set1_epi16(-1));
    raised = _mm512_add_epi16(raised, direction);
    const __mmask32 passed = _mm512_cmpgt_epu16_mask(raised, twice);
    value = _mm512_mask_add_epi16(value, passed, value, direction);
    raised = _mm512_mask_mov_epi16(raised, passed, limit);
    return _mm512_subs_epi16(next, value);
  }
};

/// The open hits of a half.
struct HalfHits {
  __m512i integral;
  __m512i peak;
  __m512i samples;
  __m512i peak_sample;

  [[SPILLWAY_AVX512, gnu::always_inline]] inline void grow(__m512i signal, __mmask32 over) {
    const __mmask32 higher = _mm512_mask_cmpgt_epi16_mask(over, signal, peak);
    integral = _mm512_mask_adds_epu16(integral, over, integral, signal);
    peak = _mm512_mask_mov_epi16(peak, higher, signal);
    peak_sample = _mm512_mask_mov_epi16(peak_sample, higher, samples);
    samples = _mm512_mask_add_epi16(samples, over, samples, _mm512_set1_epi16(1));
  }
  [[SPILLWAY_AVX512, gnu::always_inline]] inline __mmask32 full() const {
    return _mm512_cmpeq_epi16_mask(integral, _mm512_set1_epi16(-1));
  }
  [[SPILLWAY_AVX512, gnu::always_inline]] inline void clear(__mmask32 ended) {
    const __mmask32 kept = ~ended;
    integral = _mm512_maskz_mov_epi16(kept, integral);
    peak = _mm512_maskz_mov_epi16(kept, peak);
    samples = _mm512_maskz_mov_epi16(kept, samples);
    peak_sample = _mm512_maskz_mov_epi16(kept, peak_sample);
  }
};

template <typename T>
[[SPILLWAY_AVX512, gnu::always_inline]] inline __m512i get(const PerChannel<T>& values, std::size_t half) {
  return _mm512_load_si512(values.data() + kLanes * half);
}
template <typename T>
[[SPILLWAY_AVX512, gnu::always_inline]] inline void put(__m512i vector, PerChannel<T>& values, std::size_t half) {
  _mm512_store_si512(values.data() + kLanes * half, vector);
}

[[SPILLWAY_AVX512, gnu::always_inline]] inline void put(const HalfHits& hits, OpenHits& all, std::size_t half) {
  put(hits.integral, all.integral, half);
  put(hits.peak, all.peak, half);
  put(hits.samples, all.samples, half);
  put(hits.peak_sample, all.peak_sample, half);
}

/// One half's way from samples to what is compared with the threshold.
template <Chain kChain>
struct Search {
  Median pedestal;
  Median sum_median;
  __m512i sum;
  __m512i limit;
  __m512i twice_limit;
  __m512i memory;
  __m512i scale;

  [[SPILLWAY_AVX512, gnu::always_inline]] inline void read(const FinderState& state, std::size_t half) {
    limit = get(state.limit, half);
    twice_limit = _mm512_add_epi16(limit, limit);
    pedestal = {get(state.pedestal, half), _mm512_add_epi16(get(state.accumulator, half), limit)};
    if constexpr (kChain == Chain::kThreshold) return;
    sum = get(state.sum, half);
    sum_median = {get(state.sum_median, half), _mm512_add_epi16(get(state.sum_accumulator, half), limit)};
    memory = get(state.memory, half);
    scale = get(state.scale, half);
  }
  [[SPILLWAY_AVX512, gnu::always_inline]] inline void write(FinderState& state, std::size_t half) const {
    put(pedestal.value, state.pedestal, half);
    put(_mm512_sub_epi16(pedestal.raised, limit), state.accumulator, half);
    if constexpr (kChain == Chain::kThreshold) return;
    put(sum, state.sum, half);
    put(sum_median.value, state.sum_median, half);
    put(_mm512_sub_epi16(sum_median.raised, limit), state.sum_accumulator, half);
  }
  [[SPILLWAY_AVX512, gnu::always_inline]] inline __m512i signal(__m512i samples) {
    __m512i above = pedestal.follow(samples, limit, twice_limit);
    if constexpr (kChain == Chain::kThreshold) return above;
    if constexpr (kChain == Chain::kAbsRunningSum) above = _mm512_abs_epi16(above);
    const __m512i tenth = _mm512_set1_epi16(kTenth);
    sum = _mm512_adds_epi16(_mm512_mullo_epi16(_mm512_mulhrs_epi16(sum, tenth), memory),
                            _mm512_mullo_epi16(_mm512_mulhrs_epi16(above, tenth), scale));
    return sum_median.follow(sum, limit, twice_limit);
  }
};

template <Chain kChain>
[[SPILLWAY_AVX512]] Hit* find(FinderState& state, const std::byte* rows, std::uint64_t tick, Hit* out) {
  const Unpacking how = make_unpacking();
  Search<kChain> search[kHalves];
  HalfHits hits[kHalves];
  __m512i threshold[kHalves];
  std::uint64_t open = 0;
  for (std::size_t h = 0; h < kHalves; ++h) {
    search[h].read(state, h);
    hits[h] = {get(state.hits.integral, h), get(state.hits.peak, h), get(state.hits.samples, h),
               get(state.hits.peak_sample, h)};
    threshold[h] = get(state.threshold, h);
    open |= std::uint64_t{_mm512_test_epi16_mask(hits[h].samples, hits[h].samples)} << (kLanes * h);
  }
  for (std::size_t s = 0; s < kSamples; ++s) {
    const std::byte* row = rows + kRowBytes * s;
    prefetch_row(row);
    const __m512i low = search[0].signal(unpack(row, 0, how));
    const __m512i high = search[1].signal(unpack(row, 1, how));
    const __mmask32 over_low = _mm512_cmpgt_epi16_mask(low, threshold[0]);
    const __mmask32 over_high = _mm512_cmpgt_epi16_mask(high, threshold[1]);
    const std::uint64_t over = std::uint64_t{over_high} << kLanes | over_low;
    if ((over | open) == 0) [[likely]]
      continue;

    hits[0].grow(low, over_low);
    hits[1].grow(high, over_high);
    const std::uint64_t full = std::uint64_t{hits[1].full()} << kLanes | hits[0].full();
    const std::uint64_t ended = (open & ~over) | full;
    open = over & ~full;
    if (ended == 0) continue;
    put(hits[0], state.hits, 0);
    put(hits[1], state.hits, 1);
    out = write_hits(state.hits, ended, tick + kTicksPerSample * s, out);
    hits[0].clear(static_cast<__mmask32>(ended));
    hits[1].clear(static_cast<__mmask32>(ended >> kLanes));
  }
  for (std::size_t h = 0; h < kHalves; ++h) {
    search[h].write(state, h);
    put(hits[h], state.hits, h);
  }
  return out;
}

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
