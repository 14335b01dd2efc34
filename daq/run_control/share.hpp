#pragma once

#include <cstdint>

namespace spillway::run_control {

/// How a process shares processors with others.
struct Share {
  enum class Turns : std::uint8_t {
    kUsual,
    kShort,     ///< small data pass it: short turns, and one the sooner
    kRealTime,  ///< before all that is not; short ones where that is not permitted
  };
  int niceness = 0;  ///< added to run control's own
  Turns turns = Turns::kUsual;
};

/// Of the calling process and all that it starts. Where the kernel does not let it, things stay as they are. Safe
/// between fork and exec.
void take(Share share);

/// This user may start real-time processes (RLIMIT_RTPRIO, CAP_SYS_NICE).
[[nodiscard]] bool real_time_permitted();

}  // namespace spillway::run_control
