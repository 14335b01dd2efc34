#include "detectors/lartpc/link_finder.hpp"

#include <gtest/gtest.h>

#include "detectors/lartpc/wibeth.hpp"
#include "tests/support/wibeth_frames.hpp"

namespace spillway::detectors::lartpc {
namespace {

Bytes frame_of(std::uint16_t samples, std::uint64_t number) {
  AdcBlock block;
  for (AdcRow& row : block) row.fill(samples);
  return test::wib_eth_frame(block, kTicksPerFrame * number);
}

TEST(LinkFinder, KeepsPedestalsOverAGapOfLostFramesAndStartsAnewAfterALongOne) {
  FinderSettings settings;
  for (PlaneSettings& plane : settings.planes) plane.threshold_adc = 10;
  constexpr std::uint64_t kFirst = 1000;
  constexpr std::uint64_t kMost = kRememberedTicks / kTicksPerFrame;
  for (const std::uint64_t skip : {std::uint64_t{1}, kMost, kMost + 1, std::uint64_t{1} << 20}) {
    LinkFinder finder(settings, {});
    std::vector<model::Primitive> found;
    const Bytes first = frame_of(900, kFirst);
    // With the old pedestals a hit of every channel, with its own none.
    const Bytes second = frame_of(930, kFirst + 1 + skip);
    for (const Bytes& frame : {first, second}) finder.find(*decode_wib_eth(frame), found);
    finder.close(found);
    EXPECT_EQ(found.size(), skip <= kMost ? kChannels : 0U) << skip;
  }
}

}  // namespace
}  // namespace spillway::detectors::lartpc
