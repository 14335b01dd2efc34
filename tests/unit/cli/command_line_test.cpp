#include <gmock/gmock.h>

#include "daq/cli/command.hpp"
#include "tests/unit/cli/folder.hpp"

namespace spillway::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST(CommandLine, EveryCommandHasHelpWithItsExampleAndExitStatuses) {
  for (const Command& command : commands()) {
    const Outcome outcome = spillway({std::string(command.name), "--help"});
    EXPECT_EQ(outcome.status, kOk) << command.name;
    EXPECT_THAT(outcome.out, AllOf(HasSubstr(std::string(command.meaning)), HasSubstr("Example:"),
                                   HasSubstr(std::string(command.example)), HasSubstr("Exit status")));
    EXPECT_THAT(std::string(command.example), StartsWith("spillway " + std::string(command.name)));
    EXPECT_THAT(spillway({"--help"}).out, HasSubstr(std::string(command.name)));
  }
}

TEST(CommandLine, TheVersionSaysWhatWasBuilt) {
  const Outcome outcome = spillway({"--version"});
  EXPECT_EQ(outcome.status, kOk);
  EXPECT_THAT(outcome.out, AllOf(StartsWith("spillway "), HasSubstr("commit")));
}

TEST(CommandLine, AnUnknownCommandNamesTheNearest) {
  const Outcome outcome = spillway({"chek", "x.toml"});
  EXPECT_EQ(outcome.status, kUsage);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("`chek`"), HasSubstr("`check`")));
}

TEST(CommandLine, WhatCannotBeParsedIsAnErrorWithARemedy) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"show"},
                                                {"show", "1", "--jason"},
                                                {"prune", "--keep-bytes", "many"},
                                                {"prune", "--keep-bytes", "-1"},
                                                {"prune", "--keep-bytes=-1GB"},
                                                {"run", "x.toml", "--gates", "2", "--duration", "3"},
                                                {"run", "x.toml", "--gates", "few"}}) {
    const Outcome outcome = spillway(words);
    EXPECT_EQ(outcome.status, kUsage) << words[0];
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.err, AllOf(StartsWith("spillway " + words[0] + ": "), HasSubstr("--help")));
  }
  EXPECT_EQ(spillway({}).status, kUsage);
}

TEST(CommandLine, RunSaysWhereRunControlShouldBe) {
  const Outcome outcome = spillway({"run", "x.toml", "--define", "a.b=1", "--define", "a.c=2", "--speed", "max"});
  EXPECT_EQ(outcome.status, kUsage);
  EXPECT_THAT(outcome.err, HasSubstr("spillway-run-control"));
}

}  // namespace
}  // namespace spillway::cli
