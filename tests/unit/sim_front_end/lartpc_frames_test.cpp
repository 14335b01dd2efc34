#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "detectors/lartpc/chamber.hpp"
#include "detectors/registry.hpp"
#include "sim_front_end/digitiser.hpp"
#include "sim_front_end/lartpc/frames.hpp"

namespace spillway::sim_front_end::lartpc {
namespace {

using namespace detectors::lartpc;

constexpr double kRms = 7.3;

const NoisePool& pool() {
  static const NoisePool made(42, kRms);
  return made;
}

std::vector<double> samples_of(std::size_t wire, std::uint64_t blocks) {
  std::vector<double> samples;
  for (std::uint64_t b = 0; b < blocks; ++b) {
    const std::int16_t* block = pool().block(b).of(wire);
    samples.insert(samples.end(), block, block + NoisePool::kBlock);
  }
  return samples;
}

TEST(NoisePool, HasTheVarianceAskedForAndGaussianTails) {
  double sum = 0, sum2 = 0, sum4 = 0, count = 0;
  for (std::size_t wire = 0; wire < kAllWires; wire += 7) {
    for (const double x : samples_of(wire, 2)) {
      sum += x;
      sum2 += x * x;
      sum4 += x * x * x * x;
      ++count;
    }
  }
  const double variance = sum2 / count;
  // Samples are correlated over some seven neighbours.
  EXPECT_NEAR(sum / count, 0, 4 * kRms / std::sqrt(count / 7));
  EXPECT_NEAR(std::sqrt(variance), kRms, 0.01 * kRms);
  EXPECT_NEAR(sum4 / count / (variance * variance), 3, 0.05);
}

TEST(NoisePool, HasTheSpectrumOfTheShaper) {
  // White noise behind a filter is correlated as the filter is with itself (Wiener and Khinchin).
  const auto tap = [](int i) { return i < 0 || i >= 16 ? 0.0 : shaped((i + 1) * kSampleUs); };
  for (int lag = 0; lag < 12; ++lag) {
    double expected = 0, power = 0, seen = 0, count = 0;
    for (int i = 0; i < 16; ++i) {
      expected += tap(i) * tap(i + lag);
      power += tap(i) * tap(i);
    }
    for (std::size_t wire = 0; wire < 4000; ++wire) {
      const std::int16_t* x = pool().block(5).of(wire);
      for (std::size_t i = 0; i + static_cast<std::size_t>(lag) < NoisePool::kBlock; ++i) {
        seen += x[i] * x[i + static_cast<std::size_t>(lag)];
        ++count;
      }
    }
    EXPECT_NEAR(seen / count / (kRms * kRms), expected / power, 0.02) << lag;
  }
}

TEST(NoisePool, GivesNoTwoWiresTheSameNumbersInABlock) {
  for (const std::uint64_t block : {0ULL, 1ULL, 77ULL, 123'456'789ULL}) {
    std::vector<const std::int16_t*> begins;
    for (std::size_t wire = 0; wire < kAllWires; ++wire) begins.push_back(pool().block(block).of(wire));
    std::sort(begins.begin(), begins.end());
    // The pool is a circle whose first block lies at its end once more.
    for (std::size_t i = 1; i < begins.size(); ++i) {
      ASSERT_GE(begins[i] - begins[i - 1], static_cast<std::ptrdiff_t>(NoisePool::kBlock));
    }
    ASSERT_LE(begins.back() + NoisePool::kBlock - begins.front(), static_cast<std::ptrdiff_t>(NoisePool::kSamples));
  }
}

TEST(NoisePool, LeavesNeighbouringWiresUncorrelated) {
  for (const std::size_t distance : {1UL, 2UL, 64UL}) {
    double sum = 0, count = 0;
    for (std::size_t wire = 0; wire + distance < 4000; ++wire) {
      const std::int16_t* a = pool().block(3).of(wire);
      const std::int16_t* b = pool().block(3).of(wire + distance);
      for (std::size_t i = 0; i < NoisePool::kBlock; ++i) {
        sum += a[i] * b[i];
        ++count;
      }
    }
    EXPECT_NEAR(sum / count / (kRms * kRms), 0, 0.01);
  }
}

TEST(NoisePool, MovesToOtherNumbersInEachBlock) {
  std::set<const std::int16_t*> begins;
  for (std::uint64_t block = 0; block < 1000; ++block) begins.insert(pool().block(block).of(17));
  EXPECT_GT(begins.size(), 995U);
}

TEST(FrameWriter, WritesPedestalNoiseAndSignalOfEachWire) {
  const NoisePool& noise = pool();
  const std::size_t link = 70;  // collection
  const FrameWriter writer(5, link, noise);
  WireSignals::Tile tile;
  tile.touched = 1ULL << 33U;
  tile.channels[33].fill(0);
  tile.channels[33][10] = 100 * WireSignals::kScale;
  tile.channels[33][11] = 30'000 * WireSignals::kScale;
  tile.channels[33][12] = -30'000 * WireSignals::kScale;
  Bytes bytes(kFrameBytes);
  writer.write(6, 9, &tile, std::span<std::byte, kFrameBytes>(bytes));
  const auto view = decode_wib_eth(bytes);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->timestamp(), 6U * 2048U);
  EXPECT_EQ(view->daq_header().sequence, 9);
  EXPECT_EQ(view->daq_header().link(), address_of(link).link());
  EXPECT_EQ(view->wib_header().colddata_timestamp[0], 6U * 2048U);
  for (std::size_t c = 0; c < kChannels; ++c) {
    const std::int16_t* own = noise.block(1).of(link * kChannels + c) + 128;
    for (std::size_t s = 0; s < detectors::lartpc::kSamples; ++s) {
      int expected = pedestal_of(5, link, c) + own[s];
      if (c == 33 && s == 10) expected += 100;
      if (c == 33 && s == 11) expected = 16383;
      if (c == 33 && s == 12) expected = 0;
      ASSERT_EQ(view->adc(c, s), expected) << c << ' ' << s;
    }
  }
}

TEST(WireSignals, PutAPointOnTheWireAboveItAtItsDriftTime) {
  ChamberProperties chamber;
  WireSignals signals(chamber);
  std::array<bool, kLinks> wanted{};
  wanted.fill(true);
  signals.begin(25, 20, wanted);
  const Point at{1000, 300, 1501.5};
  const std::int64_t time_ns = 12 * kFrameNs;
  const std::vector<Deposit> deposits = {{at, 1.0, kMinimumLossPerCm}};
  signals.add(deposits, time_ns);
  double most = 0;
  double area = 0;
  std::int64_t when = 0;
  LinkChannel loudest;
  for (std::size_t frame = 0; frame < 20; ++frame) {
    for (std::size_t link = first_link(1, Plane::kY); link < kLinks; ++link) {
      const WireSignals::Tile* tile = signals.tile(link, frame);
      if (tile == nullptr) continue;
      for (std::size_t c = 0; c < kChannels; ++c) {
        if ((tile->touched >> c & 1U) == 0) continue;
        for (std::size_t s = 0; s < detectors::lartpc::kSamples; ++s) {
          const double adc = tile->channels[c][s] / double{WireSignals::kScale};
          area += adc;
          if (adc <= most) continue;
          most = adc;
          when = (25 + static_cast<std::int64_t>(frame)) * kFrameNs + static_cast<std::int64_t>(s) * 512;
          loudest = {link, c};
        }
      }
    }
  }
  EXPECT_EQ(loudest, channel_of({1, Plane::kY, 500}));
  // 1 m of drift at 1.6 mm/us, then the amplifier's peaking time.
  EXPECT_NEAR(static_cast<double>(when - time_ns) / 1000, 625 + kPeakingUs, 1.2);
  const double electrons = 1 / kMevPerElectron * recombination(2.1) * std::exp(-0.0625);
  double shaper = 0;
  for (int i = 0; i < 1000; ++i) shaper += shaped(i * kSampleUs / 16) / 16;
  EXPECT_NEAR(area, electrons * chamber.adc_per_electron * shaper, 0.01 * area);
  // Nothing is induced in the other volume.
  for (std::size_t link = 0; link < kVolumeLinks; ++link) {
    for (std::size_t frame = 0; frame < 20; ++frame) EXPECT_EQ(signals.tile(link, frame), nullptr);
  }
}

struct Bench {
  Bench(bool gated, const std::string& links)
      : config(Config::parse(fmt::format("[detector.lartpc]\nfacility = \"lhc\"\nkind = \"lartpc\"\nlinks = {}\n"
                                         "[simulation.lartpc]\nsignal_rate_scale = 10\n",
                                         links),
                             "test.toml")) {
    setup.epoch = {1'000'000'000};
    model::Detector& detector = setup.detectors.emplace_back();
    detector.name = "lartpc";
    detector.kind = "lartpc";
    detector.gated = gated;
    detector.streams = chamber_streams("lartpc", detectors::detector_section(config, "lartpc"));
    digitiser = sim_front_end::make_digitiser({config, setup, 0, 3});
  }
  Config config;
  model::Setup setup;
  std::unique_ptr<Digitiser> digitiser;
  std::vector<SourceFrame> frames;
  std::vector<model::TruthEvent> truth;
};

TEST(ChamberDigitiser, SendsExactlyTheFramesThatOverlapAWindow) {
  Bench bench(true, "[70]");
  const Timestamp epoch = bench.setup.epoch;
  const std::vector<Interval> windows = {
      {epoch + Duration{10 * kFrameNs}, epoch + Duration{12 * kFrameNs}},
      {epoch + Duration{20 * kFrameNs + 5}, epoch + Duration{20 * kFrameNs + 6}},
  };
  bench.digitiser->simulate({{epoch, epoch + Duration{15 * kFrameNs}}, {}, windows}, bench.frames, bench.truth);
  bench.digitiser->simulate({{epoch + Duration{15 * kFrameNs}, epoch + Duration{40 * kFrameNs}}, {}, windows},
                            bench.frames, bench.truth);
  ASSERT_EQ(bench.frames.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    const std::int64_t number = i < 2 ? 10 + static_cast<std::int64_t>(i) : 20;
    EXPECT_EQ(bench.frames[i].time.begin, epoch + Duration{number * kFrameNs});
    const auto view = decode_wib_eth(bench.frames[i].bytes);
    EXPECT_EQ(view->timestamp(), static_cast<std::uint64_t>(number) * 2048);
    EXPECT_EQ(view->daq_header().sequence, i);
  }
}

TEST(ChamberDigitiser, SendsFramesThatTheReadoutCanTime) {
  Bench bench(false, "[0, 175]");
  const Timestamp epoch = bench.setup.epoch;
  bench.digitiser->simulate({{epoch, epoch + Duration{3 * kFrameNs}}, {}, {}}, bench.frames, bench.truth);
  ASSERT_EQ(bench.frames.size(), 6U);
  for (const SourceFrame& frame : bench.frames) {
    const auto time = detectors::frame_time(bench.digitiser->encoding(), frame.bytes, wib_eth_clock(epoch), 512);
    ASSERT_TRUE(time);
    EXPECT_EQ(time->time, frame.time);
    EXPECT_EQ(time->channel, address_of(frame.stream == 0 ? 0 : 175).link());
  }
}

TEST(ChamberDigitiser, ReportsTheTruthOfItsSpanOnce) {
  Bench whole(false, "[70]");
  Bench parts(false, "[70]");
  const Timestamp epoch = whole.setup.epoch;
  model::Pulse pulse;
  pulse.id = 4;
  pulse.time = {epoch + microseconds(500), epoch + microseconds(586)};
  pulse.protons = 3.036e14;
  const std::vector<model::Pulse> pulses = {pulse};
  whole.digitiser->simulate({{epoch, epoch + milliseconds(3)}, pulses, {}}, whole.frames, whole.truth);
  for (int us = 0; us < 3000; us += 13) {
    const Interval span{epoch + microseconds(us), epoch + microseconds(std::min(3000, us + 13))};
    parts.digitiser->simulate({span, pulses, {}}, parts.frames, parts.truth);
  }
  EXPECT_EQ(whole.truth, parts.truth);
  const auto signals = std::count_if(whole.truth.begin(), whole.truth.end(), [](const auto& t) { return t.signal; });
  EXPECT_GT(signals, 3);
  for (const model::TruthEvent& event : whole.truth) {
    if (!event.signal) continue;
    EXPECT_EQ(event.kind, model::TruthKind::kNueAr);
    EXPECT_EQ(event.pulse_id, 4U);
    EXPECT_EQ(event.above_threshold, event.energy_kev >= 5000);
    EXPECT_GT(event.neutrino_mev, 1e-3 * event.energy_kev);
  }
}

}  // namespace
}  // namespace spillway::sim_front_end::lartpc
