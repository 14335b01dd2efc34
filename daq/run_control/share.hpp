#pragma once

namespace spillway::run_control {

/// How a process shares processors with others.
struct Share {
  int niceness = 0;          ///< added to run control's own
  bool short_turns = false;  ///< small data pass it: it takes short turns and gets one the sooner
};

/// Of the calling process and all that it starts. Where the kernel does not let it, things stay as they are. Safe
/// between fork and exec.
void take(Share share);

}  // namespace spillway::run_control
