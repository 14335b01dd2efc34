#pragma once

#include <cstdint>
#include <memory>

#include "daq/base/bytes.hpp"
#include "daq/model/fragment.hpp"
#include "daq/model/payload_codec.hpp"

namespace spillway::detectors {

/// All that event files may hold (docs/event_file.md): 1 and 2, WIBEth frames in the ADC codec's fast and dense mode.
[[nodiscard]] model::PayloadCodecs payload_codecs();

/// A payload as it is to be written.
struct CodedPayload {
  std::uint32_t codec = 0;  ///< 0: `bytes` are the payload itself
  ByteView bytes;
};

/// Compresses payloads of the encodings that have a codec, the others are left as they are.
class PayloadEncoder {
 public:
  explicit PayloadEncoder(model::Compression compression);
  ~PayloadEncoder();
  PayloadEncoder(PayloadEncoder&&) noexcept;

  /// `frames` of equal size lie in the payload. What is returned is valid until the next call, and as long as
  /// `payload`. What would not become smaller is left as it is.
  [[nodiscard]] CodedPayload encode(model::Encoding encoding, std::uint32_t frames, ByteView payload);

 private:
  struct State;
  std::unique_ptr<State> state_;  ///< none: nothing is compressed
};

}  // namespace spillway::detectors
