#pragma once

#include <cstdint>
#include <string_view>

namespace spillway {

/// Everything random is drawn from such a key, never from a shared generator or counter: what a gate or block
/// gets depends on the seed, its owner and its index alone.
[[nodiscard]] std::uint64_t hash_key(std::uint64_t seed, std::string_view owner, std::uint64_t index);

/// A short stream of numbers that starts at a key (SplitMix64, Steele et al., OOPSLA 2014). Satisfies
/// std::uniform_random_bit_generator.
class Draw {
 public:
  using result_type = std::uint64_t;
  explicit Draw(std::uint64_t key) : state_(key) {}
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return ~result_type{0}; }
  result_type operator()();
  /// Uniform in [0, 1).
  double uniform();
  /// Poisson with the given mean (0 to 1e6). Our own, so that the same seed gives the same run on every library.
  std::uint64_t poisson(double mean);

 private:
  std::uint64_t state_;
};

}  // namespace spillway
