#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "daq/base/bytes.hpp"
#include "daq/base/counters.hpp"
#include "daq/base/time.hpp"
#include "daq/model/fragment.hpp"
#include "daq/model/pulse.hpp"
#include "daq/model/truth.hpp"

namespace spillway::sim_front_end {

/// One frame of the electronics, exactly its bytes.
struct SourceFrame {
  std::size_t stream = 0;  ///< index into the streams of the facility
  Interval time;
  Bytes bytes;
};

/// What the facility says of a pulse.
struct PulseReport {
  Timestamp at;  ///< when it says so
  model::Pulse pulse;
  /// All pulses that begin before this had been promised to have come when it said so.
  Timestamp promised = Timestamp::min();
};

/// What a source has in a stretch of data time, each part in the order of time; pulses in that of their reports.
struct Batch {
  std::vector<SourceFrame> frames;
  std::vector<PulseReport> pulses;
  std::vector<model::TruthEvent> truth;
  void clear() {
    frames.clear();
    pulses.clear();
    truth.clear();
  }
};

/// Where a source's data end.
struct SourceEnd {
  Timestamp last_frame;                             ///< end of the last frame
  Timestamp last_pulse;                             ///< end of the last pulse
  std::optional<Timestamp> run_end = std::nullopt;  ///< T1 of the run that was recorded, where the recording says it
};

/// Where frames and pulses come from: a recording or a simulation. Knows nothing of sockets and of the wall clock.
class Source {
 public:
  virtual ~Source() = default;

  /// Appends what begins in [watermark(), bound) and moves the watermark there; stops at an earlier watermark where
  /// that is more than a few MiB, to be called again. What comes out does not depend on how the time is cut into calls.
  virtual void advance(Timestamp bound, Batch& out) = 0;
  /// All that begins before this has been given out.
  [[nodiscard]] virtual Timestamp watermark() const = 0;
  /// All pulses that begin before this have been given out, but for those that the facility reports later than it
  /// promised.
  [[nodiscard]] virtual Timestamp pulse_watermark() const { return watermark(); }
  /// Encoding of the frames of a stream.
  [[nodiscard]] virtual model::Encoding encoding(std::size_t stream) const = 0;
  /// Known once the source has nothing more to read.
  [[nodiscard]] virtual std::optional<SourceEnd> end() const = 0;
  /// Parts of the input that could not be given out, by reason.
  [[nodiscard]] virtual const Counters& skipped() const = 0;
  /// What somebody should be told, each once.
  [[nodiscard]] virtual std::vector<std::string> take_alarms() = 0;
};

}  // namespace spillway::sim_front_end
