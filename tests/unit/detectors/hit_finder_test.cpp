#include "detectors/lartpc/hit_finder.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "daq/base/error.hpp"
#include "tests/support/wibeth_frames.hpp"

namespace spillway::detectors::lartpc {
namespace {

using test::HitCollector;

constexpr std::uint16_t kQuiet = 900;
constexpr std::uint64_t kStart = 1'000'000;

/// Frames of quiet channels, with some samples set by hand.
class Frames {
 public:
  explicit Frames(std::size_t count) : blocks_(count) {
    for (AdcBlock& block : blocks_) {
      for (AdcRow& row : block) row.fill(kQuiet);
    }
  }
  Frames& set(std::size_t channel, std::size_t first_sample, const std::vector<int>& above) {
    for (std::size_t i = 0; i < above.size(); ++i) {
      const std::size_t s = first_sample + i;
      blocks_[s / kSamples][s % kSamples][channel] = static_cast<std::uint16_t>(kQuiet + above[i]);
    }
    return *this;
  }
  /// `skip`: frames that are missing before the second.
  void feed(HitCollector& finder, std::uint64_t skip = 0) const {
    for (std::size_t f = 0; f < blocks_.size(); ++f) {
      finder.take(test::wib_eth_frame(blocks_[f], kStart + kTicksPerFrame * (f + (f > 0 ? skip : 0))));
    }
  }

 private:
  std::vector<AdcBlock> blocks_;
};

FinderSettings settings_with(std::int16_t threshold, std::int16_t limit = 10, Chain chain = Chain::kThreshold) {
  FinderSettings settings{.chain = chain};
  for (PlaneSettings& plane : settings.planes) {
    plane.threshold_adc = threshold;
    plane.limit = limit;
  }
  return settings;
}

std::uint64_t tick_of(std::size_t sample) {
  return kStart + kTicksPerSample * sample;
}

/// The same of every path.
class HitFinderTest : public testing::TestWithParam<Isa> {
 protected:
  void SetUp() override {
    if (!supported(GetParam())) GTEST_SKIP() << "this processor has no " << name(GetParam());
  }
  std::vector<Hit> hits(const Frames& frames, const FinderSettings& settings, std::uint64_t skip = 0) {
    HitCollector finder(settings, GetParam());
    frames.feed(finder, skip);
    return finder.hits();
  }
};

TEST_P(HitFinderTest, MeasuresAHitFromItsFirstSampleOverToItsLast) {
  const Frames frames = Frames(1).set(17, 20, {30, 61, 100, 250, 250, 70, 60});
  EXPECT_EQ(hits(frames, settings_with(60)), (std::vector<Hit>{{.time_start = tick_of(21),
                                                                .integral = 61 + 100 + 250 + 250 + 70,
                                                                .peak = 250,
                                                                .samples = 5,
                                                                .peak_sample = 2,
                                                                .channel = 17}}));
}

TEST_P(HitFinderTest, FindsNothingAtTheThresholdItself) {
  EXPECT_TRUE(hits(Frames(1).set(3, 5, {60, 60, 60}), settings_with(60)).empty());
}

TEST_P(HitFinderTest, FollowsAHitAcrossFrames) {
  const Frames frames = Frames(3).set(63, 62, std::vector<int>(70, 80));
  const auto found = hits(frames, settings_with(60, 1000));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].time_start, tick_of(62));
  EXPECT_EQ(found[0].samples, 70);
  EXPECT_EQ(found[0].integral, 70 * 80);
  EXPECT_EQ(found[0].peak_sample, 0);
  EXPECT_EQ(found[0].time_peak(), tick_of(62));
}

TEST_P(HitFinderTest, EndsAHitWithTheSampleThatFillsItsIntegral) {
  // 6 x 12000 is more than 65535: the sixth sample ends the hit and belongs to it, the seventh begins another.
  const auto found = hits(Frames(1).set(0, 40, std::vector<int>(8, 12'000)), settings_with(60));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].time_start, tick_of(40));
  EXPECT_EQ(found[0].samples, 6);
  EXPECT_EQ(found[0].integral, 65'535);
  EXPECT_EQ(found[1].time_start, tick_of(46));
  EXPECT_EQ(found[1].samples, 2);
  EXPECT_EQ(found[1].integral, 24'000);
}

TEST_P(HitFinderTest, EndsAFullHitWithTheFramesLastSample) {
  const auto found = hits(Frames(2).set(5, 58, std::vector<int>(6, 12'000)), settings_with(60));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].time_start, tick_of(58));
  EXPECT_EQ(found[0].samples, 6);
}

TEST_P(HitFinderTest, FollowsAHitForMoreSamplesThanASignedWordCounts) {
  // The limit is passed once, after 32767 samples: from then on the pedestal is higher by one.
  std::vector<int> above(32'766, 1);
  above.insert(above.end(), 34, 2);
  above.push_back(500);
  EXPECT_EQ(hits(Frames(515).set(3, 64, above), settings_with(0, 32'766)), (std::vector<Hit>{{.time_start = tick_of(64),
                                                                                              .integral = 32'800 + 499,
                                                                                              .peak = 499,
                                                                                              .samples = 32'801,
                                                                                              .peak_sample = 32'800,
                                                                                              .channel = 3}}));
}

TEST_P(HitFinderTest, CutsOpenHitsAtAGapAndCountsIt) {
  const Frames frames = Frames(2).set(9, 60, std::vector<int>(10, 100));
  HitCollector finder(settings_with(60), GetParam());
  frames.feed(finder, 7);
  EXPECT_EQ(finder.finder().gaps(), 1U);
  ASSERT_EQ(finder.hits().size(), 2U);
  EXPECT_EQ(finder.hits()[0].time_start, tick_of(60));
  EXPECT_EQ(finder.hits()[0].samples, 4);
  EXPECT_TRUE(finder.hits()[0].cut);
  EXPECT_EQ(finder.hits()[1].time_start, tick_of(64 + 7 * 64));
  EXPECT_EQ(finder.hits()[1].samples, 6);
  EXPECT_FALSE(finder.hits()[1].cut);
}

TEST_P(HitFinderTest, StartsAnewAsIfNothingHadBeenBefore) {
  const Frames before = Frames(2).set(4, 0, std::vector<int>(90, 500));
  const Frames after = Frames(1).set(4, 40, {20, 80, 300, 90, 61, 12});
  for (const Chain chain : {Chain::kThreshold, Chain::kAbsRunningSum, Chain::kRunningSum}) {
    const FinderSettings settings = settings_with(60, 3, chain);
    HitCollector finder(settings, GetParam());
    before.feed(finder);
    finder.start_anew();
    const std::size_t old = finder.hits().size();
    HitCollector alone(settings, GetParam());
    for (HitCollector* each : {&finder, &alone}) {
      after.feed(*each);
      each->close();
    }
    EXPECT_EQ(std::vector<Hit>(finder.hits().begin() + static_cast<std::ptrdiff_t>(old), finder.hits().end()),
              alone.hits());
    EXPECT_FALSE(alone.hits().empty());
  }
}

TEST_P(HitFinderTest, KeepsHitsOpenUntilTheDataEnd) {
  const Frames frames = Frames(1).set(9, 60, std::vector<int>(4, 100)).set(8, 50, std::vector<int>(14, 100));
  HitCollector finder(settings_with(60), GetParam());
  frames.feed(finder);
  EXPECT_TRUE(finder.hits().empty());
  EXPECT_EQ(finder.finder().open_since(), tick_of(50));
  finder.close();
  ASSERT_EQ(finder.hits().size(), 2U);
  EXPECT_EQ(finder.hits()[0].channel, 8);
  EXPECT_EQ(finder.hits()[1].channel, 9);
  EXPECT_TRUE(finder.hits()[1].cut);
  EXPECT_EQ(finder.finder().open_since(), std::nullopt);
}

TEST_P(HitFinderTest, StartsFromTheMedianOfTheFirstFrame) {
  Frames frames(1);
  frames.set(30, 0, std::vector<int>(31, 500)).set(31, 0, std::vector<int>(33, 500));
  HitCollector finder(settings_with(16'000, 1000), GetParam());
  frames.feed(finder);
  EXPECT_EQ(finder.finder().pedestal(30), kQuiet);
  EXPECT_EQ(finder.finder().pedestal(31), kQuiet + 500);
}

TEST_P(HitFinderTest, MovesThePedestalByOneForEveryElevenSamplesAbove) {
  HitCollector finder(settings_with(16'000), GetParam());
  Frames(2).set(1, 64, std::vector<int>(55, 3)).set(2, 95, std::vector<int>(33, -7)).feed(finder);
  EXPECT_EQ(finder.finder().pedestal(0), kQuiet);
  EXPECT_EQ(finder.finder().pedestal(1), kQuiet + 3);
  EXPECT_EQ(finder.finder().pedestal(2), kQuiet - 3);
}

TEST_P(HitFinderTest, GivesEachPlaneItsThresholdAndMasksChannels) {
  FinderSettings settings = settings_with(60);
  settings.planes[2].threshold_adc = 200;
  settings.plane_of[11] = 2;
  settings.masked = std::uint64_t{1} << 12U;
  Frames frames(1);
  for (const std::size_t channel : {10U, 11U, 12U}) frames.set(channel, 30, {100, 100});
  const auto found = hits(frames, settings);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].channel, 10);
}

TEST_P(HitFinderTest, OrdersHitsByEndThenByChannel) {
  const auto found = hits(Frames(1).set(40, 10, {90, 90, 90}).set(3, 12, {90}).set(7, 5, {90, 90}), settings_with(60));
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].channel, 7);
  EXPECT_EQ(found[1].channel, 3);
  EXPECT_EQ(found[2].channel, 40);
}

TEST_P(HitFinderTest, FindsAllChannelsAtOnceEveryOtherSample) {
  Frames frames(1);
  for (std::size_t c = 0; c < kChannels; ++c) {
    for (std::size_t s = 1; s < kSamples; s += 2) frames.set(c, s, {-800});
  }
  // The median of as many high as low samples is the higher, so that nothing is above it; below, half is.
  Frames inverse(2);
  for (std::size_t c = 0; c < kChannels; ++c) {
    for (std::size_t s = 64; s < 128; s += 2) inverse.set(c, s, {800});
  }
  EXPECT_TRUE(hits(frames, settings_with(60)).empty());
  EXPECT_EQ(hits(inverse, settings_with(60)).size(), kChannels * kSamples / 2);
}

TEST_P(HitFinderTest, SumsMagnitudesInTheRunningSum) {
  // R = 8 (R / 10) + 5 (|x| / 10), each division rounded: 100, 180, 244, 192, 152, 120, 96, ...
  const auto found = hits(Frames(1).set(20, 5, {-200, 200, -200}), settings_with(100, 100, Chain::kAbsRunningSum));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].time_start, tick_of(6));
  EXPECT_EQ(found[0].peak, 244);
  EXPECT_EQ(found[0].peak_sample, 1);
  EXPECT_EQ(found[0].samples, 5);
  EXPECT_EQ(found[0].integral, 180 + 244 + 192 + 152 + 120);
}

TEST_P(HitFinderTest, SumsSamplesWithTheirSignInThePlainRunningSum) {
  // 100, 180, then 8 x 18 - 5 x 20 = 44.
  const auto found = hits(Frames(1).set(20, 5, {200, 200, -200}), settings_with(99, 100, Chain::kRunningSum));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].samples, 2);
  EXPECT_EQ(found[0].integral, 280);
}

INSTANTIATE_TEST_SUITE_P(AllInstructions, HitFinderTest, testing::ValuesIn(kIsas),
                         [](const auto& instance) { return std::string(name(instance.param)); });

TEST(HitFinder, RefusesSettingsThatWouldLeaveSixteenBits) {
  const auto with = [](auto change) {
    FinderSettings settings;
    change(settings.planes[1]);
    return settings;
  };
  EXPECT_THROW(HitFinder(with([](PlaneSettings& p) { p.threshold_adc = -1; })), Error);
  EXPECT_THROW(HitFinder(with([](PlaneSettings& p) { p.limit = 0; })), Error);
  EXPECT_THROW(HitFinder(with([](PlaneSettings& p) { p.limit = 32'767; })), Error);
  EXPECT_THROW(HitFinder(with([](PlaneSettings& p) { p.memory = 11; })), Error);
  EXPECT_THROW(HitFinder(with([](PlaneSettings& p) { p.scale = -1; })), Error);
  FinderSettings no_such_plane;
  no_such_plane.plane_of[5] = 3;
  EXPECT_THROW(HitFinder{no_such_plane}, Error);
}

TEST(HitFinder, BecomesAPrimitiveInNanoseconds) {
  const Hit hit{
      .time_start = 1000, .integral = 900, .peak = 300, .samples = 4, .peak_sample = 2, .channel = 7, .cut = true};
  const model::Primitive primitive = to_primitive(hit, wib_eth_clock(Timestamp{50}));
  EXPECT_EQ(primitive.time_start_ns, 16'050);
  EXPECT_EQ(primitive.duration_ns, 2048U);
  EXPECT_EQ(primitive.peak_offset_ns, 1024U);
  EXPECT_EQ(primitive.channel, 7U);
  EXPECT_EQ(primitive.integral, 900U);
  EXPECT_EQ(primitive.peak, 300);
  EXPECT_EQ(primitive.samples, 4);
  EXPECT_EQ(primitive.flags, model::kCutByRecord);
}

}  // namespace
}  // namespace spillway::detectors::lartpc
