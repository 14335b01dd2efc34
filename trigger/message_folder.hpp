#pragma once

#include <cstdint>
#include <vector>

#include "daq/model/setup.hpp"
#include "daq/proto/data.pb.h"
#include "trigger/records.hpp"

namespace spillway::trigger {

/// Puts decisions and pulses into messages for the event builder. Where a detector is simulated at the level of
/// primitives, runs of decisions without content go as trains, and so do the pulses of a facility that has only such
/// detectors. What goes singly and what does not never changes what the messages mean.
class MessageFolder {
 public:
  explicit MessageFolder(const model::Setup& setup);

  /// `decisions`: of each detector in the order of their ids.
  void add(const std::vector<MadeDecision>& decisions, v1::Decisions& message) const;
  void add(const std::vector<StoredPulse>& pulses, v1::Pulses& message) const;

 private:
  std::vector<bool> folds_decisions_;  ///< by detector
  std::vector<bool> folds_pulses_;     ///< by facility
};

}  // namespace spillway::trigger
