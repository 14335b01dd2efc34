#include "trigger/message_folder.hpp"

#include <algorithm>
#include <span>

#include "daq/model/decision_train.hpp"
#include "daq/model/pulse_train.hpp"
#include "daq/proto/convert.hpp"

namespace spillway::trigger {
namespace {

void add_singly(std::span<const MadeDecision> decisions, v1::Decisions& message) {
  for (const MadeDecision& made : decisions) {
    v1::Decision& decision = *message.add_decisions();
    decision = proto::to_proto(made.decision);
    for (const std::uint64_t boot : made.boots) decision.add_boots(boot);
    decision.set_sent_wall_ns(made.sent_wall_ns);
  }
}

}  // namespace

MessageFolder::MessageFolder(const model::Setup& setup) {
  for (const model::Detector& detector : setup.detectors) folds_decisions_.push_back(detector.primitives);
  for (std::uint32_t f = 0; f < setup.facilities.size(); ++f) {
    folds_pulses_.push_back(model::sends_pulse_trains(setup, f));
  }
}

void MessageFolder::add(const std::vector<MadeDecision>& decisions, v1::Decisions& message) const {
  const std::span all(decisions);
  for (std::size_t begin = 0; begin < all.size();) {
    model::DecisionFolder folder;
    const bool folds = folds_decisions_.at(all[begin].decision.detector);
    std::size_t end = begin;
    while (folds && end < all.size() && folder.extend(all[end].decision)) ++end;
    if (end - begin >= model::kShortestTrain) {
      v1::Decision& train = *message.add_decisions();
      train = proto::to_proto(folder.train());
      train.set_sent_wall_ns(all[begin].sent_wall_ns);
    } else {
      end = std::max(end, begin + 1);
      add_singly(all.subspan(begin, end - begin), message);
    }
    begin = end;
  }
}

void MessageFolder::add(const std::vector<StoredPulse>& pulses, v1::Pulses& message) const {
  for (std::size_t begin = 0; begin < pulses.size();) {
    model::PulseFolder folder;
    const std::uint32_t facility = pulses[begin].facility;
    std::size_t end = begin;
    while (folds_pulses_.at(facility) && end < pulses.size() && pulses[end].facility == facility &&
           folder.extend(pulses[end].pulse)) {
      ++end;
    }
    if (end - begin >= model::kShortestTrain) {
      *message.add_pulses() = proto::to_proto(folder.train(), facility);
    } else {
      end = std::max(end, begin + 1);
      for (std::size_t i = begin; i < end; ++i) *message.add_pulses() = proto::to_proto(pulses[i].pulse, facility);
    }
    begin = end;
  }
}

}  // namespace spillway::trigger
