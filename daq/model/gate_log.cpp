#include "daq/model/gate_log.hpp"

#include <algorithm>

namespace spillway::model {

std::uint64_t InterleavedTrains::count() const {
  std::uint64_t sum = 0;
  for (const GateTrain& train : trains) sum += train.count;
  return sum;
}

bool InterleavedTrains::sane() const {
  if (trains.empty() || trains.size() > kGateKinds.size()) return false;
  const std::uint64_t rounds = trains.front().count;
  if (rounds > kMostInTrain) return false;
  std::uint64_t before = rounds;
  for (const GateTrain& train : trains) {
    const bool in_turn = train.count <= before && train.count + 1 >= rounds;
    if (!in_turn || !is_sane(train)) return false;
    before = train.count;
  }
  return true;
}

bool GateFolder::extend(const Gate& gate) {
  if (!repeats_) {
    const bool is_new =
        std::none_of(lanes_.begin(), lanes_.end(), [&gate](const Lane& lane) { return lane.first.kind == gate.kind; });
    if (is_new) {
      lanes_.push_back({gate, {}});
      ++count_;
      return true;
    }
  }
  Lane& lane = lanes_[count_ % lanes_.size()];
  const std::uint64_t k = count_ / lanes_.size();
  const Gate& first = lane.first;
  const bool alike = gate.kind == first.kind && gate.time.length() == first.time.length() &&
                     gate.index == first.index + k && gate.pulse_id == first.pulse_id + k &&
                     gate.protons == first.protons && gate.time.begin >= first.time.begin;
  if (!alike || !lane.line.extend((gate.time.begin - first.time.begin).ns)) return false;
  repeats_ = true;
  ++count_;
  return true;
}

InterleavedTrains GateFolder::trains() const {
  InterleavedTrains folded;
  for (const Lane& lane : lanes_) {
    GateTrain& train = folded.trains.emplace_back();
    train.kind = lane.first.kind;
    train.first = lane.first.time.begin;
    train.period_num = static_cast<std::uint64_t>(lane.line.num());
    train.period_den = static_cast<std::uint64_t>(lane.line.den());
    train.phase = static_cast<std::uint64_t>(lane.line.phase());
    train.count = lane.line.points();
    train.length = lane.first.time.length();
    train.first_index = lane.first.index;
    train.first_pulse_id = lane.first.pulse_id;
    train.protons = lane.first.protons;
  }
  return folded;
}

void GateFolder::clear() {
  lanes_.clear();
  repeats_ = false;
  count_ = 0;
}

void GateLog::add(const Gate& gate, Interval window) {
  const Duration pre = gate.time.begin - window.begin;
  const Duration post = window.end - gate.time.end;
  const bool fits = pre == pre_ && post == post_;
  if (open_.count() > 0 && (!fits || !open_.extend(gate))) {
    folded_.push_back({pre_, post_, open_.trains()});
    open_.clear();
  }
  if (open_.count() == 0) open_.extend(gate);
  pre_ = pre;
  post_ = post;
}

std::vector<GateLog::Stretch> GateLog::stretches() const {
  std::vector<Stretch> all = folded_;
  if (open_.count() > 0) all.push_back({pre_, post_, open_.trains()});
  return all;
}

}  // namespace spillway::model
