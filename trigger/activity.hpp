#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "daq/base/time.hpp"
#include "trigger/channel_runs.hpp"

namespace spillway::trigger {

/// When primitives are an activity. A condition of 0 is none.
struct ActivitySettings {
  Duration window;                ///< at least 1 ns
  std::uint64_t integral = 0;     ///< least sum of the window's primitives, ADC counts x samples
  std::uint64_t primitives = 0;   ///< least number of them
  std::uint32_t channels = 0;     ///< least length of the run of channels that the newest primitive is in
  std::uint32_t channel_gap = 0;  ///< channels without a hit that a run may pass over at once, at most 62
};

/// What an activity is made of.
struct ActivityPrimitive {
  Timestamp begin;
  std::uint32_t channel = 0;   ///< within the detector, so that neighbours have neighbouring numbers
  std::uint32_t integral = 0;  ///< ADC counts x samples
};

/// A cluster in time, and, where runs were asked for, across channels.
struct Activity {
  Timestamp begin;                    ///< of the oldest primitive in the first window that met the conditions
  Timestamp first;                    ///< begin of the newest one in it
  Timestamp last;                     ///< begin of the newest one in the last such window
  std::uint64_t primitives = 0;       ///< from begin to last
  std::uint64_t integral = 0;         ///< of these
  std::uint64_t window_integral = 0;  ///< the largest of a window that met the conditions
  std::uint32_t channels = 0;  ///< the longest run likewise, from its first channel to its last; 0: not asked for
  friend bool operator==(const Activity&, const Activity&) = default;
};

/// Looks for activities in the primitives of a detector, which come in the order of their begins.
///
/// The window of a primitive that begins at t are those before it (in the order given) that begin after t - window, and
/// itself. A primitive is active where its window meets all conditions: sum of integrals, number, and length of the run
/// of hit channels that holds its own channel. As a run grows with its own primitives alone, the first active primitive
/// is also the first at which the longest run of all is long enough. Active primitives less than a window apart belong
/// to one activity.
///
/// Each primitive costs the same whatever else is in the window: it enters sums and runs once and leaves them once.
/// Memory grows with the most primitives that were ever in a window, 16 bytes each.
class ActivityFinder {
 public:
  /// `channels`: of the detector; those from there on have no neighbours. Throws Error for a window below 1 ns and a
  /// gap above ChannelRuns::kMostGap.
  ActivityFinder(const ActivitySettings& settings, std::size_t channels);

  /// True where the primitive is active. An activity that it showed to be over is appended to `finished`.
  bool add(const ActivityPrimitive& primitive, std::vector<Activity>& finished);
  /// No primitive follows: appends the activity that is open, if any.
  void finish(std::vector<Activity>& finished);

 private:
  struct Sums {
    std::uint64_t primitives = 0;
    std::uint64_t integral = 0;
  };
  void enter(const ActivityPrimitive& primitive);
  void leave(Timestamp now);
  void grow();
  [[nodiscard]] bool active(std::uint32_t run) const;
  void extend(Timestamp now, std::uint32_t run);

  ActivitySettings settings_;
  ChannelRuns runs_;
  std::vector<ActivityPrimitive> ring_;  ///< a power of two; primitive i of the run lies at i modulo its size
  Sums entered_;                         ///< since the begin of the run
  Sums left_;
  std::optional<Activity> open_;  ///< its last primitive may still be followed by one that is active
  Sums before_open_;
};

}  // namespace spillway::trigger
