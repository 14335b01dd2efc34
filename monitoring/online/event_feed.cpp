#include "monitoring/online/event_feed.hpp"

#include <algorithm>
#include <limits>

#include "daq/storage/trains.hpp"
#include "detectors/payload_codecs.hpp"
#include "detectors/registry.hpp"

namespace spillway::online {

namespace {

std::vector<std::optional<detectors::Simulation>> simulations(const Config& config, const model::Setup& setup) {
  std::vector<std::optional<detectors::Simulation>> found;
  for (std::uint32_t d = 0; d < setup.detectors.size(); ++d) {
    found.push_back(detectors::simulation_of(config, setup, d));
  }
  return found;
}

}  // namespace

EventFeed::EventFeed(const Config& config, const model::Setup& setup)
    : selections_(make_selections(config, setup)), counts_(setup.detectors, simulations(config, setup)) {
  std::uint32_t first = 0;
  for (const model::Detector& detector : setup.detectors) {
    first_stream_.push_back(first);
    first += static_cast<std::uint32_t>(detector.streams.size());
  }
}

bool EventFeed::read(const storage::EventFileReader& file, FileCursor& cursor, std::size_t most) {
  if (cursor.next == cursor.waiting.size()) {
    const auto gates = file.gates(cursor.gates);
    const auto decisions = file.decisions(cursor.gates);
    const std::size_t both = std::min(gates.size(), decisions.size());
    for (std::size_t i = 0; i < both; ++i) {
      const bool is_new = !counts_.knows(decisions[i].detector, decisions[i].id);
      counts_.add(gates[i], decisions[i]);
      const Interval gate{{gates[i].begin_ns}, {gates[i].end_ns}};
      if (decisions[i].fragments == 0 || !is_new) continue;
      events_.try_emplace({decisions[i].detector, decisions[i].id}, Event{gate, decisions[i].fragments, {}});
    }
    cursor.gates += both;
    const storage::StoredTrains stored = storage::decision_trains_of(file.decision_trains(cursor.trains), file.info());
    for (const model::DecisionTrain& train : stored.trains) counts_.add(train);
    if (!stored.bad_rows.empty()) counters_["bad_trains"] += stored.bad_rows.size();
    cursor.trains += stored.rows;
    const auto dead = file.dead(cursor.dead);
    for (const storage::DeadRow& row : dead) counts_.add(row);
    cursor.dead += dead.size();
    const auto truth = file.truth(cursor.truth);
    for (const storage::TruthRow& row : truth) counts_.add(row);
    cursor.truth += truth.size();
    const auto missing = file.missing(cursor.missing);
    for (const storage::MissingRow& row : missing) {
      const bool is_new = !counts_.has_reply(row.detector, row.decision, row.stream);
      counts_.add_missing(row.detector, row.decision, row.stream);
      if (is_new) settle({row.detector, row.decision});
    }
    cursor.missing += missing.size();

    clocks_.clear();
    for (const storage::ClockRow& row : file.clocks()) {
      clocks_[row.stream].push_back({row.first_tick, {row.tai_ns}, row.ns_numerator, row.ns_denominator});
    }
    cursor.waiting = file.fragments(cursor.fragments);
    cursor.next = 0;
    // The tables of a file that is being written become visible one by one: a fragment waits for its decision, without
    // which its event would be taken for empty.
    const auto unknown = std::ranges::find_if_not(cursor.waiting, [&](const storage::FragmentRow& row) {
      return row.detector >= selections_.size() || counts_.knows(row.detector, row.decision);
    });
    cursor.waiting.erase(unknown, cursor.waiting.end());
  }
  for (std::size_t i = 0; i < most && cursor.next < cursor.waiting.size(); ++i) {
    take(file, cursor.waiting[cursor.next]);
    ++cursor.next;
    ++cursor.fragments;
  }
  return cursor.next < cursor.waiting.size();
}

void EventFeed::skip_one(FileCursor& cursor) {
  if (cursor.next == cursor.waiting.size()) return;
  ++cursor.next;
  ++cursor.fragments;
  ++counters_["unreadable"];
}

void EventFeed::take(const storage::EventFileReader& file, const storage::FragmentRow& row) {
  if (counts_.has_reply(row.detector, row.decision, row.stream)) {  // of a damaged file, and again of the next
    counts_.add_fragment(row.detector, row.decision, row.stream, {});
    return;
  }
  const EventKey key{row.detector, row.decision};
  const auto event = events_.find(key);
  if (event != events_.end() && row.length > 0 && row.detector < selections_.size() &&
      row.stream >= first_stream_[row.detector]) {
    Bytes stored = file.stored(row);
    if (crc32c(stored) != row.crc32c) {
      // Counting a gate whose data cannot be believed would make its exposure a lie: it stays out.
      ++counters_["bad_checksum"];
      return;
    }
    const Bytes payload = file.decode(row, std::move(stored));
    counters_["bytes"] += payload.size();
    const std::vector<std::uint32_t> sizes = file.frame_sizes(row);
    selections_[row.detector]->find(
        {row.stream - first_stream_[row.detector], {row.encoding}, payload, sizes, clocks_[row.stream]},
        event->second.hits, counters_);
  }
  ++counters_["fragments"];
  settle(key);
  counts_.add_fragment(row.detector, row.decision, row.stream, candidates_);
}

void EventFeed::settle(EventKey key) {
  candidates_.clear();
  const auto found = events_.find(key);
  if (found == events_.end() || --found->second.awaited > 0) return;
  Event event = std::move(found->second);
  events_.erase(found);
  // Fragments come in the order in which they were written, which must not matter.
  std::ranges::stable_sort(event.hits, {}, &Hit::stream);
  selections_.at(key.first)->select(event.gate, event.hits, candidates_);
}

std::vector<CountsLine> recompute(std::vector<std::filesystem::path> files, const Config& config) {
  EventFeed feed(config, detectors::load_setup(config));
  std::ranges::sort(files);
  for (const auto& path : files) {
    const storage::EventFileReader file(path, detectors::payload_codecs());
    FileCursor cursor;
    feed.read(file, cursor, std::numeric_limits<std::size_t>::max());
    if (const auto books = file.books()) feed.counts().close(books->time.end);
  }
  return feed.counts().counts();
}

}  // namespace spillway::online
