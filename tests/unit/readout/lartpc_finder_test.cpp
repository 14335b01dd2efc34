#include "readout/lartpc_finder.hpp"

#include <gtest/gtest.h>

#include "detectors/lartpc/geometry.hpp"
#include "detectors/registry.hpp"

namespace spillway::readout {
namespace {

using namespace detectors::lartpc;

constexpr Timestamp kEpoch{5'000};
constexpr std::int64_t kFrameNs = kTickNs * kTicksPerFrame;

/// Frame `number` of a collection link, with a pulse on channel 7 from sample `first` on.
Bytes frame_with_pulse(std::uint64_t number, std::size_t first, std::size_t samples) {
  AdcBlock adc;
  for (AdcRow& row : adc) row.fill(900);
  for (std::size_t s = first; s < first + samples; ++s) adc[s][7] = 1000;
  DaqEthHeader daq = address_of(70);
  daq.timestamp = number * kTicksPerFrame;
  Bytes bytes(kFrameBytes);
  encode_wib_eth(daq, {}, adc, std::span<std::byte, kFrameBytes>(bytes));
  return bytes;
}

class LartpcFinderTest : public testing::Test {
 protected:
  LartpcFinderTest() : config_(Config::parse("[detector.tpc]\nfacility = \"lhc\"\nkind = \"lartpc\"\n", "test.toml")) {
    model::Detector& detector = setup_.detectors.emplace_back();
    detector.name = "tpc";
    detector.kind = "lartpc";
    detector.clock = wib_eth_clock(kEpoch);
    made_ = make_lartpc(config_, setup_, detector, "tpc/70");
  }
  void find(std::uint64_t number, const Bytes& bytes) {
    const Timestamp begin = kEpoch + Duration{static_cast<std::int64_t>(number) * kFrameNs};
    made_.finder->find(model::Encoding::of(model::EncodingFamily::kWibEth),
                       {{begin, begin + Duration{kFrameNs}}, bytes}, found_);
  }
  Config config_;
  model::Setup setup_;
  StreamElectronics made_;
  std::vector<model::Primitive> found_;
};

TEST_F(LartpcFinderTest, FindsHitsOfItsLinkInTai) {
  EXPECT_EQ(made_.description.channel, address_of(70).link());
  find(3, frame_with_pulse(3, 10, 5));
  ASSERT_EQ(found_.size(), 1U);
  EXPECT_EQ(found_[0].time_start_ns, (kEpoch + Duration{3 * kFrameNs + 10 * 512}).ns);
  EXPECT_EQ(found_[0].duration_ns, 5U * 512U);
  EXPECT_EQ(found_[0].channel, 7U);
  EXPECT_EQ(found_[0].peak, 100);
  EXPECT_EQ(found_[0].integral, 500U);
  EXPECT_EQ(made_.finder->open_since(), Timestamp::max());
}

TEST_F(LartpcFinderTest, EndsAHitWhereTheWindowsLastFrameEndsAndNoneFollows) {
  find(3, frame_with_pulse(3, 60, 4));
  EXPECT_TRUE(found_.empty());
  EXPECT_EQ(made_.finder->open_since(), kEpoch + Duration{3 * kFrameNs + 60 * 512});
  // The next frame may still come.
  made_.finder->pass(kEpoch + Duration{4 * kFrameNs}, found_);
  EXPECT_TRUE(found_.empty());
  made_.finder->pass(kEpoch + Duration{4 * kFrameNs + 1}, found_);
  ASSERT_EQ(found_.size(), 1U);
  EXPECT_EQ(found_[0].flags, static_cast<std::uint32_t>(model::kCutByRecord));
  EXPECT_EQ(made_.finder->open_since(), Timestamp::max());
}

TEST_F(LartpcFinderTest, FollowsAHitIntoTheNextFrame) {
  find(3, frame_with_pulse(3, 60, 4));
  find(4, frame_with_pulse(4, 0, 6));
  ASSERT_EQ(found_.size(), 1U);
  EXPECT_EQ(found_[0].samples, 10);
  EXPECT_EQ(found_[0].flags, 0U);
}

}  // namespace
}  // namespace spillway::readout
