#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "detectors/caen/compass.hpp"
#include "monitoring/online/caen_selection.hpp"

namespace spillway::online {
namespace {

namespace caen = detectors::caen;

// Channel 0 of the recorded DT5730 file pulses in coincidence with channel 1, which serves as the gate.
TEST(RecordedSelection, FindsOneCandidateInEveryRecordedGate) {
  const char* folder = std::getenv("SPILLWAY_TEST_DATA");
  const auto file = std::filesystem::path(folder == nullptr ? "" : folder) / "compass" / "compass_test_data.BIN";
  if (folder == nullptr || !std::filesystem::exists(file)) {
    GTEST_SKIP() << "SPILLWAY_TEST_DATA does not name a folder with compass/compass_test_data.BIN";
  }
  Bytes bytes(std::filesystem::file_size(file));
  std::ifstream(file, std::ios::binary)
      .read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  const caen::CompassWord word{load<std::uint16_t>(bytes)};
  CaenCuts cuts;
  cuts.shape = {.baseline_samples = 24, .threshold_adc = 50, .positive = true, .cfd_fraction = 0.3};
  cuts.default_clock = {0, {0}, 1, 1000};
  Bytes payload;
  std::vector<std::uint32_t> sizes;
  std::vector<Interval> gates;
  for (ByteView rest = ByteView(bytes).subspan(2); !rest.empty();) {
    const auto record = caen::decode_compass(word, rest);
    ASSERT_TRUE(record);
    if (record->channel == 0) {
      append(payload, rest.first(record->bytes));
      sizes.push_back(static_cast<std::uint32_t>(record->bytes));
    } else {
      const Timestamp gate{static_cast<std::int64_t>(record->time_ps / 1000)};
      gates.push_back({gate - microseconds(1), gate + microseconds(3)});
    }
    rest = rest.subspan(record->bytes);
  }
  std::vector<Hit> hits;
  Counters rejected;
  find_caen(cuts, {0, model::Encoding::of(model::EncodingFamily::kCompass, word.value), payload, sizes, {}}, hits,
            rejected);
  EXPECT_TRUE(rejected.empty());
  ASSERT_EQ(hits.size(), 51U);
  ASSERT_EQ(gates.size(), 51U);
  for (std::size_t i = 0; i < gates.size(); ++i) {
    EXPECT_TRUE(gates[i].contains(hits[i].time.begin)) << i;
    const Duration offset = milliseconds(50);
    EXPECT_FALSE((Interval{gates[i].begin + offset, gates[i].end + offset}).contains(hits[i].time.begin)) << i;
  }
}

}  // namespace
}  // namespace spillway::online
