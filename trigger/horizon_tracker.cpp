#include "trigger/horizon_tracker.hpp"

#include <algorithm>

namespace spillway::trigger {

HorizonTracker::HorizonTracker(const model::Setup& setup)
    : windows_(setup.detectors.size()),
      durable_(setup.detectors.size()),
      of_detector_(setup.detectors.size(), setup.epoch),
      of_facility_(setup.facilities.size(), setup.epoch) {
  for (const auto& detector : setup.detectors) facility_of_.push_back(detector.facility);
}

void HorizonTracker::decided(std::uint32_t detector, Interval window) {
  windows_.at(detector).push_back(window.begin);
}

void HorizonTracker::durable(std::uint32_t detector, std::uint64_t count) {
  auto& windows = windows_.at(detector);
  auto& durable = durable_.at(detector);
  if (count <= durable || count - durable > windows.size()) return;
  windows.erase(windows.begin(), windows.begin() + static_cast<std::ptrdiff_t>(count - durable));
  durable = count;
}

void HorizonTracker::update(std::uint32_t detector, Timestamp undecided) {
  const auto& windows = windows_.at(detector);
  const Timestamp least = windows.empty() ? undecided : std::min(undecided, windows.front());
  of_detector_.at(detector) = std::max(of_detector_.at(detector), least);
}

Timestamp HorizonTracker::of_facility(std::uint32_t facility, Timestamp gate_frontier) {
  Timestamp least = gate_frontier;
  for (std::size_t detector = 0; detector < facility_of_.size(); ++detector) {
    if (facility_of_[detector] == facility) least = std::min(least, of_detector_[detector]);
  }
  Timestamp& horizon = of_facility_.at(facility);
  horizon = std::max(horizon, least);
  return horizon;
}

}  // namespace spillway::trigger
