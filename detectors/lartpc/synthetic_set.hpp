#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string_view>
#include <vector>

#include "detectors/lartpc/wibeth.hpp"

namespace spillway::detectors::lartpc {

/// Frames of one link that anybody can make again, to compare hit finders with: white noise, tracks across channels and
/// single pulses, all from one seed.
struct SyntheticSetSpec {
  std::string_view name;
  std::string_view meaning;
  std::uint64_t seed;
  double noise_adc;         ///< standard deviation
  double tracks_per_frame;  ///< mean
  double singles_per_frame;
  std::int16_t threshold_adc;  ///< that it is searched with
};

inline constexpr std::array kSyntheticSets = {
    SyntheticSetSpec{"N60", "noise, threshold out of its reach", 20260101, 4, 0, 0, 60},
    SyntheticSetSpec{"N15", "noise, threshold at three sigma", 20260102, 5, 0, 0, 15},
    SyntheticSetSpec{"AR", "argon-39-like single pulses", 20260103, 4, 0, 0.1, 20},
    SyntheticSetSpec{"T02", "a track in every fifth frame", 20260104, 4, 0.2, 0.1, 40},
    SyntheticSetSpec{"T1", "a track in every frame", 20260105, 4, 1.0, 0.1, 40},
};
inline constexpr std::size_t kSyntheticFrames = 4096;  ///< of a set

/// nullptr where there is none of that name.
[[nodiscard]] const SyntheticSetSpec* find_synthetic_set(std::string_view name);

/// Makes the frames of a set one after the other.
///
/// A pulse of height A at t0 adds A exp(-((t - t0) / 2.5)^2 / 2) ADC counts to the samples within 10 ticks of 512 ns.
/// Drawn from std::mt19937_64 in this order: 64 pedestals; signals, frame by frame; noise, tick by tick. The numbers
/// are those of libstdc++'s distributions.
class SyntheticSet {
 public:
  /// `frames`: how many will be made; the noise of the first depends on it.
  SyntheticSet(const SyntheticSetSpec& spec, std::size_t frames);
  /// Writes the next frame; the first begins at tick 0.
  void next(std::span<std::byte, kFrameBytes> frame);

 private:
  struct Pulse {
    double time;  ///< samples
    double height;
    std::size_t channel;
  };
  void draw_signals(const SyntheticSetSpec& spec);
  void add_track(double first_sample);
  void add_single(double first_sample);
  void add(const Pulse& pulse);

  std::mt19937_64 generator_;
  std::uniform_real_distribution<double> uniform_{0, 1};
  std::normal_distribution<double> noise_;
  std::array<double, kChannels> pedestals_ = {};
  std::vector<std::vector<Pulse>> pulses_;  ///< that reach into each frame
  std::size_t made_ = 0;
};

}  // namespace spillway::detectors::lartpc
