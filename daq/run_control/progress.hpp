#pragma once

#include <cstdio>
#include <string>

#include "daq/proto/control.pb.h"
#include "daq/run_control/backoff.hpp"

namespace spillway::run_control {

/// One line that says how the run goes: data time, gates, rates, lag, losses, waits. `seconds` lie between the two.
[[nodiscard]] std::string progress_line(const v1::RunStatus& now, const v1::RunStatus& before, double seconds);

/// Writes progress to a stream: over itself on a terminal, line by line elsewhere.
class Progress {
 public:
  explicit Progress(std::FILE* stream);
  void show(const v1::RunStatus& status, Instant now);
  /// A line of its own that stays.
  void say(const std::string& text);
  /// Ends a line that was being written over.
  void finish();

 private:
  void write(const std::string& text);

  std::FILE* stream_;
  bool terminal_;
  std::size_t width_ = 0;  ///< of the line that stands there now
  v1::RunStatus before_;
  Instant shown_{};
};

}  // namespace spillway::run_control
