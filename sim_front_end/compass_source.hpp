#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <vector>

#include "detectors/frame_codec.hpp"
#include "sim_front_end/compass_file.hpp"
#include "sim_front_end/source.hpp"

namespace spillway::sim_front_end {

/// What to take from a list file.
struct CompassSelection {
  struct Channel {
    std::uint16_t channel = 0;
    double sample_ns = 2;
  };
  std::vector<Channel> streams;    ///< stream i is this channel
  std::uint16_t gate_channel = 0;  ///< the times of its records are the pulses
  std::int64_t board = -1;         ///< -1: any
  Duration pulse_length{1};
  double protons_per_pulse = 0;  ///< 0: not known
  Duration reorder;              ///< records may be this much out of order
  Timestamp epoch;               ///< of time 0 in the file
};

/// Plays a recorded CoMPASS list file: the records of some channels are frames, those of one are beam pulses.
///
/// skipped() counts records by reason: "unused_channel", "other_board", "out_of_order" (later than `reorder` allows),
/// "bad_time" (a time that leaps more than an hour ahead and is not kept to by the next record, or leaps more than 30
/// days), and "truncated", "bad_length" or "bad_version" for a malformed record; "unreadable_bytes" are those from a
/// malformed record to the next plausible one, or to the end of the file, but for a last record that is cut short.
class CompassSource final : public Source {
 public:
  /// Throws Error where the file is no CoMPASS list file.
  CompassSource(const std::filesystem::path& file, CompassSelection selection);

  void advance(Timestamp bound, Batch& out) override;
  [[nodiscard]] Timestamp watermark() const override { return watermark_; }
  [[nodiscard]] model::Encoding encoding(std::size_t) const override;
  [[nodiscard]] std::optional<SourceEnd> end() const override;
  [[nodiscard]] const Counters& skipped() const override { return skipped_; }
  [[nodiscard]] std::vector<std::string> take_alarms() override { return std::exchange(alarms_, {}); }

 private:
  struct Item {
    std::size_t stream = 0;  ///< kPulse for the gate
    Interval time;
    Bytes bytes;
  };

  void read_until(Timestamp bound);
  void read_record(const detectors::caen::CompassRecord& record);
  std::optional<detectors::caen::CompassRecord> next_record();
  void book(const CompassFile::Gap& gap);
  [[nodiscard]] bool leaps(std::uint64_t time_ps);
  void keep(Item item);
  void give_out(Item item, Batch& out);
  [[nodiscard]] Timestamp complete_before() const;

  CompassFile file_;
  std::string name_;
  CompassSelection selection_;
  detectors::ClockSegment clock_;
  std::map<std::uint16_t, std::size_t> stream_of_;
  std::deque<Item> pending_;  ///< in the order of time
  std::size_t pending_bytes_ = 0;
  Timestamp watermark_;
  Timestamp newest_;  ///< begin of the newest record
  SourceEnd end_;
  bool read_all_ = false;
  std::uint64_t pulses_ = 0;
  std::uint64_t gaps_ = 0;
  Counters skipped_;
  std::vector<std::string> alarms_;
};

}  // namespace spillway::sim_front_end
