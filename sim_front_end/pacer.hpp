#pragma once

#include <chrono>

#include "daq/base/time.hpp"

namespace spillway::sim_front_end {

/// Says what data time may go out now: as fast as asked, and never further than the look-ahead beyond the horizon
/// before which everything is decided and on disk.
class Pacer {
 public:
  using WallTime = std::chrono::steady_clock::time_point;

  Pacer() = default;
  /// `speed`: data seconds per wall second; 0: as fast as possible.
  Pacer(Timestamp begin, double speed, Duration look_ahead);

  void start(WallTime now) { start_ = now; }
  /// Only ever moves forward.
  void set_horizon(Timestamp horizon);

  /// Data that begin before this may go.
  [[nodiscard]] Timestamp may_go(WallTime now) const;
  /// True where the horizon, not the pace, is what holds the data back.
  [[nodiscard]] bool held_by_horizon(WallTime now) const;
  /// By how much wall time data at `sent` are behind the pace, in s; 0 with no pace.
  [[nodiscard]] double lag_s(Timestamp sent, WallTime now) const;

 private:
  [[nodiscard]] Timestamp pace(WallTime now) const;

  Timestamp begin_;
  double speed_ = 0;
  Duration look_ahead_;
  Timestamp horizon_;
  WallTime start_{};
};

}  // namespace spillway::sim_front_end
