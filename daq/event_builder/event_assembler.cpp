#include "daq/event_builder/event_assembler.hpp"

#include <algorithm>
#include <array>

namespace spillway::event_builder {
namespace {

/// A fragment runs ahead of its decision by what the trigger is ahead of the builder, which is `look_ahead_ns`, a day
/// at most. So many decisions would be 776 of one detector in each second of a day: no honest fragment is beyond.
constexpr std::uint64_t kFarthestAhead = std::uint64_t{1} << 26U;

}  // namespace

std::string_view name(Offer offer) {
  constexpr std::array<std::string_view, 4> kNames = {"taken", "unknown_stream", "unasked", "duplicate"};
  return kNames[static_cast<std::size_t>(offer)];
}

EventAssembler::EventAssembler(const StreamIndex& index)
    : index_(&index), detectors_(index.detectors()), streams_(index.names().size()) {}

std::optional<std::size_t> EventAssembler::place_of(std::uint32_t d, std::uint64_t id) const {
  const auto& pending = detectors_[d].pending;
  const auto behind = std::ranges::upper_bound(pending, id, {}, [](const Pending& p) { return p.decision.id; });
  if (behind == pending.begin()) return std::nullopt;
  const auto found = std::prev(behind);
  if (id - found->decision.id >= found->count) return std::nullopt;
  return static_cast<std::size_t>(found - pending.begin());
}

const EventAssembler::Pending* EventAssembler::find(std::uint32_t d, std::uint64_t id) const {
  const auto place = place_of(d, id);
  return place ? &detectors_[d].pending[*place] : nullptr;
}

std::uint64_t EventAssembler::taken(std::uint32_t d) const {
  return detectors_.at(d).taken;
}

bool EventAssembler::add_decision(const model::Decision& decision, std::vector<std::uint64_t> boots,
                                  std::int64_t sent_wall_ns, std::uint32_t part, std::vector<std::uint32_t>& refused) {
  const std::uint32_t d = decision.detector;
  if (d >= detectors_.size() || decision.id != taken(d)) return false;
  const std::uint32_t streams = index_->count_of(d);
  if (!boots.empty() && boots.size() != streams) return false;

  for (std::uint32_t i = 0; i < streams; ++i) {
    Stream& stream = streams_[index_->first_of(d) + i];
    const auto early = stream.here.find(decision.id);
    if (early != stream.here.end() && (boots.empty() || early->second != boots[i])) {
      stream.here.erase(early);
      refused.push_back(index_->first_of(d) + i);
    }
    if (!boots.empty()) stream.open.push_back(decision.id);
  }
  const std::size_t open = boots.size();
  detectors_[d].pending.push_back({decision, std::move(boots), sent_wall_ns, part, open});
  ++detectors_[d].taken;
  pop_complete(d);
  return true;
}

bool EventAssembler::add_train(const model::Decision& first, std::uint64_t count, std::int64_t sent_wall_ns,
                               std::uint32_t part, std::vector<std::pair<std::uint32_t, std::uint64_t>>& refused) {
  const std::uint32_t d = first.detector;
  if (d >= detectors_.size() || first.id != taken(d)) return false;
  for (std::uint32_t i = 0; i < index_->count_of(d); ++i) {
    auto& here = streams_[index_->first_of(d) + i].here;
    const auto end = here.lower_bound(first.id + count);
    for (auto early = here.lower_bound(first.id); early != end; early = here.erase(early)) {
      refused.emplace_back(index_->first_of(d) + i, early->first);
    }
  }
  detectors_[d].pending.push_back({first, {}, sent_wall_ns, part, 0, count});
  detectors_[d].taken += count;
  pop_complete(d);
  return true;
}

Offer EventAssembler::offer(std::uint32_t s, std::uint64_t decision, std::uint64_t boot) {
  if (s >= streams_.size()) return Offer::kUnknownStream;
  const std::uint32_t d = index_->detector_of(s);
  Stream& stream = streams_[s];
  if (stream.here.contains(decision)) return Offer::kDuplicate;
  if (decision >= taken(d)) {
    if (decision - taken(d) > kFarthestAhead) return Offer::kUnasked;
  } else {
    const Pending* pending = find(d, decision);
    if (pending == nullptr) return Offer::kDuplicate;
    if (pending->boots.empty() || pending->boots[s - index_->first_of(d)] != boot) return Offer::kUnasked;
    if (!std::binary_search(stream.open.begin(), stream.open.end(), decision)) return Offer::kDuplicate;
  }
  stream.here.emplace(decision, boot);
  return Offer::kTaken;
}

std::optional<EventAssembler::Turn> EventAssembler::turn(std::uint32_t s) const {
  const Stream& stream = streams_.at(s);
  if (stream.open.empty()) return std::nullopt;
  const std::uint32_t d = index_->detector_of(s);
  const Pending* pending = find(d, stream.open.front());
  Turn turn{&pending->decision, pending->part, stream.here.contains(stream.open.front()), {}};
  if (turn.here) return turn;
  if (gone_.contains(pending->boots[s - index_->first_of(d)])) {
    turn.reason = "restart";
  } else if (!given_up_.empty()) {
    turn.reason = given_up_;
  } else {
    return std::nullopt;
  }
  return turn;
}

void EventAssembler::done(std::uint32_t s) {
  Stream& stream = streams_.at(s);
  const std::uint64_t id = stream.open.front();
  stream.open.pop_front();
  stream.here.erase(id);
  const std::uint32_t d = index_->detector_of(s);
  --detectors_[d].pending[place_of(d, id).value()].open;
  pop_complete(d);
}

void EventAssembler::pop_complete(std::uint32_t d) {
  Detector& detector = detectors_[d];
  while (!detector.pending.empty() && detector.pending.front().open == 0) {
    const Pending& first = detector.pending.front();
    complete_.push_back({d, detector.base, first.sent_wall_ns, first.count});
    detector.base += first.count;
    detector.pending.pop_front();
  }
}

void EventAssembler::move_open(std::uint32_t first, std::uint32_t part) {
  for (Detector& detector : detectors_) {
    for (Pending& pending : detector.pending) {
      if (pending.part >= first) pending.part = part;
    }
  }
}

std::size_t EventAssembler::open_requests() const {
  std::size_t open = 0;
  for (const Stream& stream : streams_) open += stream.open.size();
  return open;
}

std::size_t EventAssembler::waiting() const {
  std::size_t waiting = 0;
  for (const Stream& stream : streams_) waiting += stream.here.size();
  return waiting;
}

std::vector<CompleteDecision> EventAssembler::take_complete(const OfDetectors& which) {
  const auto others = std::stable_partition(complete_.begin(), complete_.end(),
                                            [&](const CompleteDecision& complete) { return which(complete.detector); });
  std::vector<CompleteDecision> taken(complete_.begin(), others);
  complete_.erase(complete_.begin(), others);
  return taken;
}

bool EventAssembler::any_complete(const OfDetectors& which) const {
  return std::any_of(complete_.begin(), complete_.end(),
                     [&](const CompleteDecision& complete) { return which(complete.detector); });
}

bool EventAssembler::only_disk_awaited(const OfDetectors& which) const {
  return any_complete([&](std::uint32_t d) { return which(d) && detectors_[d].pending.empty(); });
}

std::optional<std::uint32_t> EventAssembler::earliest_open_part() const {
  std::optional<std::uint32_t> earliest;
  for (const Detector& detector : detectors_) {
    if (detector.pending.empty()) continue;
    const std::uint32_t part = detector.pending.front().part;
    if (!earliest || part < *earliest) earliest = part;
  }
  return earliest;
}

}  // namespace spillway::event_builder
