#pragma once

#include <memory>
#include <vector>

#include "detectors/lartpc/hit_finder.hpp"

namespace spillway::test {

/// The bytes of a frame of these samples.
inline Bytes wib_eth_frame(const detectors::lartpc::AdcBlock& adc, std::uint64_t timestamp) {
  Bytes bytes(detectors::lartpc::kFrameBytes);
  detectors::lartpc::encode_wib_eth({.timestamp = timestamp}, {}, adc,
                                    std::span<std::byte, detectors::lartpc::kFrameBytes>(bytes));
  return bytes;
}

/// Feeds frames to a finder and keeps what it finds.
class HitCollector {
 public:
  explicit HitCollector(const detectors::lartpc::FinderSettings& settings,
                        detectors::lartpc::Isa isa = detectors::lartpc::Isa::kScalar)
      : finder_(settings, isa), buffer_(detectors::lartpc::kMaxHitsPerFrame) {}

  void take(ByteView frame) { keep(finder_.find(*detectors::lartpc::decode_wib_eth(frame), buffer())); }
  void close() { keep(finder_.close(buffer())); }
  void start_anew() {
    close();
    finder_.start_anew();
  }
  [[nodiscard]] const std::vector<detectors::lartpc::Hit>& hits() const { return hits_; }
  [[nodiscard]] const detectors::lartpc::HitFinder& finder() const { return finder_; }

 private:
  detectors::lartpc::HitBuffer buffer() { return detectors::lartpc::HitBuffer(buffer_); }
  void keep(std::size_t found) {
    hits_.insert(hits_.end(), buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(found));
  }
  detectors::lartpc::HitFinder finder_;
  std::vector<detectors::lartpc::Hit> buffer_;
  std::vector<detectors::lartpc::Hit> hits_;
};

}  // namespace spillway::test
