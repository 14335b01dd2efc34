#include <algorithm>
#include <cstdlib>

#include "detectors/lartpc/adc_codec.hpp"

using namespace spillway;
using namespace spillway::detectors::lartpc;

namespace {

constexpr std::size_t kMostBytes = 20 * kFrameBytes;

/// What was coded must come back, on every path.
void round_trip(ByteView raw, AdcMode mode) {
  AdcEncoder encoder(mode);
  const ByteView coded = encoder.encode(raw);
  Bytes again(raw.size());
  for (const Isa isa : kIsas) {
    if (!supported(isa)) continue;
    if (!decode_adc(coded, again, isa) || !std::equal(raw.begin(), raw.end(), again.begin())) std::abort();
  }
}

/// Anything may be given to be decoded; all paths say the same of it.
void decode(ByteView coded) {
  const auto size = adc_raw_bytes(coded);
  if (!size || *size > kMostBytes) return;
  Bytes plain(*size);
  const bool decodes = static_cast<bool>(decode_adc(coded, plain, Isa::kScalar));
  for (const Isa isa : kIsas) {
    if (!supported(isa)) continue;
    Bytes raw(*size);
    if (static_cast<bool>(decode_adc(coded, raw, isa)) != decodes || (decodes && raw != plain)) std::abort();
  }
}

}  // namespace

/// The first byte says what is done with the rest: it is decoded; decoded behind a good beginning; or coded, made
/// longer by repetition.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const unsigned what = data[0] % 5;
  const ByteView rest = std::as_bytes(std::span(data + 1, size - 1));
  const AdcMode mode = what % 2 == 0 ? AdcMode::kFast : AdcMode::kDense;
  Bytes bytes;
  if (what == 4) {
    bytes.assign(rest.begin(), rest.end());
    bytes.shrink_to_fit();
    decode(bytes);
  } else if (what >= 2) {
    AdcEncoder encoder(mode);
    const Bytes frames(3 * kFrameBytes);
    const ByteView good = encoder.encode(frames);
    bytes.assign(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(good.size(), 64)));
    append(bytes, rest);
    bytes.shrink_to_fit();
    decode(bytes);
  } else {
    const std::size_t frames = 1 + std::to_integer<std::size_t>(rest[0]) % 18;
    while (bytes.size() < frames * kFrameBytes) append(bytes, rest);
    bytes.resize(frames * kFrameBytes);
    round_trip(bytes, mode);
  }
  return 0;
}
