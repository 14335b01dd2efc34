#include <algorithm>
#include <cstdlib>
#include <vector>

#include "detectors/caen/compass.hpp"

using namespace spillway;
using namespace spillway::detectors;

/// A whole list file: the word, then records as far as they can be delimited. What decodes must encode to the same
/// bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteView bytes = std::as_bytes(std::span(data, size));
  if (bytes.size() < 2) return 0;
  const caen::CompassWord word{load<std::uint16_t>(bytes)};
  const auto encoding = model::Encoding::of(model::EncodingFamily::kCompass, word.value);
  bytes = bytes.subspan(2);
  while (!bytes.empty()) {
    (void)frame_time(encoding, bytes, {.ns_denominator = 1000}, 2);
    const auto record = caen::decode_compass(word, bytes);
    if (!record) break;
    std::vector<std::uint16_t> samples;
    for (std::size_t i = 0; i < record->sample_count(); ++i) samples.push_back(record->sample(i));
    Bytes again;
    caen::encode_compass(word, *record, samples, again);
    if (again.size() != record->bytes) std::abort();
    const ByteView own = bytes.first(record->bytes);
    // The calibrated energy may be any bit pattern, and not every NaN survives a copy.
    if (!word.has_calibrated_energy() && !std::equal(again.begin(), again.end(), own.begin())) std::abort();
    bytes = bytes.subspan(record->bytes);
  }
  return 0;
}
