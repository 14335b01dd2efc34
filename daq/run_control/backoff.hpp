#pragma once

#include <chrono>

namespace spillway::run_control {

using Instant = std::chrono::steady_clock::time_point;

/// How long to wait before a process that died is started again: 100 ms, doubling to 2 s, and 100 ms again once it has
/// lived for ten seconds.
class Backoff {
 public:
  /// The process died; returns when to start it again.
  Instant next(Instant died);
  /// Deaths without ten seconds of life between them.
  [[nodiscard]] unsigned in_a_row() const { return in_a_row_; }
  /// It died too often to be started once more.
  [[nodiscard]] bool hopeless() const { return in_a_row_ > 8; }

 private:
  unsigned in_a_row_ = 0;
  Instant restarted_{};
};

}  // namespace spillway::run_control
