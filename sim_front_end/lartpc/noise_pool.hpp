#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace spillway::sim_front_end::lartpc {

/// Electronics noise of all wires, cut from one pool of numbers that are made once: white noise behind the shaping
/// amplifier.
///
/// Time comes in blocks of 256 samples. In each block every wire has a slot of the pool of its own, so no two wires
/// show the same numbers in one block, nor parts of them; which slot is drawn from (seed, block, wire).
class NoisePool {
 public:
  static constexpr std::size_t kSamples = std::size_t{1} << 22U;
  static constexpr std::size_t kBlock = 256;  ///< samples
  static constexpr std::size_t kSlots = kSamples / kBlock;

  /// `rms` in ADC counts.
  NoisePool(std::uint64_t seed, double rms);

  /// The noise of all wires in one block of time.
  class Block {
   public:
    /// kBlock samples, ADC counts; `wire` below kSlots.
    [[nodiscard]] const std::int16_t* of(std::size_t wire) const;

   private:
    friend class NoisePool;
    Block(const std::int16_t* pool, std::uint64_t key) : pool_(pool), key_(key) {}
    const std::int16_t* pool_;
    std::uint64_t key_;
  };
  [[nodiscard]] Block block(std::uint64_t block) const;

 private:
  std::uint64_t seed_;
  std::vector<std::int16_t> samples_;  // its first block once more at the end
};

}  // namespace spillway::sim_front_end::lartpc
