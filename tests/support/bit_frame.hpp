#pragma once

#include <cstddef>
#include <cstdint>

#include "daq/base/bytes.hpp"

namespace spillway::test {

/// A frame set bit by bit, as its layout is printed: bit 0 of a 64-bit little-endian word is the lowest bit of its
/// first byte.
class BitFrame {
 public:
  explicit BitFrame(std::size_t bytes) : bytes_(bytes) {}
  /// `first_bit` counts from the first bit of byte `byte`.
  BitFrame& set(std::size_t byte, std::size_t first_bit, std::size_t width, std::uint64_t value) {
    for (std::size_t i = 0; i < width; ++i) {
      const std::size_t bit = 8 * byte + first_bit + i;
      const auto mask = static_cast<std::byte>(1U << (bit % 8));
      bytes_[bit / 8] = ((value >> i) & 1U) != 0 ? bytes_[bit / 8] | mask : bytes_[bit / 8] & ~mask;
    }
    return *this;
  }
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

}  // namespace spillway::test
