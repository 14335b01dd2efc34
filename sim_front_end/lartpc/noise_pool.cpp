#include "sim_front_end/lartpc/noise_pool.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

#include "daq/base/random.hpp"
#include "detectors/lartpc/geometry.hpp"
#include "detectors/lartpc/response.hpp"

namespace spillway::sim_front_end::lartpc {

namespace {

static_assert(detectors::lartpc::kAllWires <= NoisePool::kSlots);

/// A permutation of the slots, another one for each key.
std::size_t permuted(std::size_t slot, std::uint64_t key) {
  constexpr std::size_t kMask = NoisePool::kSlots - 1;
  static_assert((NoisePool::kSlots & kMask) == 0);
  for (unsigned round = 0; round < 3; ++round) {
    slot = (slot * ((key >> (14 * round)) | 1U) + (key >> (10 * round + 20))) & kMask;
    slot ^= slot >> 7U;
  }
  return slot;
}

std::vector<float> white(Draw& draw, std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i + 1 < count; i += 2) {
    const double radius = std::sqrt(-2 * std::log1p(-draw.uniform()));
    const double angle = 2 * std::numbers::pi * draw.uniform();
    values[i] = static_cast<float>(radius * std::cos(angle));
    values[i + 1] = static_cast<float>(radius * std::sin(angle));
  }
  return values;
}

}  // namespace

NoisePool::NoisePool(std::uint64_t seed, double rms) : seed_(seed), samples_(kSamples + kBlock, 0) {
  if (rms <= 0) return;
  constexpr std::size_t kTaps = 16;
  std::vector<float> taps;
  double power = 0;
  for (std::size_t i = 0; i < kTaps; ++i) {
    const double tap = detectors::lartpc::shaped(static_cast<double>(i + 1) * detectors::lartpc::kSampleUs);
    taps.push_back(static_cast<float>(tap));
    power += tap * tap;
  }
  // Rounding to whole counts adds 1/12 to the variance.
  const double scale = std::sqrt(std::max(rms * rms - 1.0 / 12, 0.0) / power);
  for (float& tap : taps) tap *= static_cast<float>(scale);

  Draw draw(hash_key(seed, "noise", 0));
  std::vector<float> source = white(draw, kSamples);
  // The pool is a circle.
  source.insert(source.end(), source.begin(), source.begin() + kTaps);
  for (std::size_t i = 0; i < kSamples; ++i) {
    float sum = 0;
    for (std::size_t tap = 0; tap < kTaps; ++tap) sum += taps[tap] * source[i + kTaps - tap];
    samples_[i] = static_cast<std::int16_t>(std::lrint(sum));
  }
  std::copy_n(samples_.begin(), kBlock, samples_.begin() + kSamples);
}

NoisePool::Block NoisePool::block(std::uint64_t block) const {
  return {samples_.data(), hash_key(seed_, "noise block", block)};
}

const std::int16_t* NoisePool::Block::of(std::size_t wire) const {
  assert(wire < kSlots);
  const std::size_t first = key_ >> 42U;  // also the slots' begin differs from block to block
  return pool_ + (first + permuted(wire, key_) * kBlock) % kSamples;
}

}  // namespace spillway::sim_front_end::lartpc
