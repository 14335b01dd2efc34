#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "daq/base/bytes.hpp"

namespace spillway::model {

/// What an event builder does to payloads before they are written.
enum class Compression : std::uint8_t { kNone, kFast, kDense };

/// A way in which payloads lie in event files other than as they came. Storage is given those it may meet, since they
/// know of electronics, and is itself above none of these.
struct PayloadCodec {
  std::uint32_t id = 0;           ///< `codec` of /fragments; 0, as they came, is none of these
  std::uint32_t frame_bytes = 0;  ///< of every frame that it decodes to
  /// Decodes to exactly `raw`; false: `stored` is not so many bytes coded.
  bool (*decode)(ByteView stored, std::span<std::byte> raw) = nullptr;
  /// How many bytes `stored` says that it decodes to; 0: it is damaged. Never more than it could hold.
  std::uint64_t (*raw_bytes)(ByteView stored) = nullptr;
};
using PayloadCodecs = std::span<const PayloadCodec>;

}  // namespace spillway::model
