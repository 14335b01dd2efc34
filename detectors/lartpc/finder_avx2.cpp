#include "detectors/lartpc/finder_state.hpp"

#if defined(__x86_64__)

#include "detectors/lartpc/rows_avx2.hpp"

// 16 channels a vector, four vectors a row. Samples are never stored unpacked.
namespace spillway::detectors::lartpc {

namespace {

using namespace avx2;

struct Median {
  __m256i value;
  __m256i accumulator;

  /// Moves by the next values and returns how far these are above.
  [[SPILLWAY_AVX2, gnu::always_inline]] inline __m256i follow(__m256i next, __m256i limit) {
    const __m256i direction = _mm256_sign_epi16(_mm256_set1_epi16(1), _mm256_subs_epi16(next, value));
    const __m256i total = _mm256_add_epi16(accumulator, direction);
    const __m256i passed = _mm256_cmpgt_epi16(_mm256_abs_epi16(total), limit);
    value = _mm256_add_epi16(value, _mm256_and_si256(passed, direction));
    accumulator = _mm256_andnot_si256(passed, total);
    return _mm256_subs_epi16(next, value);
  }
};

template <typename T>
[[SPILLWAY_AVX2, gnu::always_inline]] inline __m256i get(const PerChannel<T>& values, std::size_t quarter) {
  return _mm256_load_si256(reinterpret_cast<const __m256i*>(values.data() + kLanes * quarter));
}
template <typename T>
[[SPILLWAY_AVX2, gnu::always_inline]] inline void put(__m256i vector, PerChannel<T>& values, std::size_t quarter) {
  _mm256_store_si256(reinterpret_cast<__m256i*>(values.data() + kLanes * quarter), vector);
}

/// One bit a channel, of four vectors of which each word is all ones or all zeros.
[[SPILLWAY_AVX2, gnu::always_inline]] inline std::uint64_t bits(const __m256i (&words)[kQuarters]) {
  // Packing works within 128-bit lanes, so its 64-bit quarters come out as 0, 2, 1, 3.
  constexpr int kUncross = 0xD8;
  const __m256i low = _mm256_permute4x64_epi64(_mm256_packs_epi16(words[0], words[1]), kUncross);
  const __m256i high = _mm256_permute4x64_epi64(_mm256_packs_epi16(words[2], words[3]), kUncross);
  return std::uint64_t{static_cast<std::uint32_t>(_mm256_movemask_epi8(high))} << 32U |
         static_cast<std::uint32_t>(_mm256_movemask_epi8(low));
}

[[SPILLWAY_AVX2, gnu::always_inline]] inline bool any(__m256i words) {
  return _mm256_movemask_epi8(words) != 0;
}

/// Words of a hit that is open are all ones, of others 0.
using OpenWords = __m256i[kQuarters];

/// Grows a quarter's hits by their next samples; those that are not open begin anew. Returns which are full.
[[SPILLWAY_AVX2, gnu::always_inline]] inline __m256i grow(FinderState& state, std::size_t quarter, __m256i signal,
                                                          __m256i over, __m256i open) {
  const __m256i samples = _mm256_and_si256(open, get(state.samples, quarter));
  const __m256i peak = _mm256_and_si256(open, get(state.peak, quarter));
  const __m256i counted = _mm256_and_si256(signal, over);
  const __m256i integral = _mm256_adds_epu16(_mm256_and_si256(open, get(state.integral, quarter)), counted);
  const __m256i higher = _mm256_cmpgt_epi16(counted, peak);
  put(integral, state.integral, quarter);
  put(_mm256_max_epi16(peak, counted), state.peak, quarter);
  put(_mm256_blendv_epi8(get(state.peak_sample, quarter), samples, higher), state.peak_sample, quarter);
  put(_mm256_sub_epi16(samples, over), state.samples, quarter);
  return _mm256_cmpeq_epi16(integral, _mm256_set1_epi16(-1));
}

/// Takes full hits out of those that are open; returns their channels. Rarely needed.
[[SPILLWAY_AVX2, gnu::noinline]] std::uint64_t end_full(const FinderState& state, OpenWords& open) {
  __m256i full[kQuarters];
  for (std::size_t q = 0; q < kQuarters; ++q) {
    full[q] = _mm256_and_si256(open[q], _mm256_cmpeq_epi16(get(state.integral, q), _mm256_set1_epi16(-1)));
    open[q] = _mm256_andnot_si256(full[q], open[q]);
  }
  return bits(full);
}

struct Taken {
  Hit* out;
  std::uint64_t open;  ///< the channels whose hits go on
};

/// What a tick means for hits. A function of its own, so that in the many ticks without hits the medians stay in
/// registers.
[[SPILLWAY_AVX2, gnu::noinline]] Taken take_hits(FinderState& state, const __m256i (&signal)[kQuarters],
                                                 OpenWords& open_words, std::uint64_t open, std::uint64_t tick,
                                                 Hit* out) {
  __m256i over_words[kQuarters];
#pragma GCC unroll 4
  for (std::size_t q = 0; q < kQuarters; ++q) over_words[q] = _mm256_cmpgt_epi16(signal[q], get(state.threshold, q));
  const std::uint64_t over = bits(over_words);
  const std::uint64_t active = over | open;
  __m256i any_full = _mm256_setzero_si256();
#pragma GCC unroll 4
  for (std::size_t q = 0; q < kQuarters; ++q) {
    if (static_cast<std::uint16_t>(active >> (kLanes * q)) == 0) continue;
    any_full = _mm256_or_si256(any_full, grow(state, q, signal[q], over_words[q], open_words[q]));
    open_words[q] = over_words[q];
  }
  const std::uint64_t full = any(any_full) ? end_full(state, open_words) : 0;
  const std::uint64_t ended = (open & ~over) | full;
  if (ended != 0) out = write_hits(state, ended, full, tick, out);
  return {out, over & ~full};
}

/// Leaves nothing of hits that have ended.
[[SPILLWAY_AVX2, gnu::always_inline]] inline void clear_ended(FinderState& state, const OpenWords& open_words) {
#pragma GCC unroll 4
  for (std::size_t q = 0; q < kQuarters; ++q) {
    put(_mm256_and_si256(open_words[q], get(state.integral, q)), state.integral, q);
    put(_mm256_and_si256(open_words[q], get(state.peak, q)), state.peak, q);
    put(_mm256_and_si256(open_words[q], get(state.samples, q)), state.samples, q);
    put(_mm256_and_si256(open_words[q], get(state.peak_sample, q)), state.peak_sample, q);
  }
}

/// One quarter's way from samples to what is compared with the threshold.
template <Chain kChain>
struct Search {
  Median pedestal;
  Median sum_median;
  __m256i sum;

  [[SPILLWAY_AVX2, gnu::always_inline]] inline void read(const FinderState& state, std::size_t quarter) {
    pedestal = {get(state.pedestal, quarter), get(state.accumulator, quarter)};
    if constexpr (kChain == Chain::kThreshold) return;
    sum = get(state.sum, quarter);
    sum_median = {get(state.sum_median, quarter), get(state.sum_accumulator, quarter)};
  }
  [[SPILLWAY_AVX2, gnu::always_inline]] inline void write(FinderState& state, std::size_t quarter) const {
    put(pedestal.value, state.pedestal, quarter);
    put(pedestal.accumulator, state.accumulator, quarter);
    if constexpr (kChain == Chain::kThreshold) return;
    put(sum, state.sum, quarter);
    put(sum_median.value, state.sum_median, quarter);
    put(sum_median.accumulator, state.sum_accumulator, quarter);
  }
  [[SPILLWAY_AVX2, gnu::always_inline]] inline __m256i signal(__m256i samples, const FinderState& state,
                                                              std::size_t quarter) {
    const __m256i limit = get(state.limit, quarter);
    __m256i above = pedestal.follow(samples, limit);
    if constexpr (kChain == Chain::kThreshold) return above;
    if constexpr (kChain == Chain::kAbsRunningSum) above = _mm256_abs_epi16(above);
    const __m256i tenth = _mm256_set1_epi16(kTenth);
    sum = _mm256_adds_epi16(_mm256_mullo_epi16(_mm256_mulhrs_epi16(sum, tenth), get(state.memory, quarter)),
                            _mm256_mullo_epi16(_mm256_mulhrs_epi16(above, tenth), get(state.scale, quarter)));
    return sum_median.follow(sum, limit);
  }
};

template <Chain kChain>
[[SPILLWAY_AVX2]] Hit* find(FinderState& state, const std::byte* rows, std::uint64_t tick, Hit* out) {
  const Unpacking how = make_unpacking();
  Search<kChain> search[kQuarters];
  OpenWords open_words;
#pragma GCC unroll 4
  for (std::size_t q = 0; q < kQuarters; ++q) {
    search[q].read(state, q);
    const __m256i closed = _mm256_cmpeq_epi16(get(state.samples, q), _mm256_setzero_si256());
    open_words[q] = _mm256_xor_si256(closed, _mm256_set1_epi16(-1));
  }
  std::uint64_t open = bits(open_words);
  for (std::size_t s = 0; s < kSamples; ++s) {
    const std::byte* row = rows + kRowBytes * s;
    prefetch_row(row);
    const __m256i signal0 = search[0].signal(unpack<0>(row, how), state, 0);
    const __m256i signal1 = search[1].signal(unpack<1>(row, how), state, 1);
    const __m256i signal2 = search[2].signal(unpack<2>(row, how), state, 2);
    const __m256i signal3 = search[3].signal(unpack<3>(row, how), state, 3);
    const __m256i over01 = _mm256_or_si256(_mm256_cmpgt_epi16(signal0, get(state.threshold, 0)),
                                           _mm256_cmpgt_epi16(signal1, get(state.threshold, 1)));
    const __m256i over23 = _mm256_or_si256(_mm256_cmpgt_epi16(signal2, get(state.threshold, 2)),
                                           _mm256_cmpgt_epi16(signal3, get(state.threshold, 3)));
    if (open == 0 && !any(_mm256_or_si256(over01, over23))) [[likely]]
      continue;
    const __m256i signal[kQuarters] = {signal0, signal1, signal2, signal3};
    const Taken taken = take_hits(state, signal, open_words, open, tick + kTicksPerSample * s, out);
    out = taken.out;
    open = taken.open;
  }
#pragma GCC unroll 4
  for (std::size_t q = 0; q < kQuarters; ++q) search[q].write(state, q);
  clear_ended(state, open_words);
  return out;
}

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
