#include "sim_front_end/pacer.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::sim_front_end {

Pacer::Pacer(Timestamp begin, double speed, Duration look_ahead)
    : begin_(begin), speed_(speed), look_ahead_(look_ahead), horizon_(begin) {}

void Pacer::set_horizon(Timestamp horizon) {
  horizon_ = std::max(horizon_, horizon);
}

Timestamp Pacer::pace(WallTime now) const {
  if (!(speed_ > 0)) return Timestamp::max();
  const double elapsed_s = std::chrono::duration<double>(now - start_).count();
  return begin_ + Duration{static_cast<std::int64_t>(std::min(std::max(elapsed_s, 0.0) * speed_ * 1e9, 9e18))};
}

Timestamp Pacer::may_go(WallTime now) const {
  return std::min(pace(now), horizon_ + look_ahead_);
}

bool Pacer::held_by_horizon(WallTime now) const {
  return horizon_ + look_ahead_ < pace(now);
}

double Pacer::lag_s(Timestamp sent, WallTime now) const {
  if (!(speed_ > 0)) return 0;
  return std::max(0.0, (pace(now) - sent).seconds() / speed_);
}

}  // namespace spillway::sim_front_end
