#pragma once

#include <cstdint>
#include <deque>

#include "daq/base/time.hpp"

namespace spillway::trigger {

/// When the data that moved a watermark left the front end; for latency figures alone.
class DeliveryLog {
 public:
  /// Watermarks only grow.
  void add(Timestamp watermark, std::int64_t sent_wall_ns) { marks_.push_back({watermark, sent_wall_ns}); }
  /// Of the data that moved it to `t` or beyond; 0 where there are none yet.
  [[nodiscard]] std::int64_t sent_wall_of(Timestamp t) const {
    for (const Mark& mark : marks_) {
      if (mark.watermark >= t) return mark.sent_wall_ns;
    }
    return 0;
  }
  /// Nobody will ask about times before this.
  void drop_before(Timestamp t) {
    while (marks_.size() > 1 && marks_.front().watermark < t) marks_.pop_front();
  }

 private:
  struct Mark {
    Timestamp watermark;
    std::int64_t sent_wall_ns = 0;
  };
  std::deque<Mark> marks_;
};

}  // namespace spillway::trigger
