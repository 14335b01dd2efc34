#include "monitoring/web/history.hpp"

#include <algorithm>

namespace spillway::web {

void History::add(const RunView& view) {
  if (view.run == 0 || !view.begin || !view.data_time || view.counts.empty()) return;
  std::vector<std::string> detectors;
  Point point{*view.data_time, {}};
  for (const CountsView& line : view.counts) {
    detectors.push_back(line.counts.detector);
    point.on_off.push_back(line.counts.on);
    point.on_off.push_back(line.counts.off);
  }
  const bool back_in_time = !points_.empty() && point.time < points_.back().time;
  if (view.run != run_ || detectors != detectors_ || back_in_time) {
    run_ = view.run;
    detectors_ = std::move(detectors);
    points_.clear();
    spacing_ = {1};
    newest_is_extra_ = false;
  }
  begin_ = *view.begin;

  if (!points_.empty() && (newest_is_extra_ || points_.back().time == point.time)) points_.pop_back();
  newest_is_extra_ = !points_.empty() && point.time - points_.back().time < spacing_;
  points_.push_back(std::move(point));
  if (points_.size() <= capacity_) return;

  // What is kept spans the whole run at the new spacing, first and newest point included.
  spacing_ = {std::max<std::int64_t>(
      1, 2 * (points_.back().time - points_.front().time).ns / static_cast<std::int64_t>(points_.size()))};
  std::vector<Point> kept;
  for (std::size_t i = 0; i < points_.size(); ++i) {
    const bool spaced = kept.empty() || points_[i].time - kept.back().time >= spacing_;
    const bool newest = i + 1 == points_.size();
    if (spaced || newest) kept.push_back(std::move(points_[i]));
    if (newest) newest_is_extra_ = !spaced;
  }
  points_ = std::move(kept);
}

nlohmann::ordered_json History::document() const {
  nlohmann::ordered_json points = nlohmann::ordered_json::array();
  for (const Point& point : points_) {
    nlohmann::ordered_json line = nlohmann::ordered_json::array({(point.time - begin_).seconds()});
    for (const std::uint64_t count : point.on_off) line.push_back(count);
    points.push_back(std::move(line));
  }
  return {{"run", run_ == 0 ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(run_)},
          {"detectors", detectors_},
          {"points", std::move(points)}};
}

}  // namespace spillway::web
