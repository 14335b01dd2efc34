#include "daq/run_control/supervisor.hpp"

#include <unistd.h>

#include <csignal>
#include <fstream>

#include "daq/base/error.hpp"
#include "tests/unit/transport/support.hpp"

namespace spillway::run_control {
namespace {

using ::testing::HasSubstr;

class SupervisorTest : public ::testing::Test {
 protected:
  ProcessSpec shell(const std::string& process, const std::string& script) {
    return {process, "/bin/sh", {"-c", script}, folder_.path() / (process + ".out")};
  }
  static Instant now() { return std::chrono::steady_clock::now(); }
  /// How the next process to end did.
  std::optional<Ended> next_end() {
    std::optional<Ended> ended;
    test::eventually([&] {
      for (const Ended& one : supervisor_.tick(now())) ended = one;
      return ended.has_value();
    });
    return ended;
  }
  bool wrote(const std::string& process, const std::string& text) {
    return test::eventually([&] { return supervisor_.last_words(process).find(text) != std::string::npos; });
  }

  test::SocketFolder folder_;
  LocalLauncher launcher_;
  Supervisor supervisor_{launcher_};
};

TEST_F(SupervisorTest, TellsHowAProcessEnded) {
  supervisor_.add(shell("a", "exit 3"));
  supervisor_.start("a");
  const auto ended = next_end();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->process, "a");
  EXPECT_EQ(ended->how, "ended with status 3");
  EXPECT_FALSE(supervisor_.runs("a"));
}

TEST_F(SupervisorTest, KillsAProcessThatDoesNotListen) {
  supervisor_.add(shell("a", "trap '' TERM; echo ready; while :; do sleep 1; done"));
  supervisor_.start("a");
  ASSERT_TRUE(wrote("a", "ready"));
  supervisor_.terminate("a");
  supervisor_.kill("a");
  const auto ended = next_end();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->how, "was killed by signal 9");
}

TEST_F(SupervisorTest, KeepsWhatAProcessWrote) {
  supervisor_.add(shell("a", "echo out; echo err >&2"));
  supervisor_.start("a");
  ASSERT_TRUE(next_end());
  EXPECT_EQ(supervisor_.last_words("a"), "out\nerr");
}

TEST_F(SupervisorTest, StartsAProcessInAGroupOfItsOwn) {
  supervisor_.add(shell("a", "ps -o pgid= -p $$ || cut -d' ' -f5 /proc/$$/stat"));
  supervisor_.start("a");
  ASSERT_TRUE(next_end());
  EXPECT_NE(std::stol(supervisor_.last_words("a")), static_cast<long>(getpgrp()));
}

TEST_F(SupervisorTest, SaysWhichProgramCannotBeStarted) {
  supervisor_.add({"a", "/nonexistent/program", {}, folder_.path() / "out"});
  try {
    supervisor_.start("a");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("cannot start a: /nonexistent/program: No such file"));
  }
}

TEST_F(SupervisorTest, StartsAgainWhenItIsTime) {
  supervisor_.add(shell("a", "exit 0"));
  const auto due = now() + std::chrono::hours(1);
  supervisor_.start_at("a", due);
  EXPECT_TRUE(supervisor_.tick(now()).empty());
  EXPECT_FALSE(supervisor_.runs("a"));
  static_cast<void>(supervisor_.tick(due));
  EXPECT_TRUE(supervisor_.runs("a"));
  EXPECT_TRUE(next_end());
}

TEST_F(SupervisorTest, ReportsAFailedRestartAsADeath) {
  supervisor_.add({"a", "/nonexistent/program", {}, folder_.path() / "out"});
  supervisor_.start_at("a", now());
  const auto ended = next_end();
  ASSERT_TRUE(ended);
  EXPECT_THAT(ended->how, HasSubstr("cannot start"));
}

TEST_F(SupervisorTest, CallsOffARestart) {
  supervisor_.add(shell("a", "exit 0"));
  supervisor_.start_at("a", now() + std::chrono::hours(1));
  supervisor_.kill("a");
  const auto ended = next_end();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->how, "was not started again");
  EXPECT_TRUE(supervisor_.tick(now() + std::chrono::hours(2)).empty());
  EXPECT_FALSE(supervisor_.runs("a"));
}

TEST_F(SupervisorTest, LeavesNothingBehind) {
  pid_t pid = 0;
  {
    LocalLauncher launcher;
    Supervisor supervisor(launcher);
    supervisor.add(shell("a", "echo $$; exec sleep 1000"));
    supervisor.start("a");
    ASSERT_TRUE(test::eventually([&] { return !supervisor.last_words("a").empty(); }));
    pid = std::stoi(supervisor.last_words("a"));
    EXPECT_EQ(kill(pid, 0), 0);
  }
  EXPECT_EQ(kill(pid, 0), -1);
}

}  // namespace
}  // namespace spillway::run_control
