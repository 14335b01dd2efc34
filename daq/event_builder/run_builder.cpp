#include "daq/event_builder/run_builder.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "daq/base/error.hpp"
#include "daq/event_builder/fragment_check.hpp"
#include "daq/event_builder/run_report.hpp"
#include "daq/proto/convert.hpp"

namespace spillway::event_builder {
namespace {

/// More than any row, its header and the sizes of a few hundred frames.
constexpr std::uint64_t kRowBytes = 4096;
std::vector<storage::ClockRow> clocks_of(const model::Setup& setup, const StreamIndex& index) {
  std::vector<storage::ClockRow> clocks;
  for (std::uint32_t stream = 0; stream < index.names().size(); ++stream) {
    const model::ClockSegment& clock = setup.detectors[index.detector_of(stream)].clock;
    clocks.push_back({stream, 0, clock.first_tick, clock.tai.ns, clock.ns_numerator, clock.ns_denominator});
  }
  return clocks;
}

}  // namespace

RunBuilder::RunBuilder(const model::Setup& setup, std::filesystem::path directory, storage::RunInfo info)
    : setup_(setup),
      index_(setup_),
      assembler_(index_),
      books_(setup_, index_),
      writer_(std::move(directory), std::move(info), clocks_of(setup_, index_), setup_.storage),
      encoder_(setup_.storage.compression),
      latencies_of_(setup_.detectors.size()),
      large_(setup_.detectors.size()),
      flushing_(setup_.detectors.size()),
      durable_(setup_.detectors.size()) {}

void RunBuilder::add(const v1::Decisions& decisions) {
  for (const auto& decision : decisions.decisions()) queue_.emplace_back(decision);
  for (const auto& dead : decisions.dead()) queue_.emplace_back(dead);
}

void RunBuilder::add(const v1::Pulses& pulses) {
  for (const auto& pulse : pulses.pulses()) queue_.emplace_back(pulse);
}

void RunBuilder::add(const v1::Truth& truth) {
  for (const auto& event : truth.events()) queue_.emplace_back(event);
}

void RunBuilder::add(Arrival arrival) {
  queue_.emplace_back(std::move(arrival));
}
void RunBuilder::add(const v1::TriggerEnd& end) {
  queue_.emplace_back(end);
}
void RunBuilder::add(const v1::FragmentEnd& end) {
  queue_.emplace_back(end);
}

void RunBuilder::peer_lost(const std::string& process, std::uint64_t boot, const std::vector<std::string>& streams) {
  books_.add_restart(process, streams);
  queue_.emplace_back(Lost{boot, streams});
}

std::set<std::uint32_t>& RunBuilder::due(std::uint32_t stream) {
  return setup_.detectors[index_.detector_of(stream)].gated ? due_large_ : due_;
}

bool RunBuilder::write(std::size_t steps, std::uint64_t bytes, What what) {
  const std::uint64_t before = writer_.unflushed_bytes();
  for (;;) {
    while (!due_.empty() || (what == What::kAll && !due_large_.empty())) {
      if (writer_.unflushed_bytes() - before >= bytes) return true;
      std::set<std::uint32_t>& due = due_.empty() ? due_large_ : due_;
      const std::uint32_t stream = *due.begin();
      if (const auto turn = assembler_.turn(stream)) {
        if (!settle(stream, *turn)) return false;
      } else {
        due.erase(due.begin());
      }
    }
    if (queue_.empty() || steps-- == 0) return true;
    if (!std::visit([this](auto& item) { return take(item); }, queue_.front())) return false;
    queue_.pop_front();
  }
}

bool RunBuilder::take(const v1::Pulse& pulse) {
  if (pulse.facility() >= setup_.facilities.size()) {
    ++counters_["unknown_facility"];
    return true;
  }
  auto* file = writer_.newest_with_room(kRowBytes);
  if (file == nullptr) return false;
  if (!pulse.has_train()) {
    file->append(proto::to_model(pulse), pulse.facility());
    ++counters_["pulses"];
    return true;
  }
  const model::PulseTrain train = proto::train_of(pulse);
  const bool may_fold = std::ranges::any_of(setup_.detectors, [&pulse](const model::Detector& detector) {
    return detector.facility == pulse.facility() && detector.primitives;
  });
  if (!may_fold || !train.sane()) {
    ++counters_["bad_pulses"];
    return true;
  }
  file->append(train, pulse.facility());
  counters_["pulses"] += train.count();
  return true;
}

bool RunBuilder::take(const v1::TruthEvent& event) {
  if (event.detector() >= setup_.detectors.size()) {
    ++counters_["unknown_detector"];
    return true;
  }
  auto* file = writer_.newest_with_room(kRowBytes);
  if (file == nullptr) return false;
  file->append(proto::to_model(event));
  ++counters_["truth_events"];
  return true;
}

bool RunBuilder::take(const v1::Decision& message) {
  if (message.trains_size() > 0) return take_train(message);
  const model::Decision decision = proto::to_model(message);
  std::vector<std::uint64_t> boots(message.boots().begin(), message.boots().end());
  const bool asked = !boots.empty();
  if (decision.detector >= setup_.detectors.size() || decision.id != assembler_.taken(decision.detector) ||
      (asked && boots.size() != index_.count_of(decision.detector))) {
    ++counters_["bad_decision"];
    return true;
  }
  if (writer_.is_full()) roll_over();
  auto* file = writer_.newest_with_room(kRowBytes);
  if (file == nullptr) return false;
  const auto fragments = static_cast<std::uint32_t>(boots.size());
  std::vector<std::uint32_t> refused;
  assembler_.add_decision(decision, std::move(boots), message.sent_wall_ns(), writer_.newest(), refused);
  for (const std::uint32_t stream : refused) drop(stream, decision.id, "unasked");
  file->append(decision, fragments);
  digest_.add(decision, setup_.detectors[decision.detector].name);
  books_.add_decision(decision, asked);
  ++counters_["decisions"];
  const std::uint32_t first = index_.first_of(decision.detector);
  for (std::uint32_t i = 0; i < fragments; ++i) due(first + i).insert(first + i);
  return true;
}

bool RunBuilder::take_train(const v1::Decision& message) {
  const model::DecisionTrain train = proto::train_of(message);
  const bool fits = train.detector < setup_.detectors.size() && setup_.detectors[train.detector].primitives &&
                    train.first_id == assembler_.taken(train.detector);
  if (!fits || !train.sane() || message.primitives() > 0 || message.boots_size() > 0) {
    ++counters_["bad_decision"];
    return true;
  }
  if (writer_.is_full()) roll_over();
  auto* file = writer_.newest_with_room(kRowBytes);
  if (file == nullptr) return false;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> refused;
  assembler_.add_train(train.decision(0), train.count(), message.sent_wall_ns(), writer_.newest(), refused);
  for (const auto& [stream, decision] : refused) drop(stream, decision, "unasked");
  file->append(train);
  digest_.add(train, setup_.detectors[train.detector].name);
  books_.add_train(train);
  counters_["decisions"] += train.count();
  return true;
}

void RunBuilder::roll_over() {
  if (no_roll_over_) return;
  try {
    writer_.open_next();
    roll_over_failed_ = false;
  } catch (const storage::DamagedFile& error) {
    // It is left, and so would be one for each decision.
    books_.add_problem(fmt::format("no roll-over any more: {}", error.what()));
    no_roll_over_ = true;
  } catch (const Error& error) {
    // Better a large file than none: the old one goes on.
    if (!roll_over_failed_) spdlog::error("no roll-over: {}", error.what());
    roll_over_failed_ = true;
  }
}

bool RunBuilder::take(const v1::DeadInterval& message) {
  const Interval time{{message.begin_ns()}, {message.end_ns()}};
  if (message.detector() >= setup_.detectors.size() || message.reason() >= model::kDeadReasons.size() || time.empty()) {
    ++counters_["bad_dead_interval"];
    return true;
  }
  auto* file = writer_.newest_with_room(kRowBytes);
  if (file == nullptr) return false;
  const auto reason = static_cast<model::DeadReason>(message.reason());
  file->append_dead(message.detector(), reason, time);
  books_.add_dead(message.detector(), reason, time);
  return true;
}

bool RunBuilder::take(Arrival& arrival) {
  const auto stream = index_.find(arrival.fragment.stream());
  const std::uint64_t decision = arrival.fragment.decision();
  const bool known = stream && index_.detector_of(*stream) == arrival.fragment.detector();
  const Offer offer = known ? assembler_.offer(*stream, decision, arrival.boot) : Offer::kUnknownStream;
  if (offer != Offer::kTaken) {
    ++counters_["fragments_refused." + std::string(name(offer))];
    arrival.release();
    return true;
  }
  held_.emplace(std::pair(*stream, decision), std::move(arrival));
  due(*stream).insert(*stream);
  return true;
}

bool RunBuilder::take(const v1::TriggerEnd& message) {
  TriggerBooks books;
  books.time = {{message.begin_ns()}, {message.end_ns()}};
  books.decisions.assign(message.decisions().begin(), message.decisions().end());
  for (const auto& totals : message.totals()) {
    books.totals.emplace_back();
    proto::totals_to_model(totals, books.totals.back());
  }
  for (const auto& facility : message.facilities()) {
    TriggerBooks::Facility& to = books.facilities[facility.facility()];
    for (const auto& [rule, count] : facility.gates_dropped()) to.gates_dropped[rule] = count;
    to.late_pulses = facility.late_pulses();
  }
  books_.set_trigger_books(std::move(books));
  trigger_ended_ = true;
  return true;
}

bool RunBuilder::take(const v1::FragmentEnd& message) {
  std::vector<model::StreamLedger> ledgers;
  for (const auto& totals : message.totals()) {
    ledgers.emplace_back();
    proto::totals_to_model(totals, ledgers.back());
  }
  books_.set_final_totals(ledgers);
  return true;
}

bool RunBuilder::take(const Lost& lost) {
  assembler_.supersede(lost.boot);
  for (const std::string& name : lost.streams) {
    if (const auto stream = index_.find(name)) due(*stream).insert(*stream);
  }
  return true;
}

bool RunBuilder::settle(std::uint32_t stream, const EventAssembler::Turn& turn) {
  return turn.here ? store(stream, turn) : book_missing(stream, turn, std::string(turn.reason));
}

bool RunBuilder::store(std::uint32_t stream, const EventAssembler::Turn& turn) {
  const model::Decision decision = *turn.decision;
  const auto at = held_.find({stream, decision.id});
  const v1::Fragment& fragment = at->second.fragment;
  const SummedBytes summed = at->second.payload();
  const ByteView payload = summed.bytes;
  if (const auto error = check(fragment, summed, decision)) {
    if (!book_missing(stream, turn, std::string(name(*error)))) return false;
    drop(stream, decision.id, name(*error));
    return true;
  }
  const std::vector<std::uint32_t> sizes(fragment.frame_bytes().begin(), fragment.frame_bytes().end());
  const bool even = std::ranges::adjacent_find(sizes, std::not_equal_to{}) == sizes.end();
  const detectors::CodedPayload coded = encoder_.encode({fragment.encoding()}, even ? fragment.frames() : 0, payload);
  auto* file = writer_.with_room(turn.part, coded.bytes.size() + sizes.size() * sizeof(std::uint32_t) + 2 * kRowBytes);
  if (file == nullptr) return false;
  const auto status = static_cast<model::FragmentStatus>(fragment.status());
  file->append({decision, stream, status, fragment.encoding(), fragment.frames(), sizes, coded.bytes, coded.codec});
  if (coded.bytes.size() >= storage::EventFileWriter::kDirectBytes) {
    large_[decision.detector] = true;
    file->start_disk();
  }
  if (books_.add_reply(stream, decision, status)) {
    file->append_dead(decision.detector, model::DeadReason::kFragmentMissing, decision.window);
  }
  ++counters_["fragments"];
  counters_["fragment_bytes"] += payload.size();
  counters_["stored_bytes"] += coded.bytes.size();
  assembler_.done(stream);
  digest_.add_fragment(index_.names()[stream], decision, status, payload,
                       [kept = std::move(held_.extract(at).mapped())] { kept.release(); });
  return true;
}

bool RunBuilder::book_missing(std::uint32_t stream, const EventAssembler::Turn& turn, const std::string& reason) {
  const model::Decision decision = *turn.decision;
  auto* file = writer_.with_room(turn.part, 2 * kRowBytes);
  if (file == nullptr) return false;
  file->append_missing(decision, stream, reason);
  file->append_dead(decision.detector, model::DeadReason::kFragmentMissing, decision.window);
  books_.add_missing(stream, decision, reason);
  ++counters_["fragments_missing." + reason];
  assembler_.done(stream);
  return true;
}

void RunBuilder::drop(std::uint32_t stream, std::uint64_t decision, std::string_view why) {
  const auto at = held_.find({stream, decision});
  if (at == held_.end()) return;
  ++counters_["fragments_refused." + std::string(why)];
  at->second.release();
  held_.erase(at);
}

EventAssembler::OfDetectors RunBuilder::going(Way way) const {
  return [this, way](std::uint32_t d) { return (large_[d] || flushing_[d]) == (way == Way::kFlush); };
}

std::optional<RunBuilder::Commit> RunBuilder::begin_journal() {
  auto journals = writer_.write_journals();
  if (!journals) return std::nullopt;
  Commit commit{Way::kJournal, std::move(*journals), assembler_.take_complete(going(Way::kJournal)), {}};
  under_way(Way::kJournal) = commit.decisions;
  return commit;
}

RunBuilder::Commit RunBuilder::begin_flush() {
  // Or the rest of an event could be durable in the journal before what the flush has of it.
  const bool journaled = writer_.write_journals().has_value();
  Commit commit{Way::kFlush, writer_.flush(), std::exchange(again_, {}), {}};
  for (const CompleteDecision& each : assembler_.take_complete([](std::uint32_t) { return true; })) {
    commit.decisions.push_back(each);
  }
  for (std::uint32_t d = 0; d < setup_.detectors.size(); ++d) commit.complete.push_back(assembler_.complete(d));
  under_way(Way::kFlush) = commit.decisions;
  flushing_ = large_;
  for (const CompleteDecision& complete : commit.decisions) flushing_[complete.detector] = true;
  if (!journaled) {
    for (std::uint32_t d = 0; d < flushing_.size(); ++d) flushing_[d] = flushing_[d] || assembler_.any_open(d);
  }
  large_.assign(large_.size(), false);
  return commit;
}

void RunBuilder::end(const Commit& commit, std::int64_t wall_now_ns) {
  for (const CompleteDecision& complete : commit.decisions) {
    durable_[complete.detector] = std::max(durable_[complete.detector], complete.id + complete.count);
    if (complete.sent_wall_ns <= 0) continue;
    latencies_.add(wall_now_ns - complete.sent_wall_ns, complete.count);
    latencies_of_.at(complete.detector).add(wall_now_ns - complete.sent_wall_ns, complete.count);
  }
  under_way(commit.way).clear();
  if (commit.way != Way::kFlush) return;
  flushing_.assign(flushing_.size(), false);
  writer_.settle(commit.complete);
}

std::string RunBuilder::begin_new_file(const std::string& why) {
  const std::uint32_t left = writer_.leave_damaged();
  assembler_.move_open(left, writer_.newest());
  for (std::vector<CompleteDecision>& decisions : under_way_) {
    again_.insert(again_.end(), decisions.begin(), decisions.end());
    decisions.clear();
  }
  ++counters_["damaged_files"];
  std::string text =
      fmt::format("event file {} is damaged and waits for `spillway recover`; the run goes on in file {}: {}", left,
                  writer_.newest(), why);
  books_.add_problem(text);
  return text;
}

void RunBuilder::close_finished_files() {
  writer_.close_before(assembler_.earliest_open_part().value_or(writer_.newest()));
}

bool RunBuilder::complete() const {
  return trigger_ended_ && queued() == 0 && !large_due() && assembler_.open_requests() == 0;
}

void RunBuilder::give_up(const std::string& why, const std::string& reason) {
  books_.add_problem(why);
  assembler_.give_up(reason);
  for (std::uint32_t stream = 0; stream < index_.names().size(); ++stream) due(stream).insert(stream);
}

v1::RunReport RunBuilder::close(model::Condition unless_complete) {
  while (!held_.empty()) {
    const auto [stream, decision] = held_.begin()->first;
    drop(stream, decision, "unasked");
  }
  for (const DeadTimeFound& dead : books_.unexplained()) {
    auto* file = writer_.newest_with_room(kRowBytes);
    if (file == nullptr) throw Error("no room on the disk for the run's books");
    file->append_dead(dead.detector, model::DeadReason::kFragmentMissing, dead.time);
  }
  const ClosedBooks closed = books_.close();
  storage::RunBooks books;
  books.time = closed.time;
  books.condition = closed.missing.empty() ? model::Condition::kComplete : unless_complete;
  books.missing = closed.missing;
  if (digest_text_.empty()) digest_text_ = digest_.finish();
  books.digest = digest_text_;
  books.gates = closed.gates;
  books.streams = closed.streams;
  books.livetime = closed.livetime;
  books.decisions_acknowledged = std::accumulate(durable_.begin(), durable_.end(), std::uint64_t{0});
  try {
    writer_.close_all(books);
  } catch (const storage::DamagedFile& problem) {
    books.condition = unless_complete;
    books.missing.push_back(begin_new_file(problem.what()));
    writer_.close_all(books);
  }

  v1::RunReport report = report_of(books, writer_.files(), closed.decisions_made);
  *report.mutable_latency() = latency_of(latencies_);
  for (std::size_t d = 0; d < latencies_of_.size(); ++d) {
    (*report.mutable_latency_by_detector())[setup_.detectors[d].name] = latency_of(latencies_of_[d]);
  }
  return report;
}

}  // namespace spillway::event_builder
