#pragma once

#include <cstdint>
#include <span>

#include "detectors/lartpc/wibeth.hpp"
#include "sim_front_end/lartpc/noise_pool.hpp"
#include "sim_front_end/lartpc/wire_signals.hpp"

namespace spillway::sim_front_end::lartpc {

inline constexpr std::int64_t kFrameNs = detectors::lartpc::kTickNs * detectors::lartpc::kTicksPerFrame;

/// Mean of a wire's samples without signal, ADC counts: some 2300 on induction wires, 900 on collection wires.
[[nodiscard]] std::int16_t pedestal_of(std::uint64_t seed, std::size_t link, std::size_t channel);

/// Pedestals, noise and signals of one link become its frames.
class FrameWriter {
 public:
  FrameWriter(std::uint64_t seed, std::size_t link, const NoisePool& noise);
  /// Frame `frame` begins so many frames after the epoch. `signals` may be null.
  void write(std::uint64_t frame, std::uint16_t sequence, const WireSignals::Tile* signals,
             std::span<std::byte, detectors::lartpc::kFrameBytes> out) const;

 private:
  std::size_t link_;
  const NoisePool* noise_;
  std::array<std::int16_t, detectors::lartpc::kChannels> pedestals_{};
};

}  // namespace spillway::sim_front_end::lartpc
