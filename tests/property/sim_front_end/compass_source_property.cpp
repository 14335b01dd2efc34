#include <algorithm>
#include <filesystem>
#include <fstream>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <unistd.h>

#include "sim_front_end/compass_source.hpp"

namespace spillway::sim_front_end {
namespace {

constexpr Timestamp kEpoch{1'000};

/// What comes out, in words that can be compared.
std::vector<std::tuple<std::size_t, std::int64_t, std::size_t>> play(const std::filesystem::path& file,
                                                                     const std::vector<std::int64_t>& steps) {
  CompassSelection selection;
  selection.streams = {{0, 2}, {2, 2}};
  selection.gate_channel = 1;
  selection.reorder = nanoseconds(500);
  selection.epoch = kEpoch;
  CompassSource source(file, selection);
  Batch batch;
  Timestamp bound = kEpoch;
  std::vector<std::tuple<std::size_t, std::int64_t, std::size_t>> seen;
  const auto advance = [&](Timestamp until) {
    const Timestamp before = source.watermark();
    batch.clear();
    source.advance(until, batch);
    for (const SourceFrame& frame : batch.frames) {
      RC_ASSERT(frame.time.begin >= before && frame.time.begin < source.watermark());
      seen.emplace_back(frame.stream, frame.time.begin.ns, frame.bytes.size());
    }
    for (const auto& [at, pulse, promised] : batch.pulses) {
      RC_ASSERT(pulse.time.begin >= before && pulse.time.begin < source.watermark());
      seen.emplace_back(1000 + pulse.id, pulse.time.begin.ns, 0);
    }
  };
  for (const std::int64_t step : steps) advance(bound = bound + nanoseconds(step));
  while (source.watermark() < kEpoch + seconds(1)) advance(kEpoch + seconds(1));
  // Frames and pulses of one call come apart, so only the order within each stream is claimed.
  std::stable_sort(seen.begin(), seen.end(), [](const auto& a, const auto& b) {
    const auto stream = [](const auto& entry) { return std::min<std::size_t>(std::get<0>(entry), 1000); };
    return stream(a) < stream(b);
  });
  seen.emplace_back(total(source.skipped()), 0, 0);
  return seen;
}

TEST(CompassSourceProperty, WhatComesOutDoesNotDependOnHowTimeIsCut) {
  const auto file = std::filesystem::temp_directory_path() / ("spillway-property-" + std::to_string(getpid()) + ".bin");
  EXPECT_TRUE(rc::check([&] {
    Bytes bytes = {std::byte{0xED}, std::byte{0xCA}};
    std::uint64_t time_ps = 1'000'000;
    for (const int step : *rc::gen::container<std::vector<int>>(rc::gen::inRange(-700'000, 2'000'000))) {
      time_ps = static_cast<std::uint64_t>(std::max<std::int64_t>(0, static_cast<std::int64_t>(time_ps) + step));
      detectors::caen::CompassRecord record;
      record.channel = *rc::gen::inRange<std::uint16_t>(0, 4);
      record.time_ps = time_ps;
      detectors::caen::encode_compass({0xCAED}, record, std::vector<std::uint16_t>(3), bytes);
    }
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    const auto steps = *rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, 3000));
    RC_ASSERT(play(file, steps) == play(file, {}));
  }));
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace spillway::sim_front_end
