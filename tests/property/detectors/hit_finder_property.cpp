#include <algorithm>
#include <cstdlib>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "daq/base/random.hpp"
#include "detectors/lartpc/hit_finder.hpp"
#include "tests/support/wibeth_frames.hpp"

namespace spillway::detectors::lartpc {
namespace {

using test::HitCollector;

/// Samples of one channel that change their manner now and then, to what a finder might get wrong.
class Nasty {
 public:
  explicit Nasty(std::uint64_t key) : draw_(key) { begin(); }

  std::uint16_t next(bool all_over) {
    if (left_-- == 0) begin();
    if (all_over) return kMaxAdc;
    ++at_;
    switch (manner_) {
      case 0:  // noise
        return clamped(level_ + static_cast<int>(draw_() % 41) - 20);
      case 1:  // still
        return clamped(level_);
      case 2:  // full scale, and so full integrals
        return kMaxAdc;
      case 3:  // a hit for every other sample
        return at_ % 2 == 0 ? kMaxAdc : 0;
      case 4:  // anything
        return static_cast<std::uint16_t>(draw_() & kMaxAdc);
      case 5:  // about the threshold
        return clamped(level_ + 58 + static_cast<int>(draw_() % 5));
      case 6:  // short pulses
        return clamped(level_ + (at_ % 17 < 5 ? static_cast<int>(draw_() % 2000) : 0));
      default:  // a plateau with equal maxima
        return clamped(level_ + (at_ % 9 < 6 ? 500 : static_cast<int>(draw_() % 3) - 1));
    }
  }

 private:
  static std::uint16_t clamped(int value) { return static_cast<std::uint16_t>(std::clamp<int>(value, 0, kMaxAdc)); }
  void begin() {
    manner_ = draw_() % 8;
    left_ = 1 + draw_() % 300;
    if (draw_() % 3 == 0) level_ = static_cast<int>(draw_() & kMaxAdc);
  }
  Draw draw_;
  std::uint64_t manner_ = 0;
  std::uint64_t left_ = 0;
  std::uint64_t at_ = 0;
  int level_ = 2300;
};

FinderSettings any_settings(Draw& draw, Chain chain) {
  FinderSettings settings{.chain = chain};
  for (PlaneSettings& plane : settings.planes) {
    plane.threshold_adc = static_cast<std::int16_t>(draw() % 4 == 0 ? draw() % 32768 : draw() % 100);
    plane.limit = static_cast<std::int16_t>(draw() % 4 == 0 ? 1 + draw() % 32766 : 1 + draw() % 20);
    plane.memory = static_cast<std::int16_t>(draw() % 11);
    plane.scale = static_cast<std::int16_t>(draw() % 11);
  }
  for (std::uint8_t& plane : settings.plane_of) plane = static_cast<std::uint8_t>(draw() % kPlanes);
  settings.masked = draw() % 2 == 0 ? 0 : draw() & draw() & draw();
  return settings;
}

std::uint64_t samples_to_try() {
  const char* full_length = std::getenv("SPILLWAY_LONG");
  return full_length != nullptr && *full_length != '\0' ? 100'000'000 : 3'000'000;
}

/// Feeds the same frames to all paths that this processor has.
void expect_alike(const FinderSettings& settings, std::uint64_t key, std::size_t frames) {
  std::vector<HitCollector> finders;
  for (const Isa isa : kIsas) {
    if (supported(isa)) finders.emplace_back(settings, isa);
  }
  Draw draw(key);
  std::vector<Nasty> channels;
  for (std::size_t c = 0; c < kChannels; ++c) channels.emplace_back(hash_key(key, "channel", c));
  const auto adc = std::make_unique<AdcBlock>();
  std::uint64_t tick = draw() % 2 == 0 ? draw() : 0 - 3 * kTicksPerFrame;
  for (std::size_t f = 0; f < frames; ++f) {
    const bool all_over = draw() % 5 == 0;
    const std::size_t from = draw() % kSamples;
    for (std::size_t s = 0; s < kSamples; ++s) {
      for (std::size_t c = 0; c < kChannels; ++c) (*adc)[s][c] = channels[c].next(all_over && s >= from);
    }
    tick += draw() % 10 == 0 ? draw() % 100'000 : kTicksPerFrame;
    const Bytes frame = test::wib_eth_frame(*adc, tick);
    for (HitCollector& finder : finders) finder.take(frame);
    for (const HitCollector& other : finders) {
      ASSERT_EQ(other.finder().open_since(), finders[0].finder().open_since());
      ASSERT_EQ(other.finder().gaps(), finders[0].finder().gaps());
      for (std::size_t c = 0; c < kChannels; ++c) {
        ASSERT_EQ(other.finder().pedestal(c), finders[0].finder().pedestal(c)) << "channel " << c << ", frame " << f;
      }
    }
  }
  for (HitCollector& finder : finders) finder.close();
  for (const HitCollector& other : finders) ASSERT_EQ(other.hits(), finders[0].hits()) << "key " << key;
}

class EveryChain : public testing::TestWithParam<Chain> {};

TEST_P(EveryChain, FindsTheSameHitsWithAllInstructions) {
  constexpr std::size_t kFrames = 40;
  const std::uint64_t rounds = samples_to_try() / (kFrames * kSamples * kChannels);
  for (std::uint64_t round = 0; round < rounds; ++round) {
    const std::uint64_t key = hash_key(5, "hit finder", round);
    Draw draw(key);
    ASSERT_NO_FATAL_FAILURE(expect_alike(any_settings(draw, GetParam()), key, kFrames)) << "round " << round;
  }
}

INSTANTIATE_TEST_SUITE_P(HitFinderProperty, EveryChain,
                         testing::Values(Chain::kThreshold, Chain::kAbsRunningSum, Chain::kRunningSum));

}  // namespace
}  // namespace spillway::detectors::lartpc
