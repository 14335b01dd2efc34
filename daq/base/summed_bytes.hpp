#pragma once

#include <concepts>
#include <cstdint>
#include <span>

#include "daq/base/bytes.hpp"

namespace spillway {

/// Copies, and gives crc32c() of the copy, which is summed while it is in the cache: memory is read once. What another
/// process may be changing can be copied so.
std::uint32_t copy_summing(std::span<std::byte> to, ByteView from, std::uint32_t crc = 0);

/// crc32c() of stretches of bytes laid end to end, made of their own; quick where many are alike in length.
class Crc32cOfStretches {
 public:
  void add(std::uint32_t crc32c, std::size_t bytes);
  [[nodiscard]] std::uint32_t sum() const { return sum_; }

 private:
  std::uint32_t sum_ = 0;
  std::size_t bytes_ = 0;    ///< of the last stretch
  std::uint32_t power_ = 0;  ///< that moves a sum by so many
};

/// Bytes and their crc32c(), where whoever copied them has made it on the way.
struct SummedBytes {
  SummedBytes() = default;
  SummedBytes(ByteView all, std::uint32_t sum, std::span<const std::uint32_t> of_items = {})
      : bytes(all), crc32c(sum), items(of_items) {}
  template <typename T>
  requires std::convertible_to<T, ByteView> SummedBytes(const T& all)  // NOLINT(google-explicit-constructor)
      : bytes(all), crc32c(spillway::crc32c(bytes)) {}

  ByteView bytes;
  std::uint32_t crc32c = 0;
  std::span<const std::uint32_t> items{};  ///< crc32c() of each item, where they were copied one by one
};

}  // namespace spillway
