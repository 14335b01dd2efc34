#pragma once

#include <concepts>

#include "daq/base/bytes.hpp"

namespace spillway {

/// Copies, and gives crc32c() of the copy, which is summed while it is in the cache: memory is read once. What another
/// process may be changing can be copied so.
std::uint32_t copy_summing(std::span<std::byte> to, ByteView from, std::uint32_t crc = 0);

/// Bytes and their crc32c(), where whoever copied them has made it on the way.
struct SummedBytes {
  SummedBytes() = default;
  SummedBytes(ByteView all, std::uint32_t sum) : bytes(all), crc32c(sum) {}
  template <typename T>
  requires std::convertible_to<T, ByteView> SummedBytes(const T& all)  // NOLINT(google-explicit-constructor)
      : bytes(all), crc32c(spillway::crc32c(bytes)) {}

  ByteView bytes;
  std::uint32_t crc32c = 0;
};

}  // namespace spillway
