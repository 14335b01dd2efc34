#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

struct evp_md_ctx_st;  // OpenSSL's

namespace spillway {

static_assert(std::endian::native == std::endian::little, "wire records are little-endian and read in place");

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

/// The little-endian value at `offset`; the caller has checked that it lies within `bytes`.
template <typename T>
requires std::is_trivially_copyable_v<T>
[[nodiscard]] T load(ByteView bytes, std::size_t offset = 0) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

/// Appends the value's little-endian bytes.
template <typename T>
requires std::is_trivially_copyable_v<T>
void append(Bytes& bytes, const T& value) {
  const std::size_t end = bytes.size();
  bytes.resize(end + sizeof(T));
  std::memcpy(bytes.data() + end, &value, sizeof(T));
}

inline void append(Bytes& bytes, ByteView more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

inline ByteView as_byte_view(std::string_view text) {
  return std::as_bytes(std::span(text));
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// CRC-32C (Castagnoli, RFC 3720), continuing from `crc`; 0 starts a new one.
std::uint32_t crc32c(ByteView bytes, std::uint32_t crc = 0);
/// The same without the processor's own instruction, for processors that have none.
std::uint32_t crc32c_by_table(ByteView bytes, std::uint32_t crc = 0);
/// CRC-32 (IEEE 802.3, zlib's), as the BeamPulse record carries it.
std::uint32_t crc32_ieee(ByteView bytes);

/// SHA-256, fed piece by piece.
class Sha256 {
 public:
  Sha256();
  Sha256& update(ByteView bytes);
  template <typename T>
  requires std::is_arithmetic_v<T> Sha256& update_value(T value) { return update(std::as_bytes(std::span(&value, 1))); }
  /// Lower-case hexadecimal, 64 characters; the object starts anew.
  std::string hex();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace spillway
