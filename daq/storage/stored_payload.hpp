#pragma once

#include <string>

#include "daq/base/bytes.hpp"
#include "daq/model/payload_codec.hpp"
#include "daq/storage/rows.hpp"

namespace spillway::storage {

/// The fragment's frames, made of its bytes as they are stored. Throws Error, beginning with what is wrong, where `row`
/// names a codec that is not among `codecs` or the bytes do not decode to its frames.
[[nodiscard]] Bytes decoded(const FragmentRow& row, Bytes stored, model::PayloadCodecs codecs);

/// Bytes of each frame that a codec decodes to. Throws Error where `codec` is not among `codecs`.
[[nodiscard]] std::uint32_t coded_frame_bytes(std::uint32_t codec, model::PayloadCodecs codecs);

}  // namespace spillway::storage
