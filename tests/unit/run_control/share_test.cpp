#include "daq/run_control/share.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include <gtest/gtest.h>

namespace spillway::run_control {
namespace {

/// In a process of its own, whose exit status tells whether all was as it should be.
bool holds_in_child(const std::function<bool()>& check) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(check() ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(Share, AddsNicenessAndKeepsItWithShortTurns) {
  const int before = ::getpriority(PRIO_PROCESS, 0);
  EXPECT_TRUE(holds_in_child([&] {
    take({.niceness = 3, .turns = Share::Turns::kShort});
    return ::getpriority(PRIO_PROCESS, 0) == before + 3 && ::sched_getscheduler(0) == SCHED_OTHER;
  }));
}

TEST(Share, IsRealTimeWhereThatIsPermittedAndUsualElsewhere) {
  const int wanted = real_time_permitted() ? SCHED_RR : SCHED_OTHER;
  EXPECT_TRUE(holds_in_child([&] {
    take({.turns = Share::Turns::kRealTime});
    return ::sched_getscheduler(0) == wanted;
  }));
}

TEST(Share, IsNotChangedByAskingForPermission) {
  const int before = ::getpriority(PRIO_PROCESS, 0);
  static_cast<void>(real_time_permitted());
  EXPECT_EQ(::sched_getscheduler(0), SCHED_OTHER);
  EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), before);
}

}  // namespace
}  // namespace spillway::run_control
