#include "daq/base/log.hpp"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daq/base/version.hpp"

namespace spillway {
namespace {

using testing::HasSubstr;

TEST(Log, WritesToItsFileWithTheServicesName) {
  const std::filesystem::path file = std::filesystem::path(testing::TempDir()) / "log_test" / "trigger.log";
  std::filesystem::remove_all(file.parent_path());
  start_logging("trigger", file);
  spdlog::info("a line with {}", 42);
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  EXPECT_THAT(text.str(), HasSubstr("trigger"));
  EXPECT_THAT(text.str(), HasSubstr("a line with 42"));
  start_logging("log_test");
  std::filesystem::remove_all(file.parent_path());
}

TEST(Log, AFileThatCannotBeMadeStopsNothing) {
  EXPECT_NO_THROW(start_logging("trigger", "/proc/no/such/folder/trigger.log"));
  EXPECT_NO_THROW(spdlog::info("still here"));
}

TEST(Log, AFileThatCannotBeWrittenStopsNothing) {
  // Writing to this device always fails for want of space.
  EXPECT_NO_THROW(start_logging("trigger", "/dev/full"));
  EXPECT_NO_THROW(spdlog::info("still here"));
  EXPECT_NO_THROW(spdlog::info("and here"));
  start_logging("log_test");
}

TEST(Version, NamesProgramCommitCompilerAndBuild) {
  EXPECT_THAT(version_text(), testing::MatchesRegex("spillway [0-9.]+ \\(commit [0-9a-z-]+, .*\\)"));
}

}  // namespace
}  // namespace spillway
