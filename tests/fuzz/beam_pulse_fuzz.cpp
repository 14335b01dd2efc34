#include <cmath>
#include <cstdlib>

#include "daq/proto/beam_pulse.hpp"

using namespace spillway;

/// Whatever is taken for a pulse must be one: an end that is not before its begin, protons finite and not negative. The
/// checksum is made right for half of the inputs, so that what lies behind it is reached.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(reinterpret_cast<const std::byte*>(data), reinterpret_cast<const std::byte*>(data) + size);
  if (size == proto::kBeamPulseBytes && std::to_integer<int>(bytes.back()) % 2 == 0) {
    bytes.resize(proto::kBeamPulseBytes - 4);
    append(bytes, crc32_ieee(bytes));
  }
  const auto pulse = proto::decode_beam_pulse(bytes);
  if (!pulse) {
    if (proto::name(pulse.error()).empty()) std::abort();
    return 0;
  }
  if (pulse->time.end < pulse->time.begin || !std::isfinite(pulse->protons) || pulse->protons < 0) std::abort();
  return 0;
}
