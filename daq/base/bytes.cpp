#include "daq/base/bytes.hpp"

#include <array>

#include <openssl/evp.h>

#include "daq/base/error.hpp"

#if defined(__x86_64__)
#include <nmmintrin.h>
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
/// The instruction takes three cycles and begins anew in each: three neighbouring blocks run at once and are joined.
constexpr std::size_t kLaneBytes = 4096;

/// A register after a lane of zeros, by each of its bytes: GF(2)-linear, so made of 32 columns by squaring.
constexpr std::array<CrcTable, 4> lane_table() {
  std::array<std::uint32_t, 32> columns{};
  const auto apply = [&columns](std::uint32_t crc) {
    std::uint32_t sum = 0;
    for (unsigned bit = 0; crc != 0; ++bit, crc >>= 1U) sum ^= (crc & 1U) != 0 ? columns[bit] : 0;
    return sum;
  };
  for (unsigned bit = 0; bit < 32; ++bit) {
    const std::uint32_t crc = 1U << bit;
    columns[bit] = (crc >> 8U) ^ kCastagnoliTables[0][crc & 0xFFU];
  }
  for (std::size_t zeros = 1; zeros < kLaneBytes; zeros *= 2) {
    auto squared = columns;
    for (std::uint32_t& column : squared) column = apply(column);
    columns = squared;
  }
  std::array<CrcTable, 4> tables{};
  for (unsigned byte = 0; byte < 4; ++byte) {
    for (std::uint32_t value = 0; value < 256; ++value) tables[byte][value] = apply(value << (8 * byte));
  }
  return tables;
}

std::uint64_t after_a_lane(std::uint64_t crc) {
  static constexpr auto kTables = lane_table();
  return kTables[0][crc & 0xFFU] ^ kTables[1][(crc >> 8U) & 0xFFU] ^ kTables[2][(crc >> 16U) & 0xFFU] ^
         kTables[3][(crc >> 24U) & 0xFFU];
}

__attribute__((target("sse4.2"))) std::uint32_t crc32c_by_instruction(ByteView bytes, std::uint32_t crc) {
  std::uint64_t wide = ~crc;
  while (bytes.size() >= 3 * kLaneBytes) {
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (std::size_t i = 0; i < kLaneBytes; i += 8) {
      wide = _mm_crc32_u64(wide, load<std::uint64_t>(bytes, i));
      second = _mm_crc32_u64(second, load<std::uint64_t>(bytes, kLaneBytes + i));
      third = _mm_crc32_u64(third, load<std::uint64_t>(bytes, 2 * kLaneBytes + i));
    }
    wide = after_a_lane(after_a_lane(wide) ^ second) ^ third;
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
#endif

void check(int openssl_result) {
  if (openssl_result != 1) throw Error("SHA-256 failed inside OpenSSL; is its default provider installed?");
}

}  // namespace

std::uint32_t crc32c(ByteView bytes, std::uint32_t crc) {
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
