#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "trigger/activity.hpp"
#include "trigger/stream_join.hpp"

namespace spillway::trigger {

/// Looks for activities in all primitives of a detector, in gates or not.
class ActivitySearch {
 public:
  /// The detector's policy must have a window.
  explicit ActivitySearch(const model::Detector& detector);

  /// Takes what begins before `watermark`, which all streams have reached. The detector's streams, in their order; none
  /// may have dropped anything from searched_until() on.
  void advance(std::span<const StreamJoin> streams, Timestamp watermark);
  [[nodiscard]] Timestamp searched_until() const { return searched_until_; }
  /// True where a primitive that begins inside `time` is active, which must end before searched_until() and begin after
  /// what was dropped. So it depends on nothing that begins later.
  [[nodiscard]] bool active_in(Interval time) const;
  void drop_before(Timestamp t);

  /// Activities that are over.
  [[nodiscard]] std::uint64_t found() const { return found_; }

 private:
  [[nodiscard]] ActivityPrimitive of_detector(const StreamPrimitive& from) const;

  std::vector<std::uint32_t> first_channels_;
  std::uint32_t stream_channels_;
  ActivityFinder finder_;
  Timestamp searched_until_ = Timestamp::min();
  std::deque<Timestamp> active_;  ///< begins of active primitives
  std::uint64_t found_ = 0;
};

}  // namespace spillway::trigger
