#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daq/model/setup.hpp"
#include "detectors/recording.hpp"
#include "sim_front_end/source.hpp"

namespace spillway::sim_front_end {

/// Plays one facility of a recording that record() wrote.
///
/// skipped() counts: "missing_frames", frames that the manifest promises and the files do not have; an alarm names the
/// file.
class RecordedSource final : public Source {
 public:
  /// `streams`: of the facility, all of which the recording must have. `promised_delay`: pulses were promised to be
  /// reported this long after their begin. Throws Error where the folder is no recording of them.
  RecordedSource(std::filesystem::path folder, const std::string& facility, const std::vector<std::string>& streams,
                 Timestamp epoch, Duration promised_delay);

  void advance(Timestamp bound, Batch& out) override;
  [[nodiscard]] Timestamp watermark() const override { return watermark_; }
  [[nodiscard]] Timestamp pulse_watermark() const override { return watermark_ - promised_delay_; }
  [[nodiscard]] model::Encoding encoding(std::size_t stream) const override { return streams_[stream].encoding; }
  [[nodiscard]] std::optional<SourceEnd> end() const override;
  [[nodiscard]] const Counters& skipped() const override { return skipped_; }
  [[nodiscard]] std::vector<std::string> take_alarms() override { return std::exchange(alarms_, {}); }

 private:
  struct Stream {
    model::Encoding encoding;
    std::string name;
    std::ifstream frames;
    std::ifstream index;
    std::uint64_t left = 0;                        ///< frames that are still to come
    std::optional<detectors::RecordedFrame> next;  ///< none: at its end
  };

  void read_next(Stream& stream);
  void read_next_report();
  void read_next_truth();
  std::size_t give_out(std::size_t stream, Timestamp bound, Batch& out);
  void give_up(Stream& stream, const std::string& what);
  [[nodiscard]] Timestamp next_begin() const;

  std::filesystem::path folder_;
  std::string facility_;
  detectors::RecordingManifest manifest_;
  Duration promised_delay_;
  std::vector<Stream> streams_;
  std::ifstream pulses_;
  std::ifstream truth_;
  std::optional<PulseReport> next_report_;
  std::optional<model::TruthEvent> next_truth_;
  std::uint64_t truth_left_ = 0;
  std::uint64_t truth_offset_ = 0;
  Timestamp watermark_;
  Counters skipped_;
  std::vector<std::string> alarms_;
};

}  // namespace spillway::sim_front_end
