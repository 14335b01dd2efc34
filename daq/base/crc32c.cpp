#include "daq/base/crc32c.hpp"

#include "daq/base/summed_bytes.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace spillway {
namespace {

constexpr std::uint32_t kCastagnoli = 0x82F6'3B78;
constexpr std::uint32_t kIeee = 0xEDB8'8320;

using CrcTable = std::array<std::uint32_t, 256>;

constexpr CrcTable crc_table(std::uint32_t polynomial) {
  CrcTable table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? polynomial : 0U);
    table[i] = crc;
  }
  return table;
}

/// Table k advances a byte's share by k further bytes, so that eight bytes are taken at once.
constexpr std::array<CrcTable, 8> sliced_table(std::uint32_t polynomial) {
  std::array<CrcTable, 8> tables{};
  tables[0] = crc_table(polynomial);
  for (std::size_t k = 1; k < tables.size(); ++k) {
    for (std::size_t i = 0; i < 256; ++i) {
      const std::uint32_t before = tables[k - 1][i];
      tables[k][i] = (before >> 8U) ^ tables[0][before & 0xFFU];
    }
  }
  return tables;
}

constexpr auto kCastagnoliTables = sliced_table(kCastagnoli);
constexpr auto kIeeeTables = sliced_table(kIeee);

std::uint32_t crc_by_table(const std::array<CrcTable, 8>& tables, ByteView bytes, std::uint32_t crc) {
  crc = ~crc;
  while (bytes.size() >= 8) {
    const std::uint64_t word = load<std::uint64_t>(bytes) ^ crc;
    crc = 0;
    for (std::size_t k = 0; k < 8; ++k) crc ^= tables[7 - k][(word >> (8 * k)) & 0xFFU];
    bytes = bytes.subspan(8);
  }
  for (const std::byte b : bytes) {
    crc = (crc >> 8U) ^ tables[0][(crc ^ std::to_integer<std::uint32_t>(b)) & 0xFFU];
  }
  return ~crc;
}

constexpr std::uint32_t times_x(std::uint32_t a) {
  return (a >> 1U) ^ ((a & 1U) != 0 ? kCastagnoli : 0U);
}

std::uint32_t product_by_bits(std::uint32_t a, std::uint32_t b) {
  std::uint32_t product = 0;
  for (; a != 0; a <<= 1U) {
    if ((a & 0x8000'0000U) != 0) product ^= b;
    b = times_x(b);
  }
  for (int i = 0; i < 32; ++i) product = times_x(product);
  return product;
}

/// x^(8 n - 32), of which the product with a checksum is the checksum's share n bytes later.
std::uint32_t power_of_bytes(Crc32cProduct product, std::size_t n) {
  // Of no byte, and of one: x^-32 and x^-24; dividing by x is its multiplication backwards.
  constexpr auto kDivided = [](std::uint32_t a, int times) {
    for (int i = 0; i < times; ++i) a = (a & 0x8000'0000U) != 0 ? ((a ^ kCastagnoli) << 1U) | 1U : a << 1U;
    return a;
  };
  constexpr std::uint32_t kOne = 0x8000'0000;
  std::uint32_t power = kDivided(kOne, 32);
  for (std::uint32_t square = kDivided(kOne, 24); n != 0; n >>= 1U, square = product(square, square)) {
    if ((n & 1U) != 0) power = product(power, square);
  }
  return power;
}

#if defined(__x86_64__)
/// The instruction takes three cycles and can be begun in each, so three lanes of this many bytes are summed side by
/// side; three times three of them are a WIBEth frame.
constexpr std::size_t kLaneBytes = 800;

/// Table k advances byte k of a checksum by kLaneBytes zeros.
constexpr std::array<std::array<std::uint32_t, 256>, 4> lane_table() {
  constexpr CrcTable kOneByte = crc_table(kCastagnoli);
  std::array<std::uint32_t, 32> of_bit{};
  for (std::size_t bit = 0; bit < of_bit.size(); ++bit) {
    std::uint32_t crc = std::uint32_t{1} << bit;
    for (std::size_t i = 0; i < kLaneBytes; ++i) crc = (crc >> 8U) ^ kOneByte[crc & 0xFFU];
    of_bit[bit] = crc;
  }
  std::array<std::array<std::uint32_t, 256>, 4> tables{};
  for (std::size_t k = 0; k < tables.size(); ++k) {
    for (std::size_t i = 0; i < 256; ++i) {
      for (std::size_t bit = 0; bit < 8; ++bit) tables[k][i] ^= (i >> bit & 1U) != 0 ? of_bit[8 * k + bit] : 0U;
    }
  }
  return tables;
}
constexpr auto kLaneTables = lane_table();

std::uint64_t past_a_lane(std::uint64_t crc) {
  std::uint32_t past = 0;
  for (std::size_t k = 0; k < kLaneTables.size(); ++k) past ^= kLaneTables[k][(crc >> (8 * k)) & 0xFFU];
  return past;
}

/// Takes and gives the checksum's register, which the checksum is the complement of.
[[gnu::target("sse4.2")]] std::uint32_t advance(std::uint32_t begin, ByteView bytes) {
  std::uint64_t wide = begin;
  while (bytes.size() >= 3 * kLaneBytes) {
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (std::size_t at = 0; at < kLaneBytes; at += 8) {
      wide = _mm_crc32_u64(wide, load<std::uint64_t>(bytes, at));
      second = _mm_crc32_u64(second, load<std::uint64_t>(bytes, kLaneBytes + at));
      third = _mm_crc32_u64(third, load<std::uint64_t>(bytes, 2 * kLaneBytes + at));
    }
    wide = past_a_lane(past_a_lane(wide) ^ second) ^ third;
    bytes = bytes.subspan(3 * kLaneBytes);
  }
  while (bytes.size() >= 8) {
    wide = _mm_crc32_u64(wide, load<std::uint64_t>(bytes));
    bytes = bytes.subspan(8);
  }
  auto narrow = static_cast<std::uint32_t>(wide);
  for (const std::byte b : bytes) narrow = _mm_crc32_u8(narrow, std::to_integer<std::uint8_t>(b));
  return narrow;
}

/// x^n modulo Castagnoli's polynomial, as a carry-less multiplication takes it: highest power first, in the upper half,
/// less one power for the bit that the product of two such words is short of.
constexpr long long power(std::size_t n) {
  std::uint32_t remainder = 0x8000'0000;
  for (std::size_t i = 1; i < n; ++i) remainder = (remainder >> 1U) ^ ((remainder & 1U) != 0 ? kCastagnoli : 0U);
  const std::uint64_t upper_half = std::uint64_t{remainder} << 32U;
  return static_cast<long long>(upper_half);
}

/// Bytes that are summed side by side: four registers.
constexpr std::size_t kFoldBytes = 256;
constexpr std::size_t kFoldLeast = 4 * kFoldBytes;

/// How far ahead of the copy both its ends are fetched.
constexpr std::size_t kFetchAhead = std::size_t{2} << 10;

/// Loads a register's worth and, where asked, puts it down at `to`. What is summed is what was put down, even where
/// another process changes the source meanwhile: the compiler may not load it again.
template <bool kCopy>
[[gnu::target("avx512f")]] inline __m512i load_register(const std::byte* from, std::byte* to) {
  __m512i loaded = _mm512_loadu_si512(from);
  if constexpr (kCopy) {
    asm volatile("" : "+v"(loaded));
    __builtin_prefetch(from + kFetchAhead);
    // Where the copy goes is as seldom in the cache as where it comes from.
    __builtin_prefetch(to + kFetchAhead, 1);
    _mm512_storeu_si512(to, loaded);
  }
  return loaded;
}

/// Folds all but what is left of `bytes` into the 256 bytes that have the same remainder. Gopal et al., "Fast CRC
/// Computation for Generic Polynomials Using PCLMULQDQ Instruction", Intel 2009, section "Fold by 4", with 512-bit
/// registers for 128-bit ones. Where asked, `bytes` are copied to `to` on the way.
template <bool kCopy>
[[gnu::target("avx512f,avx512vl,vpclmulqdq,sse4.2")]] std::uint32_t advance_folding(std::uint32_t begin, ByteView bytes,
                                                                                    std::byte* to = nullptr) {
  constexpr std::size_t kRegisters = kFoldBytes / sizeof(__m512i);
  constexpr std::size_t kStep = kCopy ? 1 : 0;
  // By how far a block of 128 bits moves: its earlier half by 64 bits more.
  constexpr long long kLater = power(8 * kFoldBytes);
  constexpr long long kEarlier = power(8 * kFoldBytes + 64);
  const __m512i by = _mm512_set4_epi64(kLater, kEarlier, kLater, kEarlier);
  __m512i sums[kRegisters];
#pragma GCC unroll 4
  for (std::size_t k = 0; k < kRegisters; ++k) {
    const std::size_t at = k * sizeof(__m512i);
    sums[k] = load_register<kCopy>(bytes.data() + at, to + kStep * at);
  }
  sums[0] = _mm512_xor_si512(sums[0], _mm512_zextsi128_si512(_mm_cvtsi32_si128(static_cast<int>(begin))));
  bytes = bytes.subspan(kFoldBytes);
  to += kStep * kFoldBytes;
  while (bytes.size() >= kFoldBytes) {
#pragma GCC unroll 4
    for (std::size_t k = 0; k < kRegisters; ++k) {
      constexpr int kXorOfThree = 0x96;
      const std::size_t at = k * sizeof(__m512i);
      const __m512i earlier = _mm512_clmulepi64_epi128(sums[k], by, 0x00);
      const __m512i later = _mm512_clmulepi64_epi128(sums[k], by, 0x11);
      sums[k] = _mm512_ternarylogic_epi64(earlier, later, load_register<kCopy>(bytes.data() + at, to + kStep * at),
                                          kXorOfThree);
    }
    bytes = bytes.subspan(kFoldBytes);
    to += kStep * kFoldBytes;
  }
  std::array<std::byte, kFoldBytes> folded{};
#pragma GCC unroll 4
  for (std::size_t k = 0; k < kRegisters; ++k) _mm512_storeu_si512(folded.data() + k * sizeof(__m512i), sums[k]);
  // Without it all SSE code that follows runs slower, and GCC 12 does not always put it in by itself.
  _mm256_zeroupper();
  if constexpr (kCopy) {
    std::memcpy(to, bytes.data(), bytes.size());
    bytes = {to, bytes.size()};
  }
  return advance(advance(0, folded), bytes);
}

[[gnu::target("pclmul,sse4.2")]] std::uint32_t product_by_instruction(std::uint32_t a, std::uint32_t b) {
  const __m128i product = _mm_clmulepi64_si128(_mm_cvtsi32_si128(static_cast<int>(a)),  //
                                               _mm_cvtsi32_si128(static_cast<int>(b)), 0);
  // The product has 63 bits, with the highest power in the lowest.
  const auto bits = static_cast<std::uint64_t>(_mm_cvtsi128_si64(product)) << 1U;
  return static_cast<std::uint32_t>(_mm_crc32_u64(0, bits));
}

bool can_fold() {
  return __builtin_cpu_supports("sse4.2") != 0 && __builtin_cpu_supports("avx512f") != 0 &&
         __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("vpclmulqdq") != 0;
}
#endif

std::uint32_t copy_in_blocks(std::span<std::byte> to, ByteView from, std::uint32_t crc) {
  // Small enough for the first cache, and large enough that folding pays.
  constexpr std::size_t kBlock = std::size_t{8} << 10;
  while (!from.empty()) {
    const std::size_t size = std::min(kBlock, from.size());
    std::memcpy(to.data(), from.data(), size);
    crc = crc32c(to.first(size), crc);
    to = to.subspan(size);
    from = from.subspan(size);
  }
  return crc;
}

}  // namespace

std::span<const Crc32c> crc32c_ways() {
  static constexpr std::array kWays = {
    Crc32c{crc32c_by_table},
#if defined(__x86_64__)
    Crc32c{[](ByteView bytes, std::uint32_t crc) { return ~advance(~crc, bytes); }},
    Crc32c{[](ByteView bytes, std::uint32_t crc) {
      return bytes.size() < kFoldLeast ? ~advance(~crc, bytes) : ~advance_folding<false>(~crc, bytes);
    }},
#endif
  };
#if defined(__x86_64__)
  const bool instruction = __builtin_cpu_supports("sse4.2") != 0;
  return std::span(kWays).first(can_fold() ? 3 : instruction ? 2 : 1);
#else
  return kWays;
#endif
}

std::span<const CopySumming> copy_summing_ways() {
  static constexpr std::array kWays = {
    CopySumming{copy_in_blocks},
#if defined(__x86_64__)
    CopySumming{[](std::span<std::byte> to, ByteView from, std::uint32_t crc) {
      return from.size() < kFoldLeast ? copy_in_blocks(to, from, crc) : ~advance_folding<true>(~crc, from, to.data());
    }},
#endif
  };
#if defined(__x86_64__)
  return std::span(kWays).first(can_fold() ? 2 : 1);
#else
  return kWays;
#endif
}

std::span<const Crc32cProduct> crc32c_product_ways() {
  static constexpr std::array kWays = {
    Crc32cProduct{product_by_bits},
#if defined(__x86_64__)
    Crc32cProduct{product_by_instruction},
#endif
  };
#if defined(__x86_64__)
  const bool instructions = __builtin_cpu_supports("sse4.2") != 0 && __builtin_cpu_supports("pclmul") != 0;
  return std::span(kWays).first(instructions ? 2 : 1);
#else
  return kWays;
#endif
}

void Crc32cOfStretches::add(std::uint32_t crc32c, std::size_t bytes) {
  static const Crc32cProduct kBest = crc32c_product_ways().back();
  if (power_ == 0 || bytes != bytes_) power_ = power_of_bytes(kBest, bytes);
  bytes_ = bytes;
  sum_ = kBest(sum_, power_) ^ crc32c;
}

std::uint32_t copy_summing(std::span<std::byte> to, ByteView from, std::uint32_t crc) {
  static const CopySumming kBest = copy_summing_ways().back();
  assert(to.size() >= from.size());
  return kBest(to, from, crc);
}

std::uint32_t crc32c(ByteView bytes, std::uint32_t crc) {
  static const Crc32c kBest = crc32c_ways().back();
  return kBest(bytes, crc);
}

std::uint32_t crc32c_by_table(ByteView bytes, std::uint32_t crc) {
  return crc_by_table(kCastagnoliTables, bytes, crc);
}

std::uint32_t crc32_ieee(ByteView bytes) {
  return crc_by_table(kIeeeTables, bytes, 0);
}

}  // namespace spillway
