#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "daq/base/summed_bytes.hpp"
#include "daq/event_builder/books_keeper.hpp"
#include "daq/event_builder/digest_maker.hpp"
#include "daq/event_builder/event_assembler.hpp"
#include "daq/event_builder/latency_histogram.hpp"
#include "daq/event_builder/run_writer.hpp"
#include "daq/proto/control.pb.h"
#include "detectors/payload_codecs.hpp"

namespace spillway::event_builder {

/// A reply as it came, with the bytes kept by its owner. `release` says that they are not needed any more.
struct Arrival {
  std::uint64_t boot = 0;
  v1::Fragment fragment;
  std::function<SummedBytes()> payload;
  std::function<void()> release;
};

/// Builds one run: takes what the trigger and the readouts say, in any interleaving, writes events and closes the
/// books. Knows no sockets; the disk alone, which may be full: then it stops where it is and goes on later.
class RunBuilder {
 public:
  RunBuilder(const model::Setup& setup, std::filesystem::path directory, storage::RunInfo info);

  /// Opens the first file. Throws Error.
  void start() { writer_.open_next(); }

  // What comes in is queued in the order of the calls.
  void add(const v1::Decisions& decisions);
  void add(const v1::Pulses& pulses);
  void add(const v1::Truth& truth);
  void add(Arrival arrival);
  void add(const v1::TriggerEnd& end);
  void add(const v1::FragmentEnd& end);
  /// A readout process died; what it had sent has been added.
  void peer_lost(const std::string& process, std::uint64_t boot, const std::vector<std::string>& streams);

  /// Fragments of detectors that are read around their gates alone are few and large, and can wait for others.
  enum class What : std::uint8_t { kPrompt, kAll };
  /// Works off the queue, at most `steps` of it, and writes what is due, the prompt first, until so many bytes are
  /// written. False where the disk has no room: nothing is lost, call again.
  [[nodiscard]] bool write(std::size_t steps, std::uint64_t bytes = UINT64_MAX, What what = What::kAll);
  /// After write() found no room: true where there is plenty again.
  [[nodiscard]] bool has_room_again() { return writer_.has_room_again(); }
  /// Large fragments that are due apart.
  [[nodiscard]] std::size_t queued() const { return queue_.size() + due_.size(); }
  [[nodiscard]] bool large_due() const { return !due_large_.empty(); }

  /// Bytes that wait for begin_flush().
  [[nodiscard]] std::uint64_t unflushed_bytes() const { return writer_.unflushed_bytes(); }
  /// Events become durable in the journal where all of them that came last of their detector is small, else with all
  /// that was written.
  enum class Way : std::uint8_t { kJournal, kFlush };
  /// Some event is complete and goes that way to the disk.
  [[nodiscard]] bool any_complete(Way way) const { return assembler_.any_complete(going(way)); }
  /// And it is its detector's latest, which waits for nothing else.
  [[nodiscard]] bool only_disk_awaited(Way way) const { return assembler_.only_disk_awaited(going(way)); }

  /// What is durable after fdatasync of `files`, when end() is told so; meanwhile more may be added and written.
  struct Commit {
    Way way = Way::kFlush;
    std::vector<int> files;
    std::vector<CompleteDecision> decisions;
    std::vector<std::uint64_t> complete;  ///< by detector: all decisions below; of a flush
  };
  /// None where it is too much for the journal. At most one of each way may be under way.
  [[nodiscard]] std::optional<Commit> begin_journal();
  [[nodiscard]] Commit begin_flush();
  /// `wall_now_ns`: CLOCK_REALTIME, for the latencies.
  void end(const Commit& commit, std::int64_t wall_now_ns);
  /// What a storage::DamagedFile asks for, which whatever writes may throw: the damaged file is left as it is, and what
  /// is not safe in it goes to a new one. What was under way is no commit any more; the next one must be a flush.
  /// Returns what happened, in words. Throws Error where it cannot go on.
  std::string begin_new_file(const std::string& why);
  /// Closes what a roll-over has left behind, once it waits for no fragment. Not while a commit is under way.
  void close_finished_files();
  /// For each detector: decisions with an id below this are on disk with all their fragments.
  [[nodiscard]] const std::vector<std::uint64_t>& durable() const { return durable_; }

  /// Gives back the fragments that the digest had kept.
  void release_hashed() { digest_.release(); }
  /// A descriptor that is readable while release_hashed() has something to do.
  [[nodiscard]] int hashed() const { return digest_.event(); }

  [[nodiscard]] std::vector<std::filesystem::path> open_files() const { return writer_.open_files(); }

  /// The trigger has ended, the queue is empty and every request has its reply.
  [[nodiscard]] bool complete() const;
  [[nodiscard]] bool trigger_ended() const { return trigger_ended_; }
  /// Nothing more will come; requests without a reply are missing for this reason.
  void give_up(const std::string& why, const std::string& reason);
  /// Closes books and files; decisions count as acknowledged as of the last commit. Call with an empty queue. Throws
  /// Error.
  v1::RunReport close(model::Condition unless_complete);

  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] std::size_t open_requests() const { return assembler_.open_requests(); }
  [[nodiscard]] std::size_t waiting_fragments() const { return assembler_.waiting(); }
  [[nodiscard]] const LatencyHistogram& latencies() const { return latencies_; }

 private:
  struct Lost {
    std::uint64_t boot = 0;
    std::vector<std::string> streams;
  };
  using Item = std::variant<v1::Pulse, v1::TruthEvent, v1::Decision, v1::DeadInterval, Arrival, v1::TriggerEnd,
                            v1::FragmentEnd, Lost>;

  std::set<std::uint32_t>& due(std::uint32_t stream);
  bool take(const v1::Pulse& pulse);
  bool take(const v1::TruthEvent& event);
  bool take(const v1::Decision& decision);
  bool take_train(const v1::Decision& decision);
  bool take(const v1::DeadInterval& dead);
  bool take(Arrival& arrival);
  bool take(const v1::TriggerEnd& end);
  bool take(const v1::FragmentEnd& end);
  bool take(const Lost& lost);
  void roll_over();
  /// Writes or books what is due of a stream. False: no room.
  bool settle(std::uint32_t stream, const EventAssembler::Turn& turn);
  bool store(std::uint32_t stream, const EventAssembler::Turn& turn);
  bool book_missing(std::uint32_t stream, const EventAssembler::Turn& turn, const std::string& reason);
  void drop(std::uint32_t stream, std::uint64_t decision, std::string_view why);
  [[nodiscard]] EventAssembler::OfDetectors going(Way way) const;
  std::vector<CompleteDecision>& under_way(Way way) { return under_way_.at(static_cast<std::size_t>(way)); }

  model::Setup setup_;
  StreamIndex index_;
  EventAssembler assembler_;
  BooksKeeper books_;
  RunWriter writer_;
  detectors::PayloadEncoder encoder_;
  std::string digest_text_;  ///< of the run, once close() was called
  LatencyHistogram latencies_;
  std::vector<LatencyHistogram> latencies_of_;  ///< by detector
  std::deque<Item> queue_;
  std::set<std::uint32_t> due_;                                      ///< streams that may have something to write
  std::set<std::uint32_t> due_large_;                                ///< those of gated detectors
  std::map<std::pair<std::uint32_t, std::uint64_t>, Arrival> held_;  ///< (stream, decision): taken, not yet written
  std::vector<bool> large_;     ///< by detector: payloads of it that are no matter of the journal's are not flushed
  std::vector<bool> flushing_;  ///< by detector: a flush is under way that has something of it
  std::vector<std::uint64_t> durable_;
  std::array<std::vector<CompleteDecision>, 2> under_way_;  ///< by way: of the commit
  std::vector<CompleteDecision> again_;                     ///< of commits that came to nothing
  bool trigger_ended_ = false;
  bool roll_over_failed_ = false;
  bool no_roll_over_ = false;
  Counters counters_;
  DigestMaker digest_;  ///< last: gone before what it still reads
};

}  // namespace spillway::event_builder
