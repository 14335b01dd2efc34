#pragma once

#include <span>

#include "daq/base/bytes.hpp"

namespace spillway {

using Crc32c = std::uint32_t (*)(ByteView, std::uint32_t);

/// The ways to compute crc32c() that this processor has, the slowest first: by table, by its own instruction, by
/// folding with AVX-512. All give the same.
[[nodiscard]] std::span<const Crc32c> crc32c_ways();

using CopySumming = std::uint32_t (*)(std::span<std::byte>, ByteView, std::uint32_t);

/// The ways to do copy_summing(), likewise: in blocks that are copied and then summed, and in one go with AVX-512.
[[nodiscard]] std::span<const CopySumming> copy_summing_ways();

using Crc32cProduct = std::uint32_t (*)(std::uint32_t, std::uint32_t);

/// The ways to multiply two checksums, as polynomials, with each other and x^32 modulo Castagnoli's: bit by bit, and by
/// carry-less multiplication.
[[nodiscard]] std::span<const Crc32cProduct> crc32c_product_ways();

}  // namespace spillway
