#include <fstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "tests/unit/cli/folder.hpp"

namespace spillway::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kRecorded = (root() / "deploy/configs/recorded.toml").string();

TEST(Check, AGoodConfigurationIsShownAsGatesWindowsAndRings) {
  const Outcome outcome = spillway({"check", kRecorded});
  EXPECT_EQ(outcome.status, kOk) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(StartsWith(kRecorded + ": ok\n"), HasSubstr("look-ahead"), HasSubstr("bench"),
                                 HasSubstr("pulse -1 us to +3 us"), HasSubstr("+50 ms"), HasSubstr("dt5730")));
  const auto object = nlohmann::json::parse(spillway({"check", kRecorded, "--json"}).out);
  EXPECT_EQ(object["ok"], true);
  EXPECT_TRUE(object["error"].is_null());
}

TEST(Check, ABadKeyIsNamedWithFileLineAndRemedy) {
  const Folder folder;
  const std::string file = folder / "bad.toml";
  std::ofstream(file) << "[setup]\nname = \"x\"\nlook_ahead = 5\n";
  const Outcome outcome = spillway({"check", file});
  EXPECT_EQ(outcome.status, kWrong);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("bad.toml:3: setup.look_ahead: "), HasSubstr("look_ahead_ns")));
  const auto error = nlohmann::json::parse(spillway({"check", file, "--json"}).out)["error"];
  EXPECT_THAT(error["file"].get<std::string>(), HasSubstr("bad.toml"));
  EXPECT_EQ(error["line"], 3);
  EXPECT_EQ(error["key"], "setup.look_ahead");
  EXPECT_THAT(error["message"].get<std::string>(), HasSubstr("look_ahead_ns"));
}

TEST(Check, OverridesAreCheckedToo) {
  const Outcome outcome = spillway({"check", kRecorded, "--define", "readout.dt5730.ring_bytes=\"big\""});
  EXPECT_EQ(outcome.status, kWrong);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("--define"), HasSubstr("ring_bytes")));
}

TEST(Check, FilesThatAreNotThereAreNamed) {
  const Folder folder;
  EXPECT_EQ(spillway({"check", folder / "none.toml"}).status, kWrong);
  EXPECT_THAT(spillway({"check", folder / "none.toml"}).err, HasSubstr("none.toml"));
  EXPECT_EQ(spillway({"check", folder / "none.toml", "--json"}).status, kWrong);
  EXPECT_THAT(spillway({"check", kRecorded, "--replay", folder / "none.BIN"}).err, HasSubstr("none.BIN"));
}

}  // namespace
}  // namespace spillway::cli
