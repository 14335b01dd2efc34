#include "daq/storage/stored_payload.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "daq/base/error.hpp"

namespace spillway::storage {
namespace {

const model::PayloadCodec& codec_of(std::uint32_t id, model::PayloadCodecs codecs) {
  const auto at = std::find_if(codecs.begin(), codecs.end(), [id](const auto& codec) { return codec.id == id; });
  if (at == codecs.end()) {
    throw Error(fmt::format("its payload is in codec {}, which this program does not know; take a newer one", id));
  }
  return *at;
}

}  // namespace

Bytes decoded(const FragmentRow& row, Bytes stored, model::PayloadCodecs codecs) {
  if (row.codec == 0) return stored;
  const model::PayloadCodec& codec = codec_of(row.codec, codecs);
  const std::uint64_t bytes = std::uint64_t{row.frames} * codec.frame_bytes;
  if (codec.raw_bytes(stored) != bytes) {
    throw Error(fmt::format("its compressed payload is not one of {} frames", row.frames));
  }
  Bytes raw(bytes);
  if (!codec.decode(stored, raw)) throw Error("its compressed payload does not decode");
  return raw;
}

std::uint32_t coded_frame_bytes(std::uint32_t codec, model::PayloadCodecs codecs) {
  return codec_of(codec, codecs).frame_bytes;
}

}  // namespace spillway::storage
