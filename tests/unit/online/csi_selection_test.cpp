#include "monitoring/online/csi_selection.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "detectors/caen/dpp_daw.hpp"
#include "detectors/csi_laapd/waveform.hpp"

namespace spillway::online {
namespace {

namespace csi = detectors::csi_laapd;
namespace caen = detectors::caen;

constexpr std::uint16_t kBaseline = 1000;
constexpr Timestamp kEpoch{1'000'000'000};

csi::Electronics electronics() {
  csi::Electronics made;
  made.sample_ns = 20;
  made.tick_ns = 20;
  made.pre_samples = 150;
  return made;
}

class CsiSelectionTest : public ::testing::Test {
 protected:
  /// The mean pulse of `eh` pairs whose light begins `at_ns` after the epoch, in a record of its own.
  Bytes record(std::int64_t at_ns, double eh) const {
    std::vector<std::uint16_t> samples(150, kBaseline);
    for (const double height : csi::mean_pulse(electronics())) {
      samples.push_back(static_cast<std::uint16_t>(std::lround(kBaseline + eh * height)));
    }
    samples.resize(1000, kBaseline);
    caen::DppDawRecord made;
    made.ticks = static_cast<std::uint64_t>(at_ns / 20);
    made.baseline = kBaseline;
    Bytes bytes;
    caen::encode_dpp_daw(made, samples, bytes);
    return bytes;
  }
  void find(std::uint32_t stream, const std::vector<Bytes>& records) {
    Bytes payload;
    std::vector<std::uint32_t> sizes;
    for (const Bytes& bytes : records) {
      append(payload, ByteView(bytes));
      sizes.push_back(static_cast<std::uint32_t>(bytes.size()));
    }
    selection.find({stream, model::Encoding::of(model::EncodingFamily::kDppDaw), payload, sizes, clock}, hits,
                   rejected);
  }
  std::vector<Candidate> selected() const {
    std::vector<Candidate> candidates;
    selection.select({}, hits, candidates);
    return candidates;
  }

  // The time in a record is that of the trigger; here it is where the light begins.
  CsiSelection selection{
      {microseconds(2), 4.7, 1, 40}, {electronics(), 1000, 1000, 4}, 20, {0, kEpoch - nanoseconds(3000), 20, 1}};
  std::vector<detectors::ClockSegment> clock;
  std::vector<Hit> hits;
  Counters rejected;
};

TEST_F(CsiSelectionTest, AddsTheChargesOfBothSensors) {
  find(2, {record(10'000, 20)});
  find(3, {record(10'400, 27)});
  const auto candidates = selected();
  ASSERT_EQ(candidates.size(), 1U);
  EXPECT_NEAR(candidates[0].energy, 10, 0.05);
  EXPECT_NEAR(static_cast<double>((candidates[0].time - kEpoch).ns), 10'000, 40);
}

TEST_F(CsiSelectionTest, WantsBothSensorsOfOneCrystal) {
  find(1, {record(10'000, 20)});
  find(2, {record(10'000, 20)});
  EXPECT_EQ(hits.size(), 2U);
  EXPECT_TRUE(selected().empty());
}

TEST_F(CsiSelectionTest, WantsThemWithinTheCoincidence) {
  find(0, {record(10'000, 20), record(50'000, 20)});
  find(1, {record(12'200, 20), record(48'200, 20)});
  ASSERT_EQ(selected().size(), 1U);
  EXPECT_NEAR(static_cast<double>((selected()[0].time - kEpoch).ns), 48'200, 40);
}

TEST_F(CsiSelectionTest, UsesAPulseOnce) {
  hits = {{0, 0, {kEpoch, kEpoch}, kEpoch, 20, 0},
          {1, 0, {kEpoch + nanoseconds(100), kEpoch}, kEpoch, 20, 0},
          {1, 0, {kEpoch + nanoseconds(200), kEpoch}, kEpoch, 20, 0}};
  EXPECT_EQ(selected().size(), 1U);
}

TEST_F(CsiSelectionTest, CutsOnEnergy) {
  const auto both = [&](double eh) {
    hits = {{6, 0, {kEpoch, kEpoch}, kEpoch, eh / 2, 0}, {7, 0, {kEpoch, kEpoch}, kEpoch, eh / 2, 0}};
    return selected().size();
  };
  EXPECT_EQ(both(4.7 * 0.99), 0U);
  EXPECT_EQ(both(4.7 * 1.01), 1U);
  EXPECT_EQ(both(4.7 * 39.9), 1U);
  EXPECT_EQ(both(4.7 * 40.1), 0U);
}

TEST_F(CsiSelectionTest, TakesTheClockOfTheFileWhereItHasOne) {
  clock = {{0, kEpoch + seconds(7), 20, 1}};
  find(0, {record(10'000, 20)});
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_NEAR(static_cast<double>((hits[0].time.begin - kEpoch).ns), 7e9 + 10'000 + 3000, 40);
}

TEST_F(CsiSelectionTest, CountsWhatItCannotRead) {
  Bytes cut = record(0, 20);
  cut.resize(cut.size() - 4);
  Bytes unmarked = record(0, 20);
  unmarked[3] = std::byte{0};
  find(0, {cut});
  find(0, {unmarked});
  const Bytes good = record(0, 20);
  const std::vector<std::uint32_t> too_long = {1'000'000};
  selection.find({0, model::Encoding::of(model::EncodingFamily::kDppDaw), good, too_long, {}}, hits, rejected);
  selection.find({0, model::Encoding::of(model::EncodingFamily::kCompass), good, too_long, {}}, hits, rejected);
  EXPECT_EQ(rejected["truncated"], 1U);
  EXPECT_EQ(rejected["bad_version"], 1U);
  EXPECT_EQ(rejected["bad_sizes"], 1U);
  EXPECT_EQ(rejected["unknown_encoding"], 1U);
  EXPECT_TRUE(hits.empty());
}

}  // namespace
}  // namespace spillway::online
