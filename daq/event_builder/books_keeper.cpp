#include "daq/event_builder/books_keeper.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace spillway::event_builder {

using model::DeadReason;
using model::FragmentStatus;

BooksKeeper::BooksKeeper(const model::Setup& setup, const StreamIndex& index)
    : setup_(setup), index_(&index), detectors_(setup.detectors.size()), requests_(index.names().size()) {
  for (std::size_t s = 0; s < requests_.size(); ++s) requests_[s].stream = index.names()[s];
}

void BooksKeeper::add_gate(const model::Decision& decision) {
  DetectorState& detector = detectors_.at(decision.detector);
  ++detector.decisions;
  model::Gate gate = decision.gate;
  // No book asks for pulses and protons, which would tell every gate from the next.
  gate.pulse_id = gate.index;
  gate.protons = 0;
  detector.gates.add(gate, decision.window);
  detector.last_end = std::max(detector.last_end, gate.time.end);
  detector.counts.count(gate.kind);
}

void BooksKeeper::add_train(const model::DecisionTrain& train) {
  train.for_each([this](const model::Decision& decision) { add_gate(decision); });
}

void BooksKeeper::add_decision(const model::Decision& decision, bool asked) {
  add_gate(decision);
  if (!asked) return;
  const std::uint32_t first = index_->first_of(decision.detector);
  for (std::uint32_t i = 0; i < index_->count_of(decision.detector); ++i) ++requests_[first + i].asked;
}

void BooksKeeper::add_dead(std::uint32_t detector, DeadReason reason, Interval time) {
  detectors_.at(detector).dead.of(reason).add(time);
}

bool BooksKeeper::add_reply(std::uint32_t stream, const model::Decision& decision, FragmentStatus status) {
  requests_.at(stream).count(status);
  if (status == FragmentStatus::kPartial || status == FragmentStatus::kNoData) {
    doubtful_.push_back({stream, status, decision.window});
  }
  if (status != FragmentStatus::kExpired) return false;
  add_dead(decision.detector, DeadReason::kFragmentMissing, decision.window);
  return true;
}

void BooksKeeper::add_missing(std::uint32_t stream, const model::Decision& decision, const std::string& reason) {
  ++requests_.at(stream).missing[reason];
  add_dead(decision.detector, DeadReason::kFragmentMissing, decision.window);
}

void BooksKeeper::set_final_totals(const std::vector<model::StreamLedger>& totals) {
  for (const model::StreamLedger& ledger : totals) final_totals_[ledger.stream] = ledger;
}

void BooksKeeper::add_restart(const std::string& process, const std::vector<std::string>& streams) {
  problems_.push_back(process + " restarted");
  restarted_.insert(streams.begin(), streams.end());
}

Interval BooksKeeper::run_time() const {
  if (trigger_) return trigger_->time;
  Interval time{setup_.epoch, setup_.epoch};
  for (const DetectorState& detector : detectors_) time.end = std::max(time.end, detector.last_end);
  return time;
}

bool BooksKeeper::explained(const Doubtful& reply) const {
  const Interval run = run_time();
  const Interval inside = reply.window.clipped_to(run);
  const auto& gaps = detectors_[index_->detector_of(reply.stream)].dead.of(DeadReason::kStreamMissing);
  const Duration covered_by_gaps = gaps.clipped_to(inside).length();
  if (reply.status == FragmentStatus::kNoData) return covered_by_gaps == inside.length();
  return covered_by_gaps > Duration{} || inside != reply.window;
}

std::vector<DeadTimeFound> BooksKeeper::unexplained() {
  std::vector<DeadTimeFound> found;
  for (const Doubtful& reply : doubtful_) {
    if (explained(reply)) continue;
    ++unexplained_[requests_[reply.stream].stream];
    found.push_back({index_->detector_of(reply.stream), reply.window});
  }
  for (const DeadTimeFound& dead : found) add_dead(dead.detector, DeadReason::kFragmentMissing, dead.time);
  doubtful_.clear();
  return found;
}

model::StreamLedger BooksKeeper::ledger_of(std::uint32_t s) const {
  const model::StreamLedger& requests = requests_[s];
  model::StreamLedger ledger;
  if (trigger_) {
    const auto at = std::find_if(trigger_->totals.begin(), trigger_->totals.end(),
                                 [&](const auto& totals) { return totals.stream == requests.stream; });
    if (at != trigger_->totals.end()) ledger = *at;
  }
  const auto last = final_totals_.find(requests.stream);
  const bool restarted = restarted_.contains(requests.stream);
  // One process alone knows its books to the end; of several, the trigger took the sum.
  if (last != final_totals_.end() && !restarted && last->second.sent >= ledger.sent) ledger = last->second;
  if (restarted) {
    const std::uint64_t in = ledger.sent + ledger.duplicated;
    const std::uint64_t out = ledger.accepted + total(ledger.rejected) + total(ledger.lost) + ledger.outside_run;
    if (in > out) ledger.lost["restart"] += in - out;
  }
  ledger.stream = requests.stream;
  ledger.asked = requests.asked;
  ledger.ok = requests.ok;
  ledger.partial = requests.partial;
  ledger.expired = requests.expired;
  ledger.no_data = requests.no_data;
  ledger.built = requests.built;
  ledger.missing = requests.missing;
  return ledger;
}

ClosedBooks BooksKeeper::close() const {
  ClosedBooks books;
  books.time = run_time();
  for (std::uint32_t f = 0; f < setup_.facilities.size(); ++f) {
    model::GateCounts& counts = books.gates[setup_.facilities[f].name];
    for (std::uint32_t d = 0; d < detectors_.size(); ++d) {
      if (setup_.detectors[d].facility == f) counts.raise_to(detectors_[d].counts);
    }
    if (!trigger_) continue;
    if (const auto at = trigger_->facilities.find(f); at != trigger_->facilities.end()) {
      counts.dropped = at->second.gates_dropped;
      counts.late_pulses = at->second.late_pulses;
    }
  }
  for (std::uint32_t s = 0; s < requests_.size(); ++s) books.streams.push_back(ledger_of(s));
  for (std::uint32_t d = 0; d < detectors_.size(); ++d) {
    const DetectorState& state = detectors_[d];
    const model::Detector& detector = setup_.detectors[d];
    books.livetime.push_back({detector.name, model::live_time_books(state.gates, state.dead, detector.whole_gate,
                                                                    books.time, detector.gated)});
    books.decisions_made += state.decisions;
  }
  complain(books.streams, books.missing);
  return books;
}

void BooksKeeper::complain(const std::vector<model::StreamLedger>& streams, std::vector<std::string>& missing) const {
  missing = problems_;
  if (!trigger_) {
    missing.emplace_back(
        "the trigger did not close the run: it ends with the last gate that was decided, and nobody says what became "
        "of its frames");
  } else {
    for (std::uint32_t d = 0; d < detectors_.size() && d < trigger_->decisions.size(); ++d) {
      if (trigger_->decisions[d] == detectors_[d].decisions) continue;
      missing.push_back(fmt::format("detector {}: the trigger made {} decisions, {} came", setup_.detectors[d].name,
                                    trigger_->decisions[d], detectors_[d].decisions));
    }
  }
  for (const model::StreamLedger& stream : streams) {
    for (const std::string& complaint : stream.complaints()) missing.push_back(complaint);
    for (const auto& [reason, count] : stream.missing) {
      missing.push_back(fmt::format("stream {}: {} fragments missing ({})", stream.stream, count, reason));
    }
    if (stream.expired > 0) {
      missing.push_back(fmt::format("stream {}: {} requests came too late, the ring had overwritten their data",
                                    stream.stream, stream.expired));
    }
    if (const auto at = unexplained_.find(stream.stream); at != unexplained_.end()) {
      missing.push_back(
          fmt::format("stream {}: {} fragments lack data that no booked gap explains", stream.stream, at->second));
    }
    if (const auto at = stream.lost.find("restart"); at != stream.lost.end()) {
      missing.push_back(fmt::format("stream {}: {} frames lost with a process", stream.stream, at->second));
    }
  }
}

}  // namespace spillway::event_builder
