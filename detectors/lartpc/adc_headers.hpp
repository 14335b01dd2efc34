#pragma once

#include "daq/base/bytes.hpp"
#include "detectors/lartpc/wibeth.hpp"

/// How the ADC codec writes the headers of frames. The format is in docs/formats.md.
namespace spillway::detectors::lartpc {

/// The four 64-bit words before a frame's samples.
using HeadWords = std::array<std::uint64_t, kHeadBytes / 8>;
inline constexpr std::size_t kMostHeadBytes = 1 + kHeadBytes;  ///< coded

/// Writes what differs from the header that should follow `previous`, at most kMostHeadBytes; returns the end of it.
/// `previous` becomes `head`.
std::byte* encode_head(const HeadWords& head, HeadWords& previous, std::byte* out) noexcept;

/// The inverse: takes a header from the front of `coded` and makes it `previous`. False: they end too early, or are not
/// what encode_head() writes.
[[nodiscard]] bool decode_head(ByteView& coded, HeadWords& previous) noexcept;

}  // namespace spillway::detectors::lartpc
