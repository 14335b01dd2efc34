#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include <gtest/gtest.h>

#include "detectors/caen/compass.hpp"

namespace spillway::detectors::caen {
namespace {

TEST(RecordedFile, OfARealDigitiserIsConsumedExactly) {
  const char* folder = std::getenv("SPILLWAY_TEST_DATA");
  const auto file = std::filesystem::path(folder == nullptr ? "" : folder) / "compass" / "compass_test_data.BIN";
  if (folder == nullptr || !std::filesystem::exists(file)) {
    GTEST_SKIP() << "SPILLWAY_TEST_DATA does not name a folder with compass/compass_test_data.BIN";
  }
  Bytes bytes(std::filesystem::file_size(file));
  std::ifstream(file, std::ios::binary)
      .read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  ASSERT_EQ(bytes.size(), 206'552U);
  const CompassWord word{load<std::uint16_t>(bytes)};
  ASSERT_TRUE(word.valid());
  EXPECT_EQ(word.value, 0xCAED);
  ByteView rest = ByteView(bytes).subspan(2);
  std::map<std::uint16_t, int> records;
  while (!rest.empty()) {
    const auto record = decode_compass(word, rest);
    ASSERT_TRUE(record);
    EXPECT_EQ(record->sample_count(), 1000U);
    ++records[record->channel];
    Bytes again;
    std::vector<std::uint16_t> samples;
    for (std::size_t i = 0; i < record->sample_count(); ++i) samples.push_back(record->sample(i));
    encode_compass(word, *record, samples, again);
    EXPECT_TRUE(std::equal(again.begin(), again.end(), rest.begin()));
    rest = rest.subspan(record->bytes);
  }
  EXPECT_EQ(records, (std::map<std::uint16_t, int>{{0, 51}, {1, 51}}));
}

}  // namespace
}  // namespace spillway::detectors::caen
