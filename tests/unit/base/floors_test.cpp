#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace spillway {
namespace {

namespace fs = std::filesystem;

using Rooms = std::set<std::string>;

const Rooms kFloors12 = {"daq/base",    "daq/model",   "daq/proto", "daq/transport",
                         "daq/service", "daq/storage", "detectors"};
const Rooms kFloors123 = {"daq/base",    "daq/model",   "daq/proto",         "daq/transport",
                          "daq/service", "daq/storage", "detectors",         "sim_front_end",
                          "readout",     "trigger",     "daq/event_builder", "daq/run_control"};

/// Which rooms each room may include from, besides itself.
const std::map<std::string, Rooms> kAllowed = {
    {"daq/base", {}},
    {"daq/model", {"daq/base"}},
    {"daq/proto", {"daq/base", "daq/model"}},
    {"daq/transport", {"daq/base", "daq/model", "daq/proto"}},
    {"daq/service", {"daq/base", "daq/model", "daq/proto", "daq/transport"}},
    {"daq/storage", {"daq/base", "daq/model", "daq/proto", "daq/transport"}},
    {"detectors", {"daq/base", "daq/model"}},
    {"sim_front_end", kFloors12},
    {"readout", kFloors12},
    {"trigger", kFloors12},
    {"daq/event_builder", kFloors12},
    {"daq/run_control", kFloors12},
    {"monitoring/online", kFloors123},
    {"monitoring/web", kFloors123},
    {"daq/cli", kFloors12},
};

/// The room of a path from the root, or none where it lies in no room.
std::optional<std::string> room_of(const std::string& path) {
  for (const auto& [room, allowed] : kAllowed) {
    if (path.starts_with(room + "/")) return room;
  }
  return std::nullopt;
}

/// What is wrong with one include of one file, or nothing.
std::optional<std::string> complaint(const std::string& file, const std::string& included) {
  const auto from = room_of(file);
  if (!from) return fmt::format("{} lies in no room", file);
  const auto to = room_of(included);
  if (!to)
    return fmt::format("{} includes {}, which lies in no room; includes are written from the root", file, included);
  if (*from == *to || kAllowed.at(*from).contains(*to)) return std::nullopt;
  return fmt::format("{} includes {}: {} may not look into {}", file, included, *from, *to);
}

std::vector<std::string> complaints_about(const std::string& file, std::istream& source) {
  static const std::regex kInclude(R"re(^\s*#\s*include\s*"([^"]+)")re");
  static const std::regex kImport(R"re(^\s*import\s+(?:public\s+)?"([^"]+)")re");
  const std::regex& pattern = file.ends_with(".proto") ? kImport : kInclude;
  std::vector<std::string> found;
  for (std::string line; std::getline(source, line);) {
    std::smatch match;
    if (!std::regex_search(line, match, pattern)) continue;
    if (const auto wrong = complaint(file, match[1].str())) found.push_back(*wrong);
  }
  return found;
}

std::vector<std::string> complaints_about(const std::string& file, const std::string& source) {
  std::istringstream stream(source);
  return complaints_about(file, stream);
}

TEST(Floors, NoIncludePointsUpwardOrSideways) {
  const fs::path root = SPILLWAY_SOURCE_DIR;
  std::vector<std::string> wrong;
  std::size_t files = 0;
  for (const char* folder : {"daq", "detectors", "sim_front_end", "readout", "trigger", "monitoring"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension();
      if (extension != ".hpp" && extension != ".cpp" && extension != ".proto") continue;
      ++files;
      std::ifstream source(entry.path());
      const auto more = complaints_about(fs::relative(entry.path(), root).string(), source);
      wrong.insert(wrong.end(), more.begin(), more.end());
    }
  }
  EXPECT_GT(files, 50U);
  EXPECT_THAT(wrong, testing::IsEmpty());
}

TEST(Floors, ArrowsUpwardAndSidewaysAreCaught) {
  const std::vector<std::pair<std::string, std::string>> forbidden = {
      {"daq/base/time.hpp", "daq/model/gate.hpp"},
      {"daq/model/gate.cpp", "daq/proto/data.pb.h"},
      {"daq/proto/convert.cpp", "daq/transport/link.hpp"},
      {"daq/transport/link.cpp", "daq/service/service.hpp"},
      {"daq/service/service.cpp", "daq/storage/rows.hpp"},
      {"daq/storage/rows.hpp", "daq/service/service.hpp"},
      {"daq/storage/rows.hpp", "detectors/registry.hpp"},
      {"detectors/caen/compass.cpp", "daq/proto/convert.hpp"},
      {"readout/finder.cpp", "trigger/coincidence.hpp"},
      {"trigger/coincidence.cpp", "daq/event_builder/builder.hpp"},
      {"daq/run_control/launcher.cpp", "monitoring/online/counts.hpp"},
      {"monitoring/online/counts.cpp", "monitoring/web/server.hpp"},
      {"monitoring/web/server.cpp", "daq/cli/commands.hpp"},
      {"daq/cli/main.cpp", "daq/run_control/launcher.hpp"},
      {"daq/cli/main.cpp", "monitoring/online/counts.hpp"},
      {"readout/finder.cpp", "finder.hpp"},
  };
  for (const auto& [file, included] : forbidden) {
    const auto found = complaints_about(file, fmt::format("#pragma once\n  # include \"{}\"  // why\n", included));
    EXPECT_THAT(found, testing::ElementsAre(testing::HasSubstr(included))) << file;
  }
  EXPECT_EQ(complaints_about("daq/proto/data.proto", "import \"daq/service/a.proto\";").size(), 1U);
}

TEST(Floors, ArrowsDownwardAreAllowed) {
  EXPECT_THAT(complaints_about("readout/finder.cpp",
                               "#include \"readout/finder.hpp\"\n#include <vector>\n"
                               "#include \"daq/storage/rows.hpp\"\n#include \"detectors/registry.hpp\"\n"),
              testing::IsEmpty());
  EXPECT_THAT(complaints_about("daq/cli/main.cpp", "#include \"daq/storage/rows.hpp\"\n"), testing::IsEmpty());
}

}  // namespace
}  // namespace spillway
