#include "sim_front_end/list_file_writer.hpp"

#include <algorithm>
#include <map>

#include "list_files.hpp"

namespace spillway::sim_front_end {
namespace {

using detectors::caen::CompassRecord;

struct Listed {
  Bytes bytes;
  std::map<std::uint16_t, std::vector<CompassRecord>> records;
  std::vector<std::uint64_t> times;
};

Listed list(const std::filesystem::path& file) {
  Listed listed;
  listed.bytes = contents(file);
  ByteView rest = ByteView(listed.bytes).subspan(2);
  while (!rest.empty()) {
    const auto record = detectors::caen::decode_compass({load<std::uint16_t>(listed.bytes)}, rest);
    if (!record) {
      ADD_FAILURE() << "a record does not decode";
      break;
    }
    listed.records[record->channel].push_back(*record);
    listed.times.push_back(record->time_ps);
    rest = rest.subspan(record->bytes);
  }
  return listed;
}

TEST(ListFileWriter, MakesAFileLikeThatOfTheRealDigitiser) {
  const Folder folder;
  ListFileOptions options;
  options.gates = 51;
  write_compass_file(folder / "a.bin", options);
  const Listed listed = list(folder / "a.bin");
  EXPECT_EQ(load<std::uint16_t>(listed.bytes), 0xCAED);
  EXPECT_EQ(listed.bytes.size(), 206'552U);
  ASSERT_EQ(listed.records.at(0).size(), 51U);
  ASSERT_EQ(listed.records.at(1).size(), 51U);
  EXPECT_FALSE(std::is_sorted(listed.times.begin(), listed.times.end()));
  for (std::size_t i = 0; i < 51; ++i) {
    const CompassRecord& pulse = listed.records.at(0)[i];
    const auto apart = static_cast<std::int64_t>(pulse.time_ps - listed.records.at(1)[i].time_ps);
    EXPECT_LE(std::abs(apart), 2'000);
    double baseline = 0;
    std::uint16_t peak = 0;
    for (std::size_t k = 0; k < 24; ++k) baseline += pulse.sample(k) / 24.0;
    for (std::size_t k = 0; k < pulse.sample_count(); ++k) peak = std::max(peak, pulse.sample(k));
    EXPECT_NEAR(baseline, 2740, 4);
    EXPECT_NEAR(peak, 3530, 25);
  }
  const std::vector<CompassRecord>& gates = listed.records.at(1);
  for (std::size_t i = 1; i < gates.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(gates[i].time_ps - gates[i - 1].time_ps), 1e11, 2e4);
  }
}

TEST(ListFileWriter, GivesTheSameBytesForTheSameOptionsAndOthersForAnotherSeed) {
  const Folder folder;
  ListFileOptions options;
  options.channels = {0, 2, 3};
  options.background_hz = 100;
  write_compass_file(folder / "a.bin", options);
  write_compass_file(folder / "b.bin", options);
  options.seed = 2;
  write_compass_file(folder / "c.bin", options);
  EXPECT_EQ(contents(folder / "a.bin"), contents(folder / "b.bin"));
  EXPECT_NE(contents(folder / "a.bin"), contents(folder / "c.bin"));
}

TEST(ListFileWriter, PutsBackgroundAtRandomTimesInTheOrderOfEachChannel) {
  const Folder folder;
  ListFileOptions options;
  options.gates = 100;
  options.background_hz = 200;
  options.signal_probability = 0.5;
  write_compass_file(folder / "a.bin", options);
  const Listed listed = list(folder / "a.bin");
  // 10 s at 200 Hz, and half of 100 signals.
  EXPECT_NEAR(static_cast<double>(listed.records.at(0).size()), 2050, 5 * 45);
  for (const auto& [channel, records] : listed.records) {
    for (std::size_t i = 1; i < records.size(); ++i) EXPECT_GT(records[i].time_ps, records[i - 1].time_ps);
  }
}

TEST(ListFileWriter, RefusesOptionsThatMakeNoSense) {
  const Folder folder;
  ListFileOptions options;
  options.channels = {0, 1};
  EXPECT_THROW(write_compass_file(folder / "a.bin", options), Error);
  options = {};
  options.signal_probability = 2;
  EXPECT_THROW(write_compass_file(folder / "a.bin", options), Error);
  EXPECT_THROW(write_compass_file((folder / "no") / "a.bin", {}), Error);
}

}  // namespace
}  // namespace spillway::sim_front_end
