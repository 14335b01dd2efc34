#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "daq/model/setup.hpp"

namespace spillway::trigger {

/// The release horizon: before it everything is decided and on disk, so nothing before it will be asked for again.
class HorizonTracker {
 public:
  explicit HorizonTracker(const model::Setup& setup);

  /// In order of ids, for each detector.
  void decided(std::uint32_t detector, Interval window);
  /// Decisions of the detector with an id below `count` are on disk. Counts that say less than before, or more than was
  /// decided, change nothing.
  void durable(std::uint32_t detector, std::uint64_t count);
  /// Decisions that are not on disk yet.
  [[nodiscard]] std::size_t outstanding(std::uint32_t detector) const { return windows_.at(detector).size(); }

  /// `undecided`: begin of the earliest window that may still be wanted. Never goes back.
  void update(std::uint32_t detector, Timestamp undecided);
  [[nodiscard]] Timestamp of_detector(std::uint32_t detector) const { return of_detector_.at(detector); }
  /// The least of the facility's detectors; a facility without detectors goes by its gates alone.
  [[nodiscard]] Timestamp of_facility(std::uint32_t facility, Timestamp gate_frontier);

 private:
  std::vector<std::uint32_t> facility_of_;
  std::vector<std::deque<Timestamp>> windows_;  ///< begins, of what is decided and not durable
  std::vector<std::uint64_t> durable_;
  std::vector<Timestamp> of_detector_;
  std::vector<Timestamp> of_facility_;
};

}  // namespace spillway::trigger
