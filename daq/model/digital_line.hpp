#pragma once

#include <cstdint>

namespace spillway::model {

/// Recognises whole numbers y_0 = 0, y_1, y_2, ... that are those of a line: y_x = floor((phase + x num) / den). Of all
/// lines with the points so far it keeps the one of least den; each point costs the same, however many there are.
/// Source: Debled-Rennesson and Reveilles, Int. J. Pattern Recogn. Artif. Intell. 9 (1995) 635, naive lines.
class DigitalLine {
 public:
  /// Takes y of the next x. False, and nothing changes, where no line has all the points.
  bool extend(std::int64_t y);

  [[nodiscard]] std::uint64_t points() const { return static_cast<std::uint64_t>(last_.x) + 1; }
  /// Not negative where the points never go down.
  [[nodiscard]] std::int64_t num() const { return num_; }
  [[nodiscard]] std::int64_t den() const { return den_; }
  /// In [0, den).
  [[nodiscard]] std::int64_t phase() const { return -lower_bound_; }

 private:
  struct Point {
    std::int64_t x = 0, y = 0;
  };
  __extension__ typedef __int128 Wide;
  [[nodiscard]] Wide remainder(Point point) const;
  void turn(Point begin, Point end);

  std::int64_t num_ = 0;
  std::int64_t den_ = 1;
  std::int64_t lower_bound_ = 0;  ///< of num x - den y over the line; the upper one is lower_bound + den - 1
  Point last_;
  Point first_upper_, last_upper_;  ///< points with the least num x - den y
  Point first_lower_, last_lower_;  ///< points with the greatest
};

}  // namespace spillway::model
