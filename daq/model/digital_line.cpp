#include "daq/model/digital_line.hpp"

namespace spillway::model {

DigitalLine::Wide DigitalLine::remainder(Point point) const {
  return static_cast<Wide>(num_) * point.x - static_cast<Wide>(den_) * point.y;
}

void DigitalLine::turn(Point begin, Point end) {
  num_ = end.y - begin.y;
  den_ = end.x - begin.x;
}

bool DigitalLine::extend(std::int64_t y) {
  const Point point{last_.x + 1, y};
  if (last_.x == 0) {
    num_ = y;
    last_ = last_upper_ = last_lower_ = point;
    return true;
  }
  const Wide r = remainder(point);
  const Wide least = lower_bound_;
  const Wide greatest = least + den_ - 1;
  if (r < least - 1 || r > greatest + 1) return false;
  if (r == least - 1) {
    first_lower_ = last_lower_;
    last_upper_ = point;
    turn(first_upper_, point);
    lower_bound_ = static_cast<std::int64_t>(remainder(point));
  } else if (r == greatest + 1) {
    first_upper_ = last_upper_;
    last_lower_ = point;
    turn(first_lower_, point);
    lower_bound_ = static_cast<std::int64_t>(remainder(point)) - den_ + 1;
  } else {
    if (r == least) last_upper_ = point;
    if (r == greatest) last_lower_ = point;
  }
  last_ = point;
  return true;
}

}  // namespace spillway::model
