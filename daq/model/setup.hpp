#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daq/base/time.hpp"
#include "daq/model/clock.hpp"
#include "daq/model/payload_codec.hpp"

namespace spillway::model {

/// How a facility's pulses become gates.
struct Facility {
  std::string name;
  Duration on_before;                 ///< on-gate begins this long before the pulse
  Duration on_after;                  ///< and ends this long after it
  std::vector<Duration> off_offsets;  ///< each makes an off-gate: the on-gate moved by it
  double random_rate_hz = 0;          ///< mean rate of random gates
  Duration random_length;
  Duration max_pulse_lateness;     ///< a pulse that comes later than this after its begin is never gated
  Duration watermark_period = {};  ///< an idle stream says so this often, in data time
  Duration min_pulse_period = {};  ///< pulses never begin closer to each other; 0: not known
};

/// Which gates are read.
enum class ReadoutRule : std::uint8_t { kZeroBias, kCoincidence, kActivity };  ///< zero bias: all of them

/// When primitives of a detector, in gates or not, are an activity (trigger/activity.hpp). A condition of 0 is none.
struct ActivityPolicy {
  Duration window;                ///< 0: none is looked for
  std::uint64_t integral = 0;     ///< least sum of a window's integrals, ADC counts x samples
  std::uint64_t primitives = 0;   ///< least number of primitives in it
  std::uint32_t channels = 0;     ///< least length of a run of channels in it
  std::uint32_t channel_gap = 0;  ///< channels without a hit that the run may pass over at once
};

/// How the trigger treats a gate of a detector, on, off and random alike.
struct TriggerPolicy {
  ReadoutRule readout = ReadoutRule::kZeroBias;
  std::uint32_t coincidence_primitives = 1;
  Duration coincidence_window;            ///< so many primitives begin within this
  std::uint32_t coincidence_streams = 1;  ///< in at least so many different streams
  std::uint32_t coincidence_group = 0;    ///< all of one group of so many neighbouring streams; 0: of any streams
  ActivityPolicy activity = {};
  std::uint64_t prescale = 1;  ///< read one in so many of the gates that would be read
};

struct Detector {
  std::string name;
  std::string kind;                  ///< row of detectors/registry
  std::uint32_t facility = 0;        ///< index into Setup::facilities
  std::vector<std::string> streams;  ///< all required; "<detector>/<channel or link>"
  /// Where each stream's channels begin in a count of all in which neighbours have neighbouring numbers.
  std::vector<std::uint32_t> first_channels;
  std::uint32_t stream_channels = 1;
  ClockSegment clock = {};  ///< of every stream
  Duration pre;             ///< readout window = gate with these added
  Duration post;
  Duration count_post;      ///< candidates count until this long after a gate's end, on and off alike: drift time
  bool whole_gate = false;  ///< a gate whose window touches dead time is wholly dead
  bool gated = false;       ///< the electronics emit only around gates
  bool primitives = false;  ///< simulated at that level: frames are packed Primitive records, ticks are TAI ns
  std::uint64_t stream_bytes_per_second = 0;  ///< most that one stream delivers, sustained; sizes the ring
  TriggerPolicy trigger;
  std::uint32_t readout_processes = 1;
  std::uint64_t ring_bytes = 0;  ///< latency buffer of one readout process
};

struct Storage {
  std::uint64_t roll_over_bytes = 0;
  std::uint64_t chunk_bytes = 0;    ///< of a payload dataset
  std::uint64_t reserve_bytes = 0;  ///< space kept ahead of the file's end
  Compression compression = Compression::kNone;
};

/// A checked configuration: everything in it is possible.
struct Setup {
  std::string name;
  Timestamp epoch;      ///< T0 of a paced run
  Duration reorder;     ///< frames of a stream may come this much out of order
  Duration look_ahead;  ///< D: a paced source is at most this far ahead of the release horizon
  std::vector<Facility> facilities;
  std::vector<Detector> detectors;
  Storage storage;
  std::uint64_t shared_bytes = 0;  ///< memory shared by both ends of a link; 0: none
};

/// Index of the detector a stream belongs to, or detectors.size().
[[nodiscard]] std::size_t detector_of_stream(const Setup& setup, const std::string& stream);
/// All streams of a facility's detectors, in order.
[[nodiscard]] std::vector<std::string> streams_of_facility(const Setup& setup, std::uint32_t facility);
/// True where the facility has detectors and all of them are simulated at the level of primitives: its pulses may
/// travel as trains.
[[nodiscard]] bool sends_pulse_trains(const Setup& setup, std::uint32_t facility);
/// Streams that readout process `process` of a detector serves: stream i goes to process i modulo processes.
[[nodiscard]] std::vector<std::string> streams_of_process(const Detector& detector, std::uint32_t process);

}  // namespace spillway::model
