#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/cli/folder.hpp"

namespace spillway::cli {
namespace {

std::string text_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return (std::ostringstream() << in.rdbuf()).str();
}

class Primitives : public testing::Test {
 protected:
  void SetUp() override {
    frames_ = folder_ / "t1.bin";
    csv_ = folder_ / "t1.csv";
    ASSERT_EQ(spillway({"generate", "--set", "T1", "--frames", "40", "--out", frames_}).status, kOk);
  }
  Folder folder_;
  std::string frames_;
  std::string csv_;
};

TEST_F(Primitives, AreTheSameWithAllInstructionsAndSortedByTime) {
  const Outcome scalar = spillway({"primitives", frames_, "--threshold", "40", "--isa", "scalar", "--csv", csv_});
  EXPECT_EQ(scalar.status, kOk) << scalar.err;
  const std::string expected = text_of(csv_);
  std::istringstream lines(expected);
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "time_start,channel,integral,peak,time_peak,time_over_threshold");
  std::size_t count = 0;
  for (std::uint64_t before = 0; std::getline(lines, line); ++count) {
    const std::uint64_t now = std::stoull(line);
    EXPECT_GE(now, before);
    before = now;
  }
  EXPECT_GT(count, 100U);
  for (const std::string isa : {"avx2", "avx512"}) {
    const Outcome other = spillway({"primitives", frames_, "--threshold", "40", "--isa", isa, "--csv", csv_});
    if (other.status == kUsage) continue;  // not on this processor
    EXPECT_EQ(text_of(csv_), expected) << isa;
  }
}

TEST_F(Primitives, CountChannelsOnFromLinkToLink) {
  std::string twice;
  const std::string once = text_of(frames_);
  for (std::size_t at = 0; at < once.size(); at += 7200) twice += once.substr(at, 7200) + once.substr(at, 7200);
  const std::string both = folder_ / "both.bin";
  std::ofstream(both, std::ios::binary) << twice;
  const std::string one_csv = folder_ / "one.csv";
  ASSERT_EQ(spillway({"primitives", frames_, "--threshold", "40", "--csv", one_csv}).status, kOk);
  ASSERT_EQ(spillway({"primitives", both, "--threshold", "40", "--links", "2", "--csv", csv_}).status, kOk);
  std::size_t on_second = 0;
  std::size_t all = 0;
  std::istringstream lines(text_of(csv_));
  std::string line;
  std::getline(lines, line);
  for (; std::getline(lines, line); ++all) on_second += std::stoul(line.substr(line.find(',') + 1)) >= 64 ? 1 : 0;
  const std::string one = text_of(one_csv);
  EXPECT_EQ(all, 2 * on_second);
  EXPECT_EQ(static_cast<std::ptrdiff_t>(on_second), std::count(one.begin(), one.end(), '\n') - 1);
}

TEST_F(Primitives, RefuseAFileThatEndsWithinAFrame) {
  std::ofstream(frames_, std::ios::binary | std::ios::app) << "half a frame";
  const Outcome outcome = spillway({"primitives", frames_, "--threshold", "40", "--csv", csv_});
  EXPECT_EQ(outcome.status, kUsage);
  EXPECT_NE(outcome.err.find("ends within a frame"), std::string::npos) << outcome.err;
}

TEST_F(Primitives, LeaveOutFramesOfAnUnknownVersionAndSaySo) {
  std::fstream(frames_, std::ios::binary | std::ios::in | std::ios::out).seekp(7200 * 3).put(static_cast<char>(0x3F));
  const Outcome outcome = spillway({"primitives", frames_, "--threshold", "40", "--csv", csv_});
  EXPECT_EQ(outcome.status, kWrong);
  EXPECT_NE(outcome.err.find("1 frames have a version"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.out.find("1 gaps"), std::string::npos) << outcome.out;
}

TEST_F(Primitives, SayInJsonWhatWasFound) {
  const Outcome outcome = spillway({"primitives", frames_, "--threshold", "16000", "--csv", csv_, "--json"});
  const auto object = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(object.at("ok"), true);
  EXPECT_EQ(object.at("primitives"), 0);
  EXPECT_EQ(object.at("frames"), 40);
}

TEST(Generate, NamesTheSetsThereAre) {
  const Outcome outcome = spillway({"generate", "--set", "T3", "--out", "/dev/null"});
  EXPECT_EQ(outcome.status, kUsage);
  EXPECT_NE(outcome.err.find("N60, N15, AR, T02, T1"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace spillway::cli
