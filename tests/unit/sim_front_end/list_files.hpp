#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "detectors/caen/compass.hpp"

namespace spillway::sim_front_end {

/// A folder of its own for each test, removed afterwards.
class Folder {
 public:
  Folder() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::temp_directory_path() /
            ("spillway-" + std::to_string(getpid()) + "-" + test->test_suite_name() + "-" + test->name());
    std::filesystem::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

struct MadeRecord {
  std::uint16_t channel = 0;
  std::uint64_t time_ps = 0;
  std::size_t samples = 4;
  std::uint16_t board = 0;
};

inline Bytes record_bytes(const MadeRecord& made, std::uint16_t word = 0xCAED) {
  detectors::caen::CompassRecord record;
  record.board = made.board;
  record.channel = made.channel;
  record.time_ps = made.time_ps;
  Bytes bytes;
  detectors::caen::encode_compass({word}, record, std::vector<std::uint16_t>(made.samples, 2740), bytes);
  return bytes;
}

inline Bytes list_bytes(const std::vector<MadeRecord>& records) {
  Bytes bytes = {std::byte{0xED}, std::byte{0xCA}};
  for (const MadeRecord& made : records) append(bytes, record_bytes(made));
  return bytes;
}

inline void write(const std::filesystem::path& file, ByteView bytes) {
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

inline Bytes contents(const std::filesystem::path& file) {
  Bytes bytes(std::filesystem::file_size(file));
  std::ifstream(file, std::ios::binary)
      .read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

}  // namespace spillway::sim_front_end
