#include "daq/storage/run_derivation.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "daq/storage/records.hpp"

namespace spillway::storage {

void RunDerivation::start(const RunInfo& info) {
  info_ = info;
  detectors_.resize(info.detectors.size());
  streams_.resize(info.streams.size());
  for (std::size_t i = 0; i < info.streams.size(); ++i) streams_[i].stream = info.streams[i];
}

void RunDerivation::add(const model::Decision& decision) {
  digest_.add(decision, info_.detectors.at(decision.detector));
  add_gate(decision);
}

void RunDerivation::add(const model::DecisionTrain& train) {
  digest_.add(train, info_.detectors.at(train.detector));
  train.for_each([this](const model::Decision& decision) { add_gate(decision); });
}

void RunDerivation::add_gate(const model::Decision& decision) {
  Detector& detector = detectors_.at(decision.detector);
  model::Gate gate = decision.gate;
  if (gate.kind != model::GateKind::kOn) gate.pulse_id = gate.index;  // it is not asked for
  detector.gates.add(gate, decision.window);
  detector.counts.count(gate.kind);
  first_ = std::min(first_, gate.time.begin);
  last_ = std::max(last_, gate.time.end);
  last_begin_ = std::max(last_begin_, gate.time.begin);
  ++decisions_;
}

void RunDerivation::add_fragment(const FragmentRow& row, ByteView payload) {
  model::StreamLedger& stream = streams_.at(row.stream);
  const auto status = static_cast<model::FragmentStatus>(row.status);
  ++stream.asked;
  stream.count(status);
  digest_.add_fragment(stream.stream, row.decision, window_of(row), status, payload);
}

void RunDerivation::add_missing(const MissingRow& row, Interval window) {
  model::StreamLedger& stream = streams_.at(row.stream);
  ++stream.asked;
  ++stream.missing[missing_reason(row)];
  detectors_.at(row.detector).dead[static_cast<std::size_t>(model::DeadReason::kFragmentMissing)].push_back(window);
}

void RunDerivation::add_dead(const DeadRow& row) {
  detectors_.at(row.detector).dead.at(row.reason).push_back({{row.begin_ns}, {row.end_ns}});
}

void RunDerivation::add_pulse(const PulseRow& row) {
  if (row.revision == 0) pulses_.try_emplace({row.facility, row.id}, row.protons);
}

void RunDerivation::add_pulses(const PulseTrainRow& row) {
  pulse_trains_.try_emplace({row.facility, row.first_id + row.count - 1}, row);
}

std::optional<double> RunDerivation::protons_of(std::uint32_t facility, std::uint64_t pulse) const {
  if (const auto single = pulses_.find({facility, pulse}); single != pulses_.end()) return single->second;
  const auto train = pulse_trains_.lower_bound({facility, pulse});
  const bool inside =
      train != pulse_trains_.end() && train->second.facility == facility && train->second.first_id <= pulse;
  return inside ? std::optional(train->second.protons) : std::nullopt;
}

model::DeadTime RunDerivation::dead_time(const Detector& detector) {
  model::DeadTime dead;
  for (std::size_t i = 0; i < detector.dead.size(); ++i) dead.by_reason[i] = model::IntervalSet(detector.dead[i]);
  return dead;
}

std::map<std::string, model::GateCounts> RunDerivation::gates() const {
  std::map<std::string, model::GateCounts> gates;
  for (const std::string& facility : info_.facilities) gates[facility];
  for (std::uint32_t i = 0; i < detectors_.size(); ++i) {
    const std::uint32_t facility = detector_info(info_, i).facility;
    if (facility >= info_.facilities.size()) continue;
    gates[info_.facilities[facility]].raise_to(detectors_[i].counts);
  }
  return gates;
}

std::vector<model::DetectorBooks> RunDerivation::livetime(Interval run) const {
  std::vector<model::DetectorBooks> books;
  for (std::uint32_t i = 0; i < detectors_.size(); ++i) {
    const DetectorInfo more = detector_info(info_, i);
    books.push_back({info_.detectors[i], model::live_time_books(detectors_[i].gates, dead_time(detectors_[i]),
                                                                more.whole_gate, run, more.gated)});
  }
  return books;
}

std::vector<double> RunDerivation::protons() const {
  std::vector<double> sums;
  for (std::uint32_t i = 0; i < detectors_.size(); ++i) {
    const Detector& detector = detectors_[i];
    const model::DeadTime dead = dead_time(detector).disjoint();
    const bool whole_gate = detector_info(info_, i).whole_gate;
    double sum = 0;
    detector.gates.for_each([&](const model::Gate& gate, Interval window) {
      if (gate.kind != model::GateKind::kOn) return;
      const model::LiveTime line = model::live_time_of({gate.kind, gate.time, window}, dead, whole_gate);
      if (line.wall.ns > 0) sum += gate.protons * static_cast<double>(line.live.ns) / static_cast<double>(line.wall.ns);
    });
    sums.push_back(sum);
  }
  return sums;
}

std::vector<std::string> RunDerivation::pulse_complaints() const {
  std::vector<std::string> complaints;
  for (std::uint32_t i = 0; i < detectors_.size(); ++i) {
    detectors_[i].gates.for_each([&](const model::Gate& gate, Interval) {
      if (gate.kind != model::GateKind::kOn) return;
      const auto protons = protons_of(detector_info(info_, i).facility, gate.pulse_id);
      if (!protons || *protons == gate.protons) return;
      complaints.push_back(fmt::format("detector {}: the on-gate of pulse {} has {} protons, the pulse {}",
                                       info_.detectors[i], gate.pulse_id, gate.protons, *protons));
    });
  }
  return complaints;
}

}  // namespace spillway::storage
