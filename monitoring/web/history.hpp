#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "monitoring/web/run_view.hpp"

namespace spillway::web {

/// Counts against data time, for the strip chart, in bounded memory: when it is full, every other point goes and points
/// are from then on taken half as often. The newest is always there.
class History {
 public:
  explicit History(std::size_t capacity = 512) : capacity_(capacity) {}

  /// Takes the view's counts; another run or earlier data time starts anew.
  void add(const RunView& view);
  /// {"run", "detectors": [...], "points": [[seconds since begin, on, off, on, off ...], ...]}: on and off
  /// of each detector in their order.
  [[nodiscard]] nlohmann::ordered_json document() const;
  [[nodiscard]] std::size_t size() const { return points_.size(); }

 private:
  struct Point {
    Timestamp time;
    std::vector<std::uint64_t> on_off;
  };

  std::size_t capacity_;
  std::uint64_t run_ = 0;
  Timestamp begin_;
  std::vector<std::string> detectors_;
  std::vector<Point> points_;
  Duration spacing_{1};
  bool newest_is_extra_ = false;  ///< it stands closer than `spacing_` to the one before
};

}  // namespace spillway::web
