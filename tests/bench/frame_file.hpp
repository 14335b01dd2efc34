#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "daq/base/bytes.hpp"
#include "detectors/lartpc/synthetic_set.hpp"
#include "detectors/lartpc/wibeth.hpp"
#include "tests/bench/bench_case.hpp"

namespace spillway::bench {

/// Frames one behind the other; time goes on from copy to copy.
class FrameFile {
 public:
  FrameFile(const detectors::lartpc::SyntheticSetSpec& spec, std::size_t copies, std::size_t frames_of_set);
  [[nodiscard]] std::size_t frames() const { return bytes_.size() / detectors::lartpc::kFrameBytes; }
  [[nodiscard]] ByteView bytes() const { return bytes_; }
  [[nodiscard]] detectors::lartpc::WibEthView view(std::size_t f) const {
    return *detectors::lartpc::decode_wib_eth(ByteView(bytes_).subspan(detectors::lartpc::kFrameBytes * f));
  }

 private:
  std::span<std::byte, detectors::lartpc::kFrameBytes> frame(std::size_t f);
  Bytes bytes_;
};

/// The frames of a set, `large`: in copies of 295 MB, beyond the last cache; else 0.7 MB of them. The last file that
/// was asked for is kept, so that all cases on it share it.
[[nodiscard]] std::shared_ptr<const FrameFile> frame_file(const detectors::lartpc::SyntheticSetSpec& spec, bool large);

/// Reads `frames` of them, each time the next; they count as `amount`.
[[nodiscard]] Work reading(std::shared_ptr<const FrameFile> file, std::size_t frames, double amount);

}  // namespace spillway::bench
