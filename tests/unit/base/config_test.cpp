#include "daq/base/config.hpp"

#include <array>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace spillway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::array kKeys = {
    KeySpec{"readout", "processes", KeyType::kInteger, "", "1", "number of processes", 1, 64},
    KeySpec{"readout", "ring_bytes", KeyType::kInteger, "bytes", "", "size of the latency buffer", 1, 1e12},
    KeySpec{"readout", "fraction", KeyType::kNumber, "", "0.5", "of the constant-fraction timing", 0, 1},
    KeySpec{"readout", "polarity", KeyType::kString, "", "\"negative\"", "of the pulses", 0, 0, "positive|negative"},
    KeySpec{"readout", "channels", KeyType::kIntegerList, "", "[0]", "read out", 0, 15},
    KeySpec{"readout", "labels", KeyType::kStringList, "", "[]", "of the channels"},
    KeySpec{"readout", "strict", KeyType::kBool, "", "false", "refuse what is odd"},
};

constexpr char kFile[] = R"([setup]
name = "bench"

[readout.b]
ring_bytes = 1000
channels = [1, 2]

[readout.a]
ring_bytes = 1e3
)";

ConfigError error_of(const std::string& text, const std::vector<std::string>& overrides = {},
                     std::string_view section = "readout.a") {
  try {
    Config::parse(text, "file.toml", overrides).check(section, kKeys);
  } catch (const ConfigError& error) {
    return error;
  }
  ADD_FAILURE() << "accepted: " << text;
  return {"", 0, "", "", ""};
}

TEST(Config, GivesValuesAndFallbacks) {
  const Config config = Config::parse(kFile, "file.toml");
  const Section section(config, "readout.b", kKeys);
  EXPECT_EQ(section.integer("ring_bytes"), 1000);
  EXPECT_EQ(section.duration("ring_bytes"), nanoseconds(1000));
  EXPECT_THAT(section.integers("channels"), ElementsAre(1, 2));
  EXPECT_EQ(section.integer("processes"), 1);
  EXPECT_EQ(section.number("fraction"), 0.5);
  EXPECT_EQ(section.text("polarity"), "negative");
  EXPECT_FALSE(section.flag("strict"));
  EXPECT_TRUE(section.texts("labels").empty());
}

TEST(Config, TakesAWholeNumberWhereANumberIsAskedFor) {
  const Config config = Config::parse("[readout.a]\nfraction = 1\n", "file.toml");
  EXPECT_EQ(config.get_number("readout.a", kKeys[2]), 1.0);
}

TEST(Config, KnowsItsSectionsInTheFilesOrderAndNamesInTheAlphabets) {
  const Config config = Config::parse(kFile, "file.toml");
  EXPECT_THAT(config.sections(), ElementsAre("setup", "readout.b", "readout.a"));
  EXPECT_THAT(config.names("readout"), ElementsAre("a", "b"));
  EXPECT_TRUE(config.names("read").empty());
  EXPECT_THAT(config.keys("readout.b"), ElementsAre("ring_bytes", "channels"));
  EXPECT_TRUE(config.has_section("setup"));
  EXPECT_FALSE(config.has_section("readout"));
  EXPECT_TRUE(config.has("setup", "name"));
  EXPECT_FALSE(config.has("setup", "ring_bytes"));
  EXPECT_EQ(config.text(), kFile);
  EXPECT_EQ(config.file_name(), "file.toml");
}

TEST(Config, KeepsAnEmptySection) {
  EXPECT_THAT(Config::parse("[web]\n", "file.toml").sections(), ElementsAre("web"));
}

TEST(Config, NamesFileLineKeyAndRemedyOfAWrongType) {
  const ConfigError error = error_of(kFile);
  EXPECT_EQ(error.file(), "file.toml");
  EXPECT_EQ(error.line(), 9U);
  EXPECT_EQ(error.key(), "readout.a.ring_bytes");
  EXPECT_STREQ(error.what(),
               "file.toml:9: readout.a.ring_bytes: 1000 is a floating-point number; give an integer from 1 to "
               "1000000000000 (bytes)");
}

TEST(Config, HintsAtTheKeyThatWasMeant) {
  const ConfigError error = error_of("[readout.a]\nring_bytes = 1\nproceses = 2\n");
  EXPECT_EQ(error.line(), 3U);
  EXPECT_STREQ(error.what(), "file.toml:3: readout.a.proceses: there is no such key; did you mean processes?");
}

TEST(Config, ListsTheKnownKeysWhereNoneIsNear) {
  EXPECT_THAT(error_of("[readout.a]\nabcdefgh = 2\n").what(), HasSubstr("[readout.a] takes processes, ring_bytes"));
}

TEST(Config, RefusesBoundsChoicesListsAndDates) {
  EXPECT_THAT(error_of("[readout.a]\nprocesses = 0\n").what(), HasSubstr("0 is out of bounds; give an integer from 1"));
  EXPECT_THAT(error_of("[readout.a]\nprocesses = 65\n").what(), HasSubstr("65 is out of bounds"));
  EXPECT_THAT(error_of("[readout.a]\nfraction = nan\n").what(), HasSubstr("out of bounds"));
  EXPECT_THAT(error_of("[readout.a]\nfraction = \"1\"\n").what(), HasSubstr("\"1\" is a string; give a number"));
  EXPECT_THAT(error_of("[readout.a]\npolarity = \"up\"\n").what(), HasSubstr("give one of \"positive\", \"negative\""));
  EXPECT_THAT(error_of("[readout.a]\nchannels = 3\n").what(), HasSubstr("give a list in brackets, each an integer"));
  EXPECT_THAT(error_of("[readout.a]\nchannels = [3, 16]\n").what(), HasSubstr("16 is out of bounds"));
  EXPECT_THAT(error_of("[readout.a]\nlabels = [\"a\", 1]\n").what(), HasSubstr("1 is an integer"));
  EXPECT_THAT(error_of("[readout.a]\nstrict = 1\n").what(), HasSubstr("give true or false"));
  EXPECT_THAT(error_of("[readout.a]\nstrict = 2026-01-01\n").what(), HasSubstr("date"));
  EXPECT_THAT(error_of("[readout.a]\nprocesses = true\n").what(), HasSubstr("true is a boolean"));
}

TEST(Config, NamesTheSectionOfAMissingKey) {
  const ConfigError error = error_of("\n[readout.a]\nprocesses = 2\n");
  EXPECT_STREQ(error.what(),
               "file.toml:2: readout.a.ring_bytes: is missing; give an integer from 1 to 1000000000000 (bytes)");
  EXPECT_STREQ(error_of("").what(),
               "file.toml: readout.a.ring_bytes: is missing; give an integer from 1 to 1000000000000 (bytes)");
}

TEST(Config, RefusesTomlThatDoesNotParseWithItsLine) {
  const ConfigError error = error_of("[readout.a]\nprocesses = = 2\n");
  EXPECT_EQ(error.line(), 2U);
  EXPECT_EQ(error_of("[readout.a]\na = 1\na = 2\n").line(), 3U);
}

TEST(Config, RefusesKeysOutsideOfSectionsAndDeepNesting) {
  EXPECT_THAT(error_of("name = 1\n").what(), HasSubstr("file.toml:1: name: stands outside of a section"));
  EXPECT_THAT(error_of("[a.b.c]\nx = 1\n").what(), HasSubstr("file.toml:1: a.b.c: is nested too deep"));
  EXPECT_THAT(error_of("[[readout]]\nx = 1\n").what(), HasSubstr("readout: stands outside"));
}

TEST(Config, RefusesWhatWouldExhaustTheStackOfTheParserWithItsLine) {
  const auto repeated = [](std::string_view part, int times) {
    std::string text;
    while (times-- > 0) text += part;
    return text;
  };
  constexpr int kMany = 50'000;
  const std::string first = "[readout.a]\n";
  const std::vector<std::string> deep = {
      repeated("a.", 65) + "a = 1\n",
      repeated("a.", kMany) + "a = 1\n",
      "[" + repeated("a.", kMany) + "a]\n",
      "x = " + repeated("[", kMany) + repeated("]", kMany) + "\n",
      "x = " + repeated("{x = ", kMany) + "1" + repeated("}", kMany) + "\n",
      R"(x = ["""a"""", "a\"", 'a\', {)" + repeated("a.", kMany) + "a = 1}]\n",
      "# \"\"\"\r" + repeated("a.", kMany) + "a = 1\n",
  };
  for (const std::string& text : deep) {
    const ConfigError error = error_of(first + text);
    EXPECT_EQ(error.line(), 2U) << text.substr(0, 80);
    EXPECT_THAT(error.what(), HasSubstr("file.toml:2: has more than 64 dots in a key or brackets in each other"));
  }
  EXPECT_EQ(error_of(first + "x = " + repeated("[\n", kMany)).line(), 66U);
  EXPECT_THAT(error_of(std::string((4U << 20U) + 1, '\n')).what(), HasSubstr("file.toml: holds 4194305 bytes"));
}

TEST(Config, CountsNoDotsAndBracketsOfStringsCommentsAndLists) {
  const std::string dots(200, '.');
  const std::string brackets(200, '[');
  std::string channels = "5";
  for (int i = 0; i < 200; ++i) channels += ", 5";
  const Config config =
      Config::parse("# " + dots + brackets + "\n[readout.a]\nlabels = [\"" + dots + "\", '" + brackets + "', \"\"\"\n" +
                        dots + "\"" + brackets + "\"\"\"]\nchannels = [" + channels + "]\n",
                    "file.toml", std::vector<std::string>{"setup.name=" + brackets});
  EXPECT_THAT(config.get_strings("readout.a", kKeys[5]), ElementsAre(dots, brackets, dots + "\"" + brackets));
  EXPECT_EQ(config.get_integers("readout.a", kKeys[4]).size(), 201U);
  EXPECT_EQ(config.get_string("setup", KeySpec{"setup", "name", KeyType::kString, "", "", ""}), brackets);
}

TEST(Config, OverridesReplaceAddAndAreTaken) {
  const std::vector<std::string> overrides = {"readout.a.ring_bytes=5", "readout.c.labels=[\"x\"]",
                                              "setup.name=/no/toml at all", "readout.a.polarity=positive",
                                              "setup.epoch=2026-01-01T00:00:00"};
  const Config config = Config::parse(kFile, "file.toml", overrides);
  EXPECT_EQ(config.get_integer("readout.a", kKeys[1]), 5);
  EXPECT_EQ(config.get_string("readout.a", kKeys[3]), "positive");
  EXPECT_THAT(config.get_strings("readout.c", kKeys[5]), ElementsAre("x"));
  const KeySpec name{"setup", "name", KeyType::kString, "", "", ""};
  EXPECT_EQ(config.get_string("setup", name), "/no/toml at all");
  const KeySpec epoch{"setup", "epoch", KeyType::kString, "", "", ""};
  EXPECT_EQ(config.get_string("setup", epoch), "2026-01-01T00:00:00");
  EXPECT_EQ(config.overrides(), overrides);
}

TEST(Config, AnOverrideIsOneValueEvenWithALineBreak) {
  const Config config = Config::parse("", "file.toml", std::vector<std::string>{"setup.name=1\nother=2"});
  EXPECT_EQ(config.get_string("setup", KeySpec{"setup", "name", KeyType::kString, "", "", ""}), "1\nother=2");
}

TEST(Config, ErrorsOfOverridesNameThem) {
  const ConfigError error = error_of(kFile, {"readout.a.ring_bytes=0"});
  EXPECT_EQ(error.file(), "--define");
  EXPECT_EQ(error.line(), 0U);
  EXPECT_THAT(error.what(), HasSubstr("--define: readout.a.ring_bytes: 0 is out of bounds"));
  for (const char* bad : {"", "=", "x=1", "a.b", ".b=1", "a.=1", "a.b.c.d=1", "a..b=1", "a b.c=1"}) {
    EXPECT_THAT(error_of(kFile, {bad}).what(), HasSubstr("is not KEY=VALUE")) << bad;
  }
}

TEST(Config, SaysWhichFileCannotBeRead) {
  try {
    (void)Config::load("/nonexistent/a.toml");
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(), "/nonexistent/a.toml: cannot be read; name a TOML file that exists and is readable");
  }
  EXPECT_THROW((void)Config::load(testing::TempDir()), ConfigError);
}

TEST(Config, LoadsAFileExactly) {
  const std::filesystem::path file = std::filesystem::path(testing::TempDir()) / "config_test.toml";
  std::ofstream(file) << kFile;
  const Config config = Config::load(file);
  EXPECT_EQ(config.text(), kFile);
  EXPECT_EQ(config.error("readout.a", "ring_bytes", "is odd", "make it even").line(), 9U);
  std::filesystem::remove(file);
}

TEST(Nearest, IsEmptyWhereNothingIsNear) {
  constexpr std::array<std::string_view, 3> kKnown = {"on_before_ns", "on_after_ns", "off_offsets_ns"};
  EXPECT_EQ(nearest("on_befor_ns", kKnown), "on_before_ns");
  EXPECT_EQ(nearest("zzzz", kKnown), "");
}

}  // namespace
}  // namespace spillway
