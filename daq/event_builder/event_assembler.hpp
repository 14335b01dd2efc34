#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daq/event_builder/stream_index.hpp"
#include "daq/model/decision.hpp"

namespace spillway::event_builder {

/// What became of a fragment that came in.
enum class Offer : std::uint8_t { kTaken, kUnknownStream, kUnasked, kDuplicate };
/// "taken", "unknown_stream", "unasked", "duplicate": the counter of the same name.
[[nodiscard]] std::string_view name(Offer offer);

struct CompleteDecision {
  std::uint32_t detector = 0;
  std::uint64_t id = 0;
  std::int64_t sent_wall_ns = 0;
  std::uint64_t count = 1;  ///< with those that follow it in a train
};

/// Puts decisions and fragments together, whatever the order in which they come: each request has exactly one reply,
/// and the replies of a stream are written in the order of its decisions. Holds no data: a fragment that was taken
/// stays with the caller until turn() names it.
class EventAssembler {
 public:
  explicit EventAssembler(const StreamIndex& index);

  /// The next decision of its detector, stored in file `part`. `boots`: of the process asked, for each stream of the
  /// detector; empty: none asked. False where it is not the next, or `boots` are not as many as the streams. Fragments
  /// that were here already but not asked of their sender are forgotten and appended to `refused` as streams.
  bool add_decision(const model::Decision& decision, std::vector<std::uint64_t> boots, std::int64_t sent_wall_ns,
                    std::uint32_t part, std::vector<std::uint32_t>& refused);

  /// The next `count` decisions of a detector, of which nothing was asked; `first` is the first of them. Else as above,
  /// and `refused` are (stream, decision).
  bool add_train(const model::Decision& first, std::uint64_t count, std::int64_t sent_wall_ns, std::uint32_t part,
                 std::vector<std::pair<std::uint32_t, std::uint64_t>>& refused);

  /// A fragment of the process `boot`; it may come before its decision.
  [[nodiscard]] Offer offer(std::uint32_t stream, std::uint64_t decision, std::uint64_t boot);

  /// The stream's earliest open request, where it is settled.
  struct Turn {
    const model::Decision* decision = nullptr;
    std::uint32_t part = 0;
    bool here = false;        ///< its fragment is to be written
    std::string_view reason;  ///< else why it never comes
  };
  [[nodiscard]] std::optional<Turn> turn(std::uint32_t stream) const;
  /// What turn() named has been written or booked as missing.
  void done(std::uint32_t stream);

  /// Open decisions that are stored in file `first` or a later one are stored in `part` now.
  void move_open(std::uint32_t first, std::uint32_t part);

  /// The process is gone: what it was asked for and what is not here is missing ("restart").
  void supersede(std::uint64_t boot) { gone_.insert(boot); }
  /// Nothing more will come: all that is not here is missing for this reason.
  void give_up(std::string_view reason) { given_up_ = reason; }

  /// Requests without a settled reply.
  [[nodiscard]] std::size_t open_requests() const;
  /// A decision of the detector waits for fragments.
  [[nodiscard]] bool any_open(std::uint32_t detector) const { return !detectors_.at(detector).pending.empty(); }
  /// Fragments here that wait for their decision or their turn.
  [[nodiscard]] std::size_t waiting() const;
  /// Decisions of the detector with an id below this are complete.
  [[nodiscard]] std::uint64_t complete(std::uint32_t detector) const { return detectors_.at(detector).base; }
  /// Decisions of the detector that have come.
  [[nodiscard]] std::uint64_t taken(std::uint32_t detector) const;
  using OfDetectors = std::function<bool(std::uint32_t)>;
  /// Those of the detectors that `which` names which became complete since, in the order of ids for each detector.
  [[nodiscard]] std::vector<CompleteDecision> take_complete(const OfDetectors& which);
  [[nodiscard]] bool any_complete(const OfDetectors& which) const;
  /// A detector has such decisions and no open ones: its latest event waits for nothing but the disk.
  [[nodiscard]] bool only_disk_awaited(const OfDetectors& which) const;
  /// The earliest file that still waits for fragments.
  [[nodiscard]] std::optional<std::uint32_t> earliest_open_part() const;

 private:
  struct Pending {
    model::Decision decision;
    std::vector<std::uint64_t> boots;
    std::int64_t sent_wall_ns = 0;
    std::uint32_t part = 0;
    std::size_t open = 0;
    std::uint64_t count = 1;  ///< decisions from its id on that it stands for
  };
  struct Detector {
    std::uint64_t base = 0;  ///< id of the first pending one
    std::uint64_t taken = 0;
    std::deque<Pending> pending;  ///< in the order of ids
  };
  struct Stream {
    std::deque<std::uint64_t> open;               ///< decisions asked of it, not settled
    std::map<std::uint64_t, std::uint64_t> here;  ///< decision -> boot of the fragment's sender
  };

  [[nodiscard]] const Pending* find(std::uint32_t detector, std::uint64_t id) const;
  [[nodiscard]] std::optional<std::size_t> place_of(std::uint32_t detector, std::uint64_t id) const;
  void pop_complete(std::uint32_t detector);

  const StreamIndex* index_;
  std::vector<Detector> detectors_;
  std::vector<Stream> streams_;
  std::set<std::uint64_t> gone_;
  std::string given_up_;
  std::vector<CompleteDecision> complete_;
};

}  // namespace spillway::event_builder
