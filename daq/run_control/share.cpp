#include "daq/run_control/share.hpp"

#include <linux/sched/types.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace spillway::run_control {

namespace {
/// The shortest that Linux has, which takes no notice of it before 6.12.
constexpr unsigned long long kShortTurnNs = 100'000;
}  // namespace

void take(Share share) {
  static_cast<void>(!::nice(share.niceness));
  if (!share.short_turns) return;
  sched_attr attributes{};
  attributes.size = sizeof(attributes);
  attributes.sched_nice = ::getpriority(PRIO_PROCESS, 0);
  attributes.sched_runtime = kShortTurnNs;
  static_cast<void>(::syscall(SYS_sched_setattr, 0, &attributes, 0));
}

}  // namespace spillway::run_control
