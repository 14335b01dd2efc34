#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "daq/base/config.hpp"
#include "daq/base/counters.hpp"
#include "daq/storage/event_file.hpp"
#include "monitoring/online/online_counts.hpp"
#include "monitoring/online/selection.hpp"

namespace spillway::online {

/// How far one file has been read.
struct FileCursor {
  std::uint64_t gates = 0, trains = 0, fragments = 0, missing = 0, dead = 0, truth = 0;
  std::vector<storage::FragmentRow> waiting;  ///< rows read whose payload was not
  std::size_t next = 0;                       ///< of them
};

/// Turns the rows of event files into counts.
class EventFeed {
 public:
  /// Throws Error where a detector has no selection.
  EventFeed(const Config& config, const model::Setup& setup);

  /// Takes the rows that `file` has beyond the cursor, and the payloads of at most `most` fragments. True: there is
  /// more. Throws Error as the reader does; the cursor then stands at what was taken.
  bool read(const storage::EventFileReader& file, FileCursor& cursor, std::size_t most);

  /// Gives up the fragment at which read() threw: its gate is never counted.
  void skip_one(FileCursor& cursor);

  OnlineCounts& counts() { return counts_; }
  [[nodiscard]] const OnlineCounts& counts() const { return counts_; }
  /// fragments, bytes, bad_checksum, unreadable, rejected frames by reason.
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  /// An event that still waits for fragments.
  struct Event {
    Interval gate;
    std::uint32_t awaited = 0;
    std::vector<Hit> hits;
  };
  using EventKey = std::pair<std::uint32_t, std::uint64_t>;  ///< detector, decision

  void take(const storage::EventFileReader& file, const storage::FragmentRow& row);
  /// One fragment fewer to wait for; behind the last one the event's candidates are selected into candidates_.
  void settle(EventKey key);

  std::vector<std::unique_ptr<Selection>> selections_;
  std::vector<std::uint32_t> first_stream_;  ///< of each detector, in the file's list of streams
  std::map<EventKey, Event> events_;
  OnlineCounts counts_;
  std::map<std::uint32_t, std::vector<detectors::ClockSegment>> clocks_;  ///< by stream
  std::vector<Candidate> candidates_;
  Counters counters_;
};

/// The counts of the given files of one run, read with the configuration that the run was taken with: the same numbers
/// as live. Throws Error naming the file that cannot be read.
[[nodiscard]] std::vector<CountsLine> recompute(std::vector<std::filesystem::path> files, const Config& config);

}  // namespace spillway::online
