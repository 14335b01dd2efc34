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

/// One bit a channel, of words that are all ones or all zeros.
[[SPILLWAY_AVX2, gnu::always_inline]] inline std::uint64_t bits(__m256i words) {
  return static_cast<std::uint32_t>(
      _mm_movemask_epi8(_mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1))));
}

/// The open hits of a quarter.
struct QuarterHits {
  __m256i integral;
  __m256i peak;
  __m256i samples;
  __m256i peak_sample;

  /// By the next samples; those that are not over end.
  [[SPILLWAY_AVX2, gnu::always_inline]] inline void grow(__m256i signal, __m256i over) {
    const __m256i higher = _mm256_cmpgt_epi16(signal, peak);
    integral = _mm256_adds_epu16(integral, signal);
    peak = _mm256_max_epi16(peak, signal);
    peak_sample = _mm256_max_epu16(peak_sample, _mm256_and_si256(higher, samples));
    samples = _mm256_sub_epi16(samples, over);
    keep(over);
  }
  [[SPILLWAY_AVX2, gnu::always_inline]] inline void keep(__m256i words) {
    integral = _mm256_and_si256(words, integral);
    peak = _mm256_and_si256(words, peak);
    samples = _mm256_and_si256(words, samples);
    peak_sample = _mm256_and_si256(words, peak_sample);
  }
  [[SPILLWAY_AVX2, gnu::always_inline]] inline __m256i full() const {
    return _mm256_cmpeq_epi16(integral, _mm256_set1_epi16(-1));
  }
};

[[SPILLWAY_AVX2, gnu::always_inline]] inline QuarterHits get(const OpenHits& hits, std::size_t quarter) {
  return {get(hits.integral, quarter), get(hits.peak, quarter), get(hits.samples, quarter),
          get(hits.peak_sample, quarter)};
}
[[SPILLWAY_AVX2, gnu::always_inline]] inline void put(const QuarterHits& from, OpenHits& hits, std::size_t quarter) {
  put(from.integral, hits.integral, quarter);
  put(from.peak, hits.peak, quarter);
  put(from.samples, hits.samples, quarter);
  put(from.peak_sample, hits.peak_sample, quarter);
}

/// Rows that are searched before anything is asked of their hits.
constexpr std::size_t kBlock = 8;

/// What is known of a block's rows; of quarters without hits only the signals.
struct Block {
  __m256i signal[kBlock][kQuarters];
  OpenHits hits[kBlock];                    ///< before each row
  std::array<std::uint64_t, kBlock> ended;  ///< with each row, one bit a channel: as `hits` of that row has them
};

/// Where hits are full: they are among those that end with this row, and are no longer open.
[[SPILLWAY_AVX2, gnu::noinline]] __m256i end_full(QuarterHits& hits, Block& block, std::size_t s, std::size_t quarter) {
  const __m256i full = hits.full();
  const __m256i rest = _mm256_xor_si256(full, _mm256_set1_epi16(-1));
  QuarterHits before = get(block.hits[s], quarter);
  QuarterHits ends = hits;
  before.keep(rest);
  ends.keep(full);
  put({_mm256_or_si256(before.integral, ends.integral), _mm256_or_si256(before.peak, ends.peak),
       _mm256_or_si256(before.samples, ends.samples), _mm256_or_si256(before.peak_sample, ends.peak_sample)},
      block.hits[s], quarter);
  block.ended[s] |= bits(full) << (kLanes * quarter);
  hits.keep(rest);
  return full;
}

/// Follows a quarter's hits through a block.
[[SPILLWAY_AVX2, gnu::noinline]] void take_hits(FinderState& state, Block& block, std::size_t quarter) {
  const __m256i threshold = get(state.threshold, quarter);
  QuarterHits hits = get(state.hits, quarter);
  __m256i open = _mm256_cmpgt_epi16(hits.peak, _mm256_setzero_si256());
  for (std::size_t s = 0; s < kBlock; ++s) {
    put(hits, block.hits[s], quarter);
    const __m256i signal = block.signal[s][quarter];
    const __m256i over = _mm256_cmpgt_epi16(signal, threshold);
    block.ended[s] |= bits(_mm256_andnot_si256(over, open)) << (kLanes * quarter);
    hits.grow(signal, over);
    open = over;
    if (_mm256_movemask_epi8(hits.full()) != 0) [[unlikely]]
      open = _mm256_andnot_si256(end_full(hits, block, s, quarter), open);
  }
  put(hits, state.hits, quarter);
}

[[SPILLWAY_AVX2, gnu::noinline]] Hit* write_ended(const Block& block, std::uint64_t tick, Hit* out) {
  std::uint32_t rows = 0;
#pragma GCC unroll 8
  for (std::size_t s = 0; s < kBlock; ++s) rows |= std::uint32_t{block.ended[s] != 0} << s;
  for (; rows != 0; rows &= rows - 1) {
    const auto s = static_cast<std::size_t>(std::countr_zero(rows));
    out = write_hits(block.hits[s], block.ended[s], tick + kTicksPerSample * s, out);
  }
  return out;
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

[[SPILLWAY_AVX2, gnu::always_inline]] inline bool any_hits(const FinderState& state, __m256i highest,
                                                           std::size_t quarter) {
  const __m256i over = _mm256_cmpgt_epi16(highest, get(state.threshold, quarter));
  const __m256i active = _mm256_or_si256(over, get(state.hits.samples, quarter));
  return _mm256_testz_si256(active, active) == 0;
}

/// Searches a block's rows in two quarters, whose medians fit into the registers; whether any hit is open there or
/// opens.
template <Chain kChain, std::size_t kLow>
[[SPILLWAY_AVX2, gnu::always_inline]] inline bool search_half(FinderState& state, const std::byte* rows,
                                                              const Unpacking& how, Block& block) {
  constexpr std::size_t kHigh = kLow + 1;
  Search<kChain> low;
  Search<kChain> high;
  low.read(state, kLow);
  high.read(state, kHigh);
  __m256i highest_low = _mm256_setzero_si256();
  __m256i highest_high = _mm256_setzero_si256();
  for (std::size_t s = 0; s < kBlock; ++s) {
    const std::byte* row = rows + kRowBytes * s;
    prefetch_line(rows + kLineBytes * (kBlock * kLow / 2 + s));
    const __m256i signal_low = low.signal(unpack<kLow>(row, how), state, kLow);
    const __m256i signal_high = high.signal(unpack<kHigh>(row, how), state, kHigh);
    highest_low = _mm256_max_epi16(highest_low, signal_low);
    highest_high = _mm256_max_epi16(highest_high, signal_high);
    block.signal[s][kLow] = signal_low;
    block.signal[s][kHigh] = signal_high;
  }
  low.write(state, kLow);
  high.write(state, kHigh);
  const bool hits_low = any_hits(state, highest_low, kLow);
  const bool hits_high = any_hits(state, highest_high, kHigh);
  if (hits_low) take_hits(state, block, kLow);
  if (hits_high) take_hits(state, block, kHigh);
  return hits_low || hits_high;
}

template <Chain kChain>
[[SPILLWAY_AVX2]] Hit* find(FinderState& state, const std::byte* rows, std::uint64_t tick, Hit* out) {
  const Unpacking how = make_unpacking();
  Block block;
  for (std::size_t s = 0; s < kSamples; s += kBlock) {
    const std::byte* first = rows + kRowBytes * s;
    block.ended = {};
    const bool low = search_half<kChain, 0>(state, first, how, block);
    const bool high = search_half<kChain, 2>(state, first, how, block);
    if (low || high) out = write_ended(block, tick + kTicksPerSample * s, out);
  }
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
