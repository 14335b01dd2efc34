#include "daq/run_control/share.hpp"

#include <linux/sched.h>
#include <linux/sched/types.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace spillway::run_control {

namespace {

/// The shortest that Linux has, which takes no notice of it before 6.12.
constexpr unsigned long long kShortTurnNs = 100'000;

bool set(sched_attr attributes) {
  attributes.size = sizeof(attributes);
  return ::syscall(SYS_sched_setattr, 0, &attributes, 0) == 0;
}

sched_attr real_time() {
  sched_attr attributes{};
  attributes.sched_policy = SCHED_RR;
  attributes.sched_priority = 1;
  return attributes;
}

sched_attr usual() {
  sched_attr attributes{};
  attributes.sched_nice = ::getpriority(PRIO_PROCESS, 0);
  return attributes;
}

}  // namespace

void take(Share share) {
  static_cast<void>(!::nice(share.niceness));
  if (share.turns == Share::Turns::kUsual) return;
  if (share.turns == Share::Turns::kRealTime && set(real_time())) return;
  sched_attr attributes = usual();
  attributes.sched_runtime = kShortTurnNs;
  set(attributes);
}

bool real_time_permitted() {
  // The calling thread alone, and it goes back at once.
  const sched_attr before = usual();
  return set(real_time()) && set(before);
}

}  // namespace spillway::run_control
