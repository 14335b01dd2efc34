#include <cstdlib>

#include "detectors/caen/compass.hpp"
#include "detectors/frame_codec.hpp"

using namespace spillway;

/// The first two bytes are the file word, the rest a frame.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const ByteView bytes = std::as_bytes(std::span(data, size));
  const detectors::caen::CompassWord word{load<std::uint16_t>(bytes)};
  const ByteView frame = bytes.subspan(2);
  const auto record = detectors::caen::decode_compass(word, frame);
  if (record) {
    if (record->bytes > frame.size()) std::abort();
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < record->sample_count(); ++i) sum += record->sample(i);
    if (sum > 65535U * record->sample_count()) std::abort();
  }
  const auto encoding = model::Encoding::of(model::EncodingFamily::kCompass, word.value);
  const auto time = detectors::frame_time(encoding, frame, detectors::caen::compass_clock({1'000}), 2);
  if (time && time->time.empty()) std::abort();
  return 0;
}
