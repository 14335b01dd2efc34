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
  Detector& detector = detectors_.at(decision.detector);
  const model::Gate& gate = decision.gate;
  detector.gates.push_back({gate.kind, gate.time, decision.window});
  detector.counts.count(gate.kind);
  if (gate.kind == model::GateKind::kOn) detector.on_pulses.emplace_back(gate.pulse_id, gate.protons);
  digest_.add(decision, info_.detectors[decision.detector]);
  first_ = std::min(first_, gate.time.begin);
  last_ = std::max(last_, gate.time.end);
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
    model::IntervalSet emitted(std::span<const Interval>(&run, 1));
    if (more.gated) {
      std::vector<Interval> windows;
      for (const model::ReadGate& gate : detectors_[i].gates) windows.push_back(gate.window);
      emitted = model::IntervalSet(windows);
    }
    books.push_back({info_.detectors[i], model::live_time_books(detectors_[i].gates, dead_time(detectors_[i]),
                                                                more.whole_gate, run, emitted)});
  }
  return books;
}

std::vector<double> RunDerivation::protons() const {
  std::vector<double> sums;
  for (std::uint32_t i = 0; i < detectors_.size(); ++i) {
    const Detector& detector = detectors_[i];
    const model::DeadTime dead = dead_time(detector).disjoint();
    double sum = 0;
    std::size_t on = 0;
    for (const model::ReadGate& gate : detector.gates) {
      if (gate.kind != model::GateKind::kOn) continue;
      const double protons = detector.on_pulses[on++].second;
      const model::LiveTime line = model::live_time_of(gate, dead, detector_info(info_, i).whole_gate);
      if (line.wall.ns > 0) sum += protons * static_cast<double>(line.live.ns) / static_cast<double>(line.wall.ns);
    }
    sums.push_back(sum);
  }
  return sums;
}

std::vector<std::string> RunDerivation::pulse_complaints() const {
  std::vector<std::string> complaints;
  for (std::uint32_t i = 0; i < detectors_.size(); ++i) {
    for (const auto& [pulse, protons] : detectors_[i].on_pulses) {
      const auto at = pulses_.find({detector_info(info_, i).facility, pulse});
      if (at == pulses_.end() || at->second == protons) continue;
      complaints.push_back(fmt::format("detector {}: the on-gate of pulse {} has {} protons, the pulse {}",
                                       info_.detectors[i], pulse, protons, at->second));
    }
  }
  return complaints;
}

}  // namespace spillway::storage
