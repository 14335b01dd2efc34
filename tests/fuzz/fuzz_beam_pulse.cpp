#include <cmath>
#include <cstdlib>

#include "daq/proto/beam_pulse.hpp"

using namespace spillway;

/// The checksum is made right, so that the fuzzer gets behind it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes = std::as_bytes(std::span(data, size));
  static_cast<void>(proto::decode_beam_pulse(bytes));
  Bytes fixed(bytes.begin(), bytes.end());
  fixed.resize(proto::kBeamPulseBytes);
  const std::uint32_t crc = crc32_ieee(ByteView(fixed).first(76));
  std::memcpy(fixed.data() + 76, &crc, sizeof crc);
  const auto pulse = proto::decode_beam_pulse(fixed);
  if (pulse && (pulse->time.empty() || !std::isfinite(pulse->protons) || pulse->protons < 0)) std::abort();
  return 0;
}
