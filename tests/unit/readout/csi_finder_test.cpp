#include "readout/csi_finder.hpp"

#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "detectors/caen/dpp_daw.hpp"
#include "detectors/csi_laapd/waveform.hpp"

namespace spillway::readout {
namespace {

namespace csi = detectors::csi_laapd;

constexpr std::uint16_t kBaseline = 1000;
constexpr Timestamp kBegin{5'000'000};

csi::Electronics electronics() {
  csi::Electronics made;
  made.sample_ns = 20;
  return made;
}

/// Mean pulses of these charges, whose light begins at these samples of a record.
Bytes record(const std::vector<std::pair<std::size_t, double>>& pulses, std::size_t count = 1200) {
  std::vector<double> heights(count, kBaseline);
  const std::vector<double> shape = csi::mean_pulse(electronics());
  for (const auto& [at, eh] : pulses) {
    for (std::size_t i = 0; i < shape.size() && at + i < count; ++i) heights[at + i] += eh * shape[i];
  }
  std::vector<std::uint16_t> samples;
  for (const double height : heights) samples.push_back(static_cast<std::uint16_t>(std::lround(height)));
  detectors::caen::DppDawRecord made;
  made.baseline = kBaseline;
  Bytes bytes;
  detectors::caen::encode_dpp_daw(made, samples, bytes);
  return bytes;
}

std::vector<model::Primitive> found_in(const Bytes& bytes) {
  CsiFinder finder(csi::ChargeFilter(electronics(), 1000, 1000, 4));
  std::vector<model::Primitive> found;
  finder.find(model::Encoding::of(model::EncodingFamily::kDppDaw), {{kBegin, kBegin + nanoseconds(24'000)}, bytes},
              found);
  return found;
}

TEST(CsiFinder, TellsWhenLightCameAndHowMuch) {
  const auto found = found_in(record({{150, 50}}));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NEAR(static_cast<double>(found[0].time_start_ns - kBegin.ns), 150 * 20, 20);
  // Twice the shaping time, which is that of the scintillation here; rounding makes the top 150 ns wide.
  EXPECT_NEAR(found[0].peak_offset_ns, 2000, 100);
  EXPECT_NEAR(found[0].peak, 50 * 8, 1);
  const auto shape = csi::mean_pulse(electronics());
  EXPECT_NEAR(found[0].integral, 50 * std::accumulate(shape.begin(), shape.end(), 0.0), 400);
  EXPECT_EQ(found[0].flags, 0U);
}

TEST(CsiFinder, HasItsThresholdInPrimaryCharges) {
  EXPECT_TRUE(found_in(record({{150, 3.7}})).empty());
  EXPECT_EQ(found_in(record({{150, 4.3}})).size(), 1U);
}

TEST(CsiFinder, SeparatesPulsesOfOneRecord) {
  const auto found = found_in(record({{150, 20}, {750, 40}}));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_NEAR(static_cast<double>(found[1].time_start_ns - found[0].time_start_ns), 600 * 20, 40);
  EXPECT_GT(found[1].integral, found[0].integral);
}

TEST(CsiFinder, NothingBeginsBeforeItsRecord) {
  const auto found = found_in(record({{0, 500}}));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_GE(found[0].time_start_ns, kBegin.ns);
}

TEST(CsiFinder, MarksWhatTheRecordCutAndSkipsWhatItCannotRead) {
  const auto found = found_in(record({{150, 500}}, 300));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].flags, static_cast<std::uint32_t>(model::kCutByRecord));
  Bytes bad = record({{150, 500}});
  bad[3] = std::byte{0};
  EXPECT_TRUE(found_in(bad).empty());
}

}  // namespace
}  // namespace spillway::readout
