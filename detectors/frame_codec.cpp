#include "detectors/frame_codec.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "daq/model/primitive.hpp"
#include "detectors/caen/compass.hpp"
#include "detectors/caen/dpp_daw.hpp"
#include "detectors/lartpc/wibeth.hpp"

namespace spillway::detectors {

namespace {

/// What a family's decoder must say of a frame: its ticks, how many samples it holds and from which channel.
struct FrameShape {
  std::uint64_t ticks = 0;
  std::size_t samples = 0;
  std::uint32_t channel = 0;
};

Expected<FrameShape, DecodeError> compass_shape(std::uint16_t word, ByteView frame) noexcept {
  const caen::CompassWord file_word{word};
  if (!file_word.valid()) return DecodeError::kUnknownEncoding;
  const auto record = caen::decode_compass(file_word, frame);
  if (!record) return record.error();
  if (record->bytes != frame.size()) return DecodeError::kBadLength;
  return FrameShape{record->time_ps, record->sample_count(), record->channel};
}

Expected<FrameShape, DecodeError> dpp_daw_shape(std::uint16_t /*word*/, ByteView frame) noexcept {
  const auto record = caen::decode_dpp_daw(frame);
  if (!record) return record.error();
  if (record->bytes != frame.size()) return DecodeError::kBadLength;
  return FrameShape{record->ticks, record->sample_count(), record->channel};
}

Expected<FrameShape, DecodeError> wib_eth_shape(std::uint16_t /*word*/, ByteView frame) noexcept {
  const auto view = lartpc::decode_wib_eth(frame);
  if (!view) return view.error();
  if (frame.size() != lartpc::kFrameBytes) return DecodeError::kBadLength;
  return FrameShape{view->timestamp(), lartpc::kSamples, view->daq_header().link()};
}

/// Ticks and samples are nanoseconds. Primitives do not say of which stream they are.
Expected<FrameShape, DecodeError> primitives_shape(std::uint16_t /*word*/, ByteView frame) noexcept {
  const auto count = primitives_in(frame);
  if (!count) return count.error();
  const std::int64_t begin = load<model::Primitive>(frame).time_start_ns;
  std::int64_t end = begin;
  for (std::size_t i = 0; i < *count; ++i) {
    const auto primitive = load<model::Primitive>(frame, i * sizeof(model::Primitive));
    end = std::max(end, primitive.time_start_ns + static_cast<std::int64_t>(primitive.duration_ns));
  }
  return FrameShape{static_cast<std::uint64_t>(begin), static_cast<std::size_t>(end - begin), 0};
}

struct FamilyRow {
  model::EncodingFamily family;
  Expected<FrameShape, DecodeError> (*shape)(std::uint16_t word, ByteView frame) noexcept;
};
constexpr std::array kFamilies = {FamilyRow{model::EncodingFamily::kCompass, compass_shape},
                                  FamilyRow{model::EncodingFamily::kDppDaw, dpp_daw_shape},
                                  FamilyRow{model::EncodingFamily::kWibEth, wib_eth_shape},
                                  FamilyRow{model::EncodingFamily::kPrimitives, primitives_shape}};

}  // namespace

Expected<std::size_t, DecodeError> primitives_in(ByteView frame) noexcept {
  constexpr std::int64_t kLatest = std::numeric_limits<std::int64_t>::max() - std::numeric_limits<std::uint32_t>::max();
  if (frame.empty()) return DecodeError::kTruncated;
  if (frame.size() % sizeof(model::Primitive) != 0) return DecodeError::kBadLength;
  std::int64_t last = 0;
  for (std::size_t at = 0; at < frame.size(); at += sizeof(model::Primitive)) {
    const std::int64_t begin = load<model::Primitive>(frame, at).time_start_ns;
    if (begin < last || begin > kLatest) return DecodeError::kBadTime;
    last = begin;
  }
  return frame.size() / sizeof(model::Primitive);
}

std::string_view name(DecodeError error) {
  switch (error) {
    case DecodeError::kTruncated:
      return "truncated";
    case DecodeError::kBadLength:
      return "bad_length";
    case DecodeError::kBadVersion:
      return "bad_version";
    case DecodeError::kUnknownEncoding:
      return "unknown_encoding";
    case DecodeError::kUnknownChannel:
      return "unknown_channel";
    case DecodeError::kBadTime:
      return "bad_time";
    case DecodeError::kRepeated:
      return "repeated";
  }
  return "unknown";
}

Expected<FrameTime, DecodeError> frame_time(model::Encoding encoding, ByteView frame, const ClockSegment& clock,
                                            double sample_ns) noexcept {
  const auto* row = std::find_if(kFamilies.begin(), kFamilies.end(),
                                 [&](const FamilyRow& candidate) { return candidate.family == encoding.family(); });
  if (row == kFamilies.end()) return DecodeError::kUnknownEncoding;
  const auto shape = row->shape(encoding.word(), frame);
  if (!shape) return shape.error();
  const double length_ns = std::max(1.0, std::floor(static_cast<double>(shape->samples) * sample_ns));
  const Timestamp begin = clock.to_tai(shape->ticks);
  if (!(length_ns < 1e18) || begin == Timestamp::min()) return DecodeError::kBadTime;
  const Timestamp end = begin + Duration{static_cast<std::int64_t>(length_ns)};
  if (end == Timestamp::max()) return DecodeError::kBadTime;
  return FrameTime{{begin, end}, shape->ticks, shape->channel};
}

}  // namespace spillway::detectors
