#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "daq/storage/event_file.hpp"

namespace spillway::event_builder {

/// One event file of the run, and of its content what is not safe: what could not be read from it after a power cut, or
/// is of a decision that is not complete there. That goes to another file should this one be damaged.
class RunFile {
 public:
  RunFile(std::uint32_t number, storage::EventFileWriter writer) : number_(number), writer_(std::move(writer)) {}

  [[nodiscard]] std::uint32_t number() const { return number_; }
  [[nodiscard]] storage::EventFileWriter& writer() { return writer_; }
  [[nodiscard]] const storage::EventFileWriter& writer() const { return writer_; }

  // As EventFileWriter has them:
  void append(const model::Pulse& pulse, std::uint32_t facility);
  void append(const model::PulseTrain& train, std::uint32_t facility);
  void append(const model::TruthEvent& event);
  void append(const model::Decision& decision, std::uint32_t fragments);
  void append(const model::DecisionTrain& train);
  void append(const storage::FragmentRecord& fragment);
  void append_missing(const model::Decision& decision, std::uint32_t stream, const std::string& reason);
  void append_dead(std::uint32_t detector, model::DeadReason reason, Interval time);
  void start_disk() { writer_.start_disk(); }

  /// EventFileWriter::flush(); also what an earlier one returned that came to nothing, as another file was damaged.
  [[nodiscard]] std::optional<int> flush();
  /// The last flush() is on disk: what it had is safe, but for decisions of each detector from id `complete` on.
  void settle(std::span<const std::uint64_t> complete);

  /// Appends all that is not safe to the other file. Throws Error where it cannot be read any more, or there is no
  /// room.
  void write_again(RunFile& to);

 private:
  using Again = std::function<void(const storage::EventFileWriter& from, RunFile& to)>;
  struct Unsafe {
    std::uint32_t detector = 0;
    std::uint64_t end = 0;  ///< of the decisions it belongs to; 0: to none
    Again again;
    bool flushed = false;
  };
  void keep(std::uint32_t detector, std::uint64_t end, Again again) {
    unsafe_.push_back({detector, end, std::move(again), false});
  }
  void keep(Again again) { keep(0, 0, std::move(again)); }

  std::uint32_t number_;
  storage::EventFileWriter writer_;
  std::deque<Unsafe> unsafe_;    ///< in the order in which it was appended
  std::optional<int> unsynced_;  ///< what flush() returned, until settle()
};

}  // namespace spillway::event_builder
