#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "detectors/lartpc/geometry.hpp"
#include "detectors/lartpc/response.hpp"
#include "sim_front_end/lartpc/transport.hpp"

namespace spillway::sim_front_end::lartpc {

struct ChamberProperties {
  double drift_mm_per_us = 1.6;
  double adc_per_electron = 1 / 68.0;
  double lifetime_us = 10'000;
};

/// What deposits induce on the wires in a run of frames, in fixed-point numbers: a sum that does not depend on the
/// order of its terms, and a term that does not depend on which frames were asked for.
class WireSignals {
 public:
  static constexpr int kScale = 256;  ///< of the fixed-point numbers: 1 / 256 ADC count
  using Waveform = std::array<std::int32_t, detectors::lartpc::kSamples>;
  struct Tile {
    std::uint64_t touched = 0;  ///< bit c: channel c is not empty
    std::array<Waveform, detectors::lartpc::kChannels> channels;
  };

  explicit WireSignals(const ChamberProperties& chamber);

  /// The longest that the signal of an interaction begins before it (negative drift), and that it ends after it.
  [[nodiscard]] double before_us() const;
  [[nodiscard]] double after_us() const;

  /// Starts anew for frames [first, first + count); frame f begins f x 32,768 ns after the epoch. Links that are not
  /// `wanted` stay empty.
  void begin(std::int64_t first_frame, std::size_t count, std::span<const bool> wanted);
  /// `time_ns`: of the interaction, since the epoch.
  void add(std::span<const Deposit> deposits, std::int64_t time_ns);
  /// Null where there is nothing. `frame` counts from the first.
  [[nodiscard]] const Tile* tile(std::size_t link, std::size_t frame) const;

 private:
  void add_plane(detectors::lartpc::Plane plane, const Deposit& deposit, double adc, double drifted,
                 double across_pitches, std::int64_t sample, std::size_t phase);
  void add_wire(const detectors::lartpc::LinkChannel& where, const float* kernel, float adc, std::int64_t sample);
  Tile& tile_for(std::size_t link, std::size_t frame);

  ChamberProperties chamber_;
  detectors::lartpc::PlaneResponse induction_;
  detectors::lartpc::PlaneResponse collection_;
  std::int64_t first_frame_ = 0;
  std::size_t frames_ = 0;
  std::array<bool, detectors::lartpc::kLinks> wanted_{};
  std::vector<Tile*> tiles_;  // by link, then frame
  std::vector<std::unique_ptr<Tile>> pool_;
  std::size_t used_ = 0;
};

}  // namespace spillway::sim_front_end::lartpc
