#pragma once

#include <string>
#include <utility>
#include <vector>

#include "daq/model/interval_set.hpp"
#include "trigger/trigger_core.hpp"

namespace spillway::trigger::test {

constexpr Timestamp at(std::int64_t ns) {
  return {ns};
}

inline model::Pulse pulse(std::uint64_t id, std::int64_t begin, std::int64_t length = 10) {
  model::Pulse made;
  made.id = id;
  made.time = {at(begin), at(begin + length)};
  made.protons = 1e12;
  return made;
}

inline model::Primitive primitive(std::int64_t begin, std::uint32_t duration = 5) {
  model::Primitive made;
  made.time_start_ns = begin;
  made.duration_ns = duration;
  return made;
}

/// On-gates [pulse - 10, pulse end + 40), one off-gate 1000 ns later; T0 = 0.
inline model::Facility facility(std::string name = "bench") {
  model::Facility made;
  made.name = std::move(name);
  made.on_before = nanoseconds(10);
  made.on_after = nanoseconds(40);
  made.off_offsets = {nanoseconds(1000)};
  return made;
}

inline model::Detector detector(std::string name, std::uint32_t facility_index = 0, std::size_t streams = 1,
                                std::uint32_t processes = 1) {
  model::Detector made;
  made.name = name;
  made.facility = facility_index;
  for (std::size_t s = 0; s < streams; ++s) {
    made.streams.push_back(name + "/" + std::to_string(s));
    made.first_channels.push_back(static_cast<std::uint32_t>(s));
  }
  made.pre = nanoseconds(20);
  made.post = nanoseconds(30);
  made.readout_processes = processes;
  made.trigger.coincidence_window = nanoseconds(10);
  return made;
}

inline model::Setup setup(std::vector<model::Facility> facilities, std::vector<model::Detector> detectors) {
  model::Setup made;
  made.facilities = std::move(facilities);
  made.detectors = std::move(detectors);
  made.look_ahead = seconds(1);
  return made;
}

inline PulseBatch pulses(std::int64_t until, std::vector<model::Pulse> list = {}) {
  PulseBatch batch;
  batch.watermark = at(until);
  batch.pulses = std::move(list);
  return batch;
}

inline PrimitiveBatch primitives(std::int64_t from, std::int64_t until, std::vector<model::Primitive> list = {}) {
  PrimitiveBatch batch;
  batch.covered_from = at(from);
  batch.watermark = at(until);
  batch.primitives = std::move(list);
  return batch;
}

/// A core that everything has been decided of, piece by piece.
class Bench {
 public:
  Bench(model::Setup used, std::vector<std::uint32_t> sources, RunLimits limits = {}, std::uint64_t seed = 1)
      : setup(used), core(std::move(used), seed, limits, sources) {
    for (std::size_t p = 0; p < core.processes().size(); ++p) core.set_boot(p, 100 + p);
  }

  void turn() {
    while (core.decide(16)) {
    }
    TriggerOutput out = core.take_output();
    for (auto& made : out.decisions) decisions.push_back(std::move(made));
    for (const auto& interval : out.dead) dead.push_back(interval);
    for (const auto& request : out.requests) requests.push_back(request);
    for (const auto& stored : out.pulses) stored_pulses.push_back(stored);
  }

  [[nodiscard]] std::vector<model::Decision> of(std::uint32_t detector_index) const {
    std::vector<model::Decision> found;
    for (const auto& made : decisions) {
      if (made.decision.detector == detector_index) found.push_back(made.decision);
    }
    return found;
  }
  [[nodiscard]] model::IntervalSet dead_of(std::uint32_t detector_index, model::DeadReason reason) const {
    model::IntervalSet set;
    for (const auto& interval : dead) {
      if (interval.detector == detector_index && interval.reason == reason) set.add(interval.time);
    }
    return set;
  }

  model::Setup setup;
  TriggerCore core;
  std::vector<MadeDecision> decisions;
  std::vector<DeadInterval> dead;
  std::vector<Request> requests;
  std::vector<StoredPulse> stored_pulses;
};

}  // namespace spillway::trigger::test
