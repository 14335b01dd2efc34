#include <algorithm>
#include <cstdlib>
#include <vector>

#include "detectors/caen/dpp_daw.hpp"

using namespace spillway;
using namespace spillway::detectors;

/// What decodes must encode to bytes that decode to the same, and to the same bytes but for reserved bits.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes = std::as_bytes(std::span(data, size));
  (void)frame_time(model::Encoding::of(model::EncodingFamily::kDppDaw), bytes, {.ns_numerator = 4}, 4);
  const auto record = caen::decode_dpp_daw(bytes);
  if (!record) return 0;
  std::vector<std::uint16_t> samples;
  for (std::size_t i = 0; i < record->sample_count(); ++i) samples.push_back(record->sample(i));
  Bytes again;
  caen::encode_dpp_daw(*record, samples, again);
  if (again.size() != record->bytes) std::abort();
  // Word 1 bit 25, word 4 bits 31-23 and word 6 bits 31-30 are reserved.
  Bytes expected(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(record->bytes));
  expected[7] &= std::byte{0xFD};
  expected[18] &= std::byte{0x7F};
  expected[19] = std::byte{0};
  expected[27] &= std::byte{0x3F};
  if (again != expected) std::abort();
  return 0;
}
