#include "daq/base/bytes.hpp"

#include <array>

#include <openssl/evp.h>

#include "daq/base/error.hpp"

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

__attribute__((target("sse4.2"))) std::uint32_t crc32c_by_instruction(ByteView bytes, std::uint32_t crc) {
  std::uint64_t wide = ~crc;
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
  return ~narrow;
}

/// What one step of the folding takes, in four registers.
constexpr std::size_t kFoldBytes = 256;
constexpr std::size_t kFewestToFold = 4 * kFoldBytes;

/// x^n modulo the polynomial, bits reversed as in a checksum, in the upper half of a word.
constexpr std::uint64_t power_of_x(std::size_t n) {
  std::uint32_t power = 0x8000'0000;
  for (std::size_t i = 0; i < n; ++i) power = (power >> 1U) ^ ((power & 1U) != 0 ? kCastagnoli : 0U);
  return std::uint64_t{power} << 32U;
}

#define SPILLWAY_FOLDING __attribute__((target("avx512f,pclmul,vpclmulqdq,sse4.2")))

/// A step of one register: the sum so far, moved by 256 bytes, and what stands there.
SPILLWAY_FOLDING inline __m512i folded(__m512i sum, __m512i factors, const std::byte* next) {
  constexpr int kAllXor = 0x96;
  return _mm512_ternarylogic_epi64(_mm512_clmulepi64_epi128(sum, factors, 0x00),
                                   _mm512_clmulepi64_epi128(sum, factors, 0x11), _mm512_loadu_si512(next), kAllXor);
}

/// Folds 256 bytes onto the next 256 by carry-less multiplication (Gopal et al., "Fast CRC Computation for Generic
/// Polynomials Using PCLMULQDQ Instruction", Intel 2009, in its bit-reversed form) until fewer are left. What remains
/// has the checksum of all before it.
SPILLWAY_FOLDING std::uint32_t crc32c_by_folding(ByteView bytes, std::uint32_t crc) {
  // A product of two reversed words is short by one power of x.
  constexpr std::uint64_t kEarlier = power_of_x(8 * kFoldBytes + 64 - 1);
  constexpr std::uint64_t kLater = power_of_x(8 * kFoldBytes - 1);
  constexpr auto kHigh = static_cast<long long>(kLater);
  constexpr auto kLow = static_cast<long long>(kEarlier);
  const __m512i factors = _mm512_set4_epi64(kHigh, kLow, kHigh, kLow);
  const std::byte* at = bytes.data();
  const __m512i begin = _mm512_zextsi128_si512(_mm_cvtsi32_si128(static_cast<int>(~crc)));
  __m512i first = _mm512_xor_si512(_mm512_loadu_si512(at), begin);
  __m512i second = _mm512_loadu_si512(at + 64);
  __m512i third = _mm512_loadu_si512(at + 128);
  __m512i fourth = _mm512_loadu_si512(at + 192);
  bytes = bytes.subspan(kFoldBytes);
  for (; bytes.size() >= kFoldBytes; bytes = bytes.subspan(kFoldBytes)) {
    at = bytes.data();
    first = folded(first, factors, at);
    second = folded(second, factors, at + 64);
    third = folded(third, factors, at + 128);
    fourth = folded(fourth, factors, at + 192);
  }
  std::array<std::byte, kFoldBytes> rest;
  _mm512_storeu_si512(rest.data(), first);
  _mm512_storeu_si512(rest.data() + 64, second);
  _mm512_storeu_si512(rest.data() + 128, third);
  _mm512_storeu_si512(rest.data() + 192, fourth);
  // The initial value is in them already.
  return crc32c_by_instruction(bytes, crc32c_by_instruction(rest, ~std::uint32_t{0}));
}
#undef SPILLWAY_FOLDING
#endif

void check(int openssl_result) {
  if (openssl_result != 1) throw Error("SHA-256 failed inside OpenSSL; is its default provider installed?");
}

}  // namespace

std::uint32_t crc32c(ByteView bytes, std::uint32_t crc) {
#if defined(__x86_64__)
  static const bool kHasFolding = __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("vpclmulqdq") != 0;
  if (kHasFolding && bytes.size() >= kFewestToFold) return crc32c_by_folding(bytes, crc);
#endif
  return crc32c_without_folding(bytes, crc);
}

std::uint32_t crc32c_without_folding(ByteView bytes, std::uint32_t crc) {
#if defined(__x86_64__)
  static const bool kHasInstruction = __builtin_cpu_supports("sse4.2") != 0;
  if (kHasInstruction) return crc32c_by_instruction(bytes, crc);
#endif
  return crc32c_by_table(bytes, crc);
}

std::uint32_t crc32c_by_table(ByteView bytes, std::uint32_t crc) {
  return crc_by_table(kCastagnoliTables, bytes, crc);
}

std::uint32_t crc32_ieee(ByteView bytes) {
  return crc_by_table(kIeeeTables, bytes, 0);
}

void Sha256::Free::operator()(evp_md_ctx_st* context) const {
  EVP_MD_CTX_free(context);
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  check(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
}

Sha256& Sha256::update(ByteView bytes) {
  check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
  return *this;
}

std::string Sha256::hex() {
  std::array<unsigned char, 32> digest{};
  check(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr));
  check(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * digest.size());
  for (const unsigned char byte : digest) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 0xFU];
  }
  return text;
}

}  // namespace spillway
