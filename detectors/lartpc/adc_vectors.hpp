// The vector paths of the ADC codec: one text for both, compiled in the instructions of the file that includes it
// inside of its unnamed namespace. That file gives SPILLWAY_ADC_TARGET and `Simd`: vectors of 16-bit lanes in parts of
// 128 bits (one group of the fast mode each), and what the compiler's own vectors cannot say of them.

using Vec = Simd::Vec;

/// A vector's lanes, and back.
using U16 [[gnu::vector_size(sizeof(Vec))]] = std::uint16_t;
using S16 [[gnu::vector_size(sizeof(Vec))]] = std::int16_t;
using U32 [[gnu::vector_size(sizeof(Vec))]] = std::uint32_t;
using U64 [[gnu::vector_size(sizeof(Vec))]] = std::uint64_t;
#define SPILLWAY_LANES [[SPILLWAY_ADC_TARGET gnu::always_inline]] inline

SPILLWAY_LANES Vec set16(std::uint16_t a) {
  return reinterpret_cast<Vec>(U16{} + a);
}
SPILLWAY_LANES Vec set32(std::uint32_t a) {
  return reinterpret_cast<Vec>(U32{} + a);
}
SPILLWAY_LANES Vec set64(std::uint64_t a) {
  return reinterpret_cast<Vec>(U64{} + a);
}
SPILLWAY_LANES Vec add16(Vec a, Vec b) {
  return reinterpret_cast<Vec>(reinterpret_cast<U16>(a) + reinterpret_cast<U16>(b));
}
SPILLWAY_LANES Vec sub16(Vec a, Vec b) {
  return reinterpret_cast<Vec>(reinterpret_cast<U16>(a) - reinterpret_cast<U16>(b));
}
SPILLWAY_LANES Vec add32(Vec a, Vec b) {
  return reinterpret_cast<Vec>(reinterpret_cast<U32>(a) + reinterpret_cast<U32>(b));
}
SPILLWAY_LANES Vec sub32(Vec a, Vec b) {
  return reinterpret_cast<Vec>(reinterpret_cast<U32>(a) - reinterpret_cast<U32>(b));
}
template <int kBits>
SPILLWAY_LANES Vec shift_up16(Vec a) {
  return reinterpret_cast<Vec>(reinterpret_cast<U16>(a) << kBits);
}
template <int kBits>
SPILLWAY_LANES Vec shift_down16(Vec a) {
  return reinterpret_cast<Vec>(reinterpret_cast<U16>(a) >> kBits);
}
template <int kBits>
SPILLWAY_LANES Vec shift_down_signed16(Vec a) {
  return reinterpret_cast<Vec>(reinterpret_cast<S16>(a) >> kBits);
}
template <int kBits>
SPILLWAY_LANES Vec shift_up32(Vec a) {
  return reinterpret_cast<Vec>(reinterpret_cast<U32>(a) << kBits);
}
template <int kBits>
SPILLWAY_LANES Vec shift_down32(Vec a) {
  return reinterpret_cast<Vec>(reinterpret_cast<U32>(a) >> kBits);
}
template <int kBits>
SPILLWAY_LANES Vec shift_up64(Vec a) {
  return reinterpret_cast<Vec>(reinterpret_cast<U64>(a) << kBits);
}
template <int kBits>
SPILLWAY_LANES Vec shift_down64(Vec a) {
  return reinterpret_cast<Vec>(reinterpret_cast<U64>(a) >> kBits);
}

inline constexpr std::size_t kVectors = kChannels / Simd::kLanes;  ///< of a row
inline constexpr std::size_t kParts = Simd::kLanes / kGroup;       ///< of a vector
inline constexpr std::uint64_t kNone = 64;                         ///< a shift by so many leaves nothing

/// How far the pieces of a group move when its eight lanes are pushed together, or taken apart: 16-bit pieces within 32
/// bits by the width, 32-bit pieces within 64 by twice that, the upper 64 bits by four times that.
struct Shifts {
  Vec by_one;        ///< width, in each 32 bits
  Vec by_two;        ///< twice, in each 64 bits
  Vec up_low;        ///< four times, for the lower 64 bits; none for the upper
  Vec down_high;     ///< 64 less four times, for the upper 64 bits; none for the lower
  Vec down_to_high;  ///< four times, for the upper 64 bits; 0 for the lower
};

[[SPILLWAY_ADC_TARGET gnu::always_inline]] inline Shifts shifts_of(Vec width) {
  const Vec one = width & set64(0xFFFF'FFFF);
  const Vec two = add32(one, one);
  const Vec four = add32(two, two);
  return {width, two, four | Simd::set128(0, kNone), sub32(set64(kNone), four) | Simd::set128(kNone, 0),
          four & Simd::set128(0, ~std::uint64_t{0})};
}

/// Eight values of `width` bits in each part become its lowest 8 x width bits; above them are zeros.
[[SPILLWAY_ADC_TARGET gnu::always_inline]] inline Vec push_together(Vec values, const Shifts& shifts) {
  const Vec pairs = (values & set64(0x0000'FFFF'0000'FFFF)) | Simd::shift_up32(shift_down32<16>(values), shifts.by_one);
  const Vec fours = (pairs & set64(0xFFFF'FFFF)) | Simd::shift_up64(shift_down64<32>(pairs), shifts.by_two);
  const Vec high = Simd::high_twice(fours);
  return (fours & Simd::set128(~std::uint64_t{0}, 0)) | Simd::shift_up64(high, shifts.up_low) |
         Simd::shift_down64(high, shifts.down_high);
}

/// The inverse; what is above a part's 8 x width bits may be anything.
[[SPILLWAY_ADC_TARGET gnu::always_inline]] inline Vec take_apart(Vec packed, const Shifts& shifts) {
  const Vec fours =
      Simd::shift_down64(Simd::low_twice(packed), shifts.down_to_high) | Simd::shift_up64(packed, shifts.down_high);
  const Vec pairs = Simd::odd32(fours, Simd::shift_up64(fours, sub32(set64(32), shifts.by_two)));
  const Vec values = Simd::odd16(pairs, Simd::shift_up32(pairs, sub32(set32(16), shifts.by_one)));
  const Vec mask = sub32(Simd::shift_up32(set32(1), shifts.by_one), set32(1));
  return values & (mask | shift_up32<16>(mask));
}

[[SPILLWAY_ADC_TARGET gnu::always_inline]] inline Vec clamped(Vec shifted) {
  constexpr auto kMost = static_cast<std::uint16_t>(kFarthest << kSpare);
  constexpr auto kLeast = static_cast<std::uint16_t>(-(kFarthest << kSpare));
  return Simd::max16(Simd::min16(shifted, set16(kMost)), set16(kLeast));
}

/// `sums` are shifted by kSpare.
[[SPILLWAY_ADC_TARGET gnu::always_inline]] inline Vec moved(Vec pedestals, Vec sums) {
  constexpr int kToMean = std::countr_zero(kSamples);
  const Vec mean = shift_down_signed16<kToMean + kSpare>(add16(sums, set16(kSamples / 2 << kSpare)));
  return add16(pedestals, shift_up16<kSpare>(mean));
}

[[SPILLWAY_ADC_TARGET]] void to_residuals(const std::byte* rows, ChannelWords& pedestals, Residuals& residuals) {
  const Simd::Unpacking how = Simd::unpacking();
  Vec pedestal[kVectors];
  Vec sums[kVectors];
  for (std::size_t v = 0; v < kVectors; ++v) {
    pedestal[v] = Simd::load(&pedestals[Simd::kLanes * v]);
    sums[v] = set16(0);
  }
  for (std::size_t s = 0; s < kSamples; ++s) {
    const std::byte* row = rows + kRowBytes * s;
    prefetch_row(row);
    Vec samples[kVectors];
    Simd::unpack(row, how, samples);
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kVectors; ++v) {
      const Vec shifted = sub16(shift_up16<kSpare>(samples[v]), pedestal[v]);
      sums[v] = add16(sums[v], clamped(shifted));
      const Vec sign = shift_down_signed16<15>(shifted);
      const Vec zigzag = shift_down16<kSpare>(add16(shifted, shifted) ^ sign);
      Simd::store(&residuals.values[s][Simd::kLanes * v], zigzag);
    }
  }
  for (std::size_t v = 0; v < kVectors; ++v) {
    Simd::store(&pedestals[Simd::kLanes * v], moved(pedestal[v], sums[v]));
  }
}

[[SPILLWAY_ADC_TARGET]] void to_samples(const Residuals& residuals, ChannelWords& pedestals, std::byte* rows) {
  const Shifts adc_bits = shifts_of(set32(kAdcBits));
  Vec pedestal[kVectors];
  Vec sums[kVectors];
  for (std::size_t v = 0; v < kVectors; ++v) {
    pedestal[v] = Simd::load(&pedestals[Simd::kLanes * v]);
    sums[v] = set16(0);
  }
  std::array<std::byte, kRowBytes + 16> last;
  for (std::size_t s = 0; s < kSamples; ++s) {
    // The last part's 16 bytes reach into the next row, which comes after.
    std::byte* const row = rows + kRowBytes * s;
    std::byte* to = s + 1 < kSamples ? row : last.data();
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kVectors; ++v) {
      const Vec zigzag = Simd::load(&residuals.values[s][Simd::kLanes * v]);
      const Vec sign = shift_down_signed16<15>(shift_up16<15>(zigzag));
      const Vec shifted = shift_up16<kSpare>(shift_down16<1>(zigzag) ^ sign);
      sums[v] = add16(sums[v], clamped(shifted));
      const Vec samples = shift_down16<kSpare>(add16(shifted, pedestal[v]));
      const Vec packed = push_together(samples, adc_bits);
#pragma GCC unroll 4
      for (std::size_t p = 0; p < kParts; ++p, to += kAdcBits) Simd::store_part(packed, p, to);
    }
  }
  std::copy_n(last.begin(), kRowBytes, rows + kRowBytes * (kSamples - 1));
  for (std::size_t v = 0; v < kVectors; ++v) {
    Simd::store(&pedestals[Simd::kLanes * v], moved(pedestal[v], sums[v]));
  }
}

[[SPILLWAY_ADC_TARGET]] std::byte* pack(const Residuals& residuals, std::byte* widths, std::byte* groups) {
  constexpr std::size_t kWordsInPart = 4;
  alignas(64) std::array<std::uint32_t, kWordsInPart * kParts> width;
  for (const AdcRow& row : residuals.values) {
    std::uint32_t row_widths = 0;
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kVectors; ++v) {
      const Vec values = Simd::load(&row[Simd::kLanes * v]);
      const Vec twos = values | Simd::swap64(values);
      const Vec ones = twos | Simd::swap32(twos);
      const Vec any = (ones | shift_down32<16>(ones)) & set32(0xFFFF);
      const Vec bits = Simd::bit_width32(any);
      Simd::store(width.data(), bits);
      const Vec packed = push_together(values, shifts_of(bits));
#pragma GCC unroll 4
      for (std::size_t p = 0; p < kParts; ++p) {
        Simd::store_part(packed, p, groups);
        const std::uint32_t bytes = width[kWordsInPart * p];
        groups += bytes;
        row_widths |= bytes << (4 * (kParts * v + p));
      }
    }
    std::memcpy(widths, &row_widths, sizeof row_widths);
    widths += sizeof row_widths;
  }
  return groups;
}

/// The eight 4-bit numbers of a word, one in each byte.
[[SPILLWAY_ADC_TARGET gnu::always_inline]] inline std::uint64_t spread(std::uint32_t word) {
  std::uint64_t bytes = word;
  bytes = (bytes | bytes << 16U) & 0x0000'FFFF'0000'FFFF;
  bytes = (bytes | bytes << 8U) & 0x00FF'00FF'00FF'00FF;
  return (bytes | bytes << 4U) & 0x0F0F'0F0F'0F0F'0F0F;
}

[[SPILLWAY_ADC_TARGET]] void unpack(const std::byte* widths, const std::byte* groups, Residuals& residuals) {
  for (AdcRow& row : residuals.values) {
    std::uint32_t word = 0;
    std::memcpy(&word, widths, sizeof word);
    widths += sizeof word;
    const std::uint64_t width = spread(word);
    // The product's bytes are running sums, at most 8 x 15.
    const std::uint64_t ends = width * 0x0101'0101'0101'0101;
    std::array<std::uint8_t, kGroups> begins;
    const std::uint64_t shifted = ends << 8U;
    std::memcpy(begins.data(), &shifted, sizeof shifted);
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kVectors; ++v) {
      const Vec packed = Simd::load_parts(groups, &begins[kParts * v]);
      Simd::store(&row[Simd::kLanes * v], take_apart(packed, shifts_of(Simd::byte_to_part(width, v))));
    }
    groups += ends >> 56U;
  }
}

/// Takes the lowest code of each 64-bit lane off `words`. `k`, in bits 0 to 7 of each lane, and `used` likewise.
[[SPILLWAY_ADC_TARGET gnu::always_inline]] inline Vec take(Vec& words, Vec k, Vec& used) {
  // The zero behind the ones, alone, as a float: its exponent tells how many there were.
  const Vec zeros = ~words & set64((1U << kMostOnes) - 1);
  const Vec ended = zeros | set64(1U << kMostOnes);
  const Vec lowest = ended & sub32(set32(0), ended);
  const Vec behind = Simd::bit_width32(lowest) & set64(0xFFFF'FFFF);
  const Vec ones = sub32(behind, set64(1));
  words = Simd::shift_down64(words, behind);
  const Vec mask = sub32(Simd::shift_up64(set64(1), k), set64(1));
  const Vec value = Simd::shift_up64(ones, k) | (words & mask);
  words = Simd::shift_down64(words, k);
  used = add32(used, add32(behind, k));
  return value;
}

/// A lane of 64 bits is a stream, and its four channels.
inline constexpr std::size_t kLaneStreams = Simd::kLanes / 4;

[[SPILLWAY_ADC_TARGET]] bool rice_decode(RiceReaders& in, RiceParameters& k, std::span<const std::byte>& escapes,
                                         Residuals& residuals) {
  alignas(64) ChannelWords wide;
  std::copy(k.begin(), k.end(), wide.begin());
  for (AdcRow& row : residuals.values) {
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kVectors; ++v) {
      const Vec parameters = Simd::load(&wide[Simd::kLanes * v]);
      const Vec low16 = set64(0xFFFF);
      const Vec bit = Simd::load(&in.bit[kLaneStreams * v]);
      Vec words = Simd::shift_down64(Simd::peek64(&in.from[kLaneStreams * v], shift_down64<3>(bit)), bit & set64(7));
      Vec used = set64(0);
      const Vec first = take(words, parameters & low16, used);
      const Vec second = take(words, shift_down64<16>(parameters) & low16, used);
      const Vec third = take(words, shift_down64<32>(parameters) & low16, used);
      const Vec fourth = take(words, shift_down64<48>(parameters), used);
      const Vec low = first | shift_up64<16>(second);
      const Vec high = shift_up64<32>(third) | shift_up64<48>(fourth);
      if (Simd::any_above64(used, set64(kPeeked))) [[unlikely]] {
        for (std::size_t j = kLaneStreams * v; j < kLaneStreams * (v + 1); ++j) take_row(in, j, k, row);
        continue;
      }
      Simd::store(&row[Simd::kLanes * v], low | high);
      Simd::store(&in.bit[kLaneStreams * v], add32(bit, used));
    }
  }
  return finish_frame(k, escapes, residuals);
}
