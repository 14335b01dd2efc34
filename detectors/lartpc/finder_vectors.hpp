// The vector paths of the hit finder: one text for both, compiled in the instructions of the file that includes it
// inside of its unnamed namespace. That file gives SPILLWAY_FINDER_TARGET; `Simd`: vectors of 16-bit lanes, masks with
// one answer a lane, and what the compiler's own vectors cannot say of them; and `Median`, which is frugal.
//
// Rows are searched in blocks. Only then it is asked whether they have hits: asked after each row, what is open would
// displace the medians from the registers, and in dense data the answers cannot be guessed.

using Vec = Simd::Vec;
using Mask = Simd::Mask;
constexpr std::size_t kVectors = kChannels / Simd::kLanes;  ///< of a row
constexpr std::size_t kBlock = 8;                           ///< rows

#define SPILLWAY_LANES [[SPILLWAY_FINDER_TARGET, gnu::always_inline]] inline

template <typename T>
SPILLWAY_LANES Vec get(const PerChannel<T>& values, std::size_t vector) {
  return *reinterpret_cast<const Vec*>(values.data() + Simd::kLanes * vector);
}
template <typename T>
SPILLWAY_LANES void put(Vec from, PerChannel<T>& values, std::size_t vector) {
  *reinterpret_cast<Vec*>(values.data() + Simd::kLanes * vector) = from;
}

/// The open hits of a vector's channels.
struct HitLanes {
  Vec integral;
  Vec peak;
  Vec samples;
  Vec peak_sample;

  /// By the next samples; those that are not over end.
  SPILLWAY_LANES void grow(Vec signal, Mask over) {
    const Mask higher = Simd::above(signal, peak);
    integral = Simd::keep(over, Simd::add_to_full(integral, signal));
    peak = Simd::keep(over, Simd::max(peak, signal));
    peak_sample = Simd::keep(over, Simd::max_unsigned(peak_sample, Simd::keep(higher, samples)));
    samples = Simd::keep(over, Simd::add(samples, Simd::set(1)));
  }
  SPILLWAY_LANES Mask full() const { return Simd::equal(integral, Simd::set(-1)); }
};

SPILLWAY_LANES HitLanes get(const OpenHits& hits, std::size_t vector) {
  return {get(hits.integral, vector), get(hits.peak, vector), get(hits.samples, vector), get(hits.peak_sample, vector)};
}
SPILLWAY_LANES void put(const HitLanes& from, OpenHits& hits, std::size_t vector) {
  put(from.integral, hits.integral, vector);
  put(from.peak, hits.peak, vector);
  put(from.samples, hits.samples, vector);
  put(from.peak_sample, hits.peak_sample, vector);
}
SPILLWAY_LANES HitLanes pick(Mask which, const HitLanes& from, const HitLanes& others) {
  return {Simd::pick(which, from.integral, others.integral), Simd::pick(which, from.peak, others.peak),
          Simd::pick(which, from.samples, others.samples), Simd::pick(which, from.peak_sample, others.peak_sample)};
}

/// What is known of a block's rows; of vectors without hits only the signals.
struct Block {
  Vec signal[kBlock][kVectors];
  OpenHits hits[kBlock];                    ///< before each row
  std::array<std::uint64_t, kBlock> ended;  ///< with each row, one bit a channel: as `hits` of that row has them
};

/// Follows a vector's hits through a block.
[[SPILLWAY_FINDER_TARGET, gnu::noinline]] void take_hits(FinderState& state, Block& block, std::size_t vector) {
  const Vec threshold = get(state.threshold, vector);
  HitLanes hits = get(state.hits, vector);
  Mask open = Simd::above(hits.peak, Vec{});
  for (std::size_t s = 0; s < kBlock; ++s) {
    put(hits, block.hits[s], vector);
    const Vec signal = block.signal[s][vector];
    const Mask over = Simd::above(signal, threshold);
    Mask ended = open & ~over;
    open = over;
    hits.grow(signal, over);
    if (const Mask full = hits.full(); Simd::any(full)) [[unlikely]] {
      put(pick(full, hits, get(block.hits[s], vector)), block.hits[s], vector);
      hits = pick(full, HitLanes{}, hits);
      ended |= full;
      open &= ~full;
    }
    block.ended[s] |= Simd::bits(ended) << (Simd::kLanes * vector);
  }
  put(hits, state.hits, vector);
}

/// In the order of rows, then of channels.
[[SPILLWAY_FINDER_TARGET, gnu::noinline]] Hit* write_ended(const Block& block, std::uint64_t tick, Hit* out) {
  std::uint32_t rows = 0;
#pragma GCC unroll 8
  for (std::size_t s = 0; s < kBlock; ++s) rows |= std::uint32_t{block.ended[s] != 0} << s;
  for (; rows != 0; rows &= rows - 1) {
    const auto s = static_cast<std::size_t>(std::countr_zero(rows));
    out = write_hits(block.hits[s], block.ended[s], tick + kTicksPerSample * s, out);
  }
  return out;
}

/// A vector's way from samples to what is compared with the threshold.
template <Chain kChain>
struct Search {
  Median pedestal;
  Median sum_median;
  Vec sum;
  Vec limit;
  Vec memory;
  Vec scale;
  Vec highest;  ///< signal

  SPILLWAY_LANES void read(const FinderState& state, std::size_t vector) {
    highest = Vec{};
    limit = get(state.limit, vector);
    pedestal.read(get(state.pedestal, vector), get(state.accumulator, vector), limit);
    if constexpr (kChain == Chain::kThreshold) return;
    sum_median.read(get(state.sum_median, vector), get(state.sum_accumulator, vector), limit);
    sum = get(state.sum, vector);
    memory = get(state.memory, vector);
    scale = get(state.scale, vector);
  }
  SPILLWAY_LANES void write(FinderState& state, std::size_t vector) const {
    put(pedestal.value, state.pedestal, vector);
    put(pedestal.accumulator(limit), state.accumulator, vector);
    if constexpr (kChain == Chain::kThreshold) return;
    put(sum_median.value, state.sum_median, vector);
    put(sum_median.accumulator(limit), state.sum_accumulator, vector);
    put(sum, state.sum, vector);
  }
  SPILLWAY_LANES Vec signal(Vec samples) {
    const Vec found = signal_of(samples);
    highest = Simd::max(highest, found);
    return found;
  }
  /// Whether the block has hits.
  SPILLWAY_LANES bool any_hits(const FinderState& state, std::size_t vector) const {
    const Mask open = Simd::above(get(state.hits.peak, vector), Vec{});
    return Simd::any(Simd::above(highest, get(state.threshold, vector)) | open);
  }

 private:
  SPILLWAY_LANES Vec signal_of(Vec samples) {
    Vec above = pedestal.follow(samples, limit);
    if constexpr (kChain == Chain::kThreshold) return above;
    if constexpr (kChain == Chain::kAbsRunningSum) above = Simd::abs(above);
    sum = Simd::add_saturated(Simd::multiply(Simd::tenth(sum), memory), Simd::multiply(Simd::tenth(above), scale));
    return sum_median.follow(sum, limit);
  }
};

/// Searches a block in two vectors, as many as have their medians in registers; whether it has hits there.
template <Chain kChain, std::size_t kFirst>
SPILLWAY_LANES bool search(FinderState& state, const std::byte* rows, const Simd::Unpacking& how, Block& block) {
  constexpr std::size_t kSecond = kFirst + 1;
  constexpr std::size_t kLines = 4 / kVectors;
  Search<kChain> first;
  Search<kChain> second;
  first.read(state, kFirst);
  second.read(state, kSecond);
  for (std::size_t s = 0; s < kBlock; ++s) {
    const std::byte* row = rows + kRowBytes * s;
    // A block is 14 lines long; all of its pairs together ask for 16.
    for (std::size_t i = 0; i < kLines; ++i)
      prefetch_line(rows + kLineBytes * (kLines * (kBlock * kFirst / 2 + s) + i));
    block.signal[s][kFirst] = first.signal(Simd::unpack<kFirst>(row, how));
    block.signal[s][kSecond] = second.signal(Simd::unpack<kSecond>(row, how));
  }
  first.write(state, kFirst);
  second.write(state, kSecond);
  const bool hits_first = first.any_hits(state, kFirst);
  const bool hits_second = second.any_hits(state, kSecond);
  if (hits_first) take_hits(state, block, kFirst);
  if (hits_second) take_hits(state, block, kSecond);
  return hits_first || hits_second;
}

template <Chain kChain>
[[SPILLWAY_FINDER_TARGET]] Hit* find(FinderState& state, const std::byte* rows, std::uint64_t tick, Hit* out) {
  const Simd::Unpacking how = Simd::unpacking();
  Block block;
  for (std::size_t s = 0; s < kSamples; s += kBlock) {
    const std::byte* first = rows + kRowBytes * s;
    block.ended = {};
    bool any = search<kChain, 0>(state, first, how, block);
    if constexpr (kVectors > 2) any |= search<kChain, 2>(state, first, how, block);
    if (any) out = write_ended(block, tick + kTicksPerSample * s, out);
  }
  return out;
}

#undef SPILLWAY_LANES
