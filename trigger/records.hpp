#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daq/base/time.hpp"
#include "daq/model/decision.hpp"
#include "daq/model/ledger.hpp"
#include "daq/model/primitive.hpp"
#include "daq/model/pulse.hpp"

namespace spillway::trigger {

/// A primitive and the stream it was found in.
struct StreamPrimitive {
  std::uint32_t stream = 0;  ///< index within the detector
  model::Primitive primitive;
  friend bool operator==(const StreamPrimitive&, const StreamPrimitive&) = default;
};

/// What one message of a pulse source says: all its pulses that begin before `watermark` have come.
struct PulseBatch {
  Timestamp watermark;
  bool end_of_stream = false;
  std::optional<Timestamp>
      input_end;  ///< the source has nothing at or after this; known before the watermark passes it
  std::vector<model::Pulse> pulses;
  std::int64_t sent_wall_ns = 0;
};

/// What one message of a readout says about one stream: all primitives that begin in [covered_from, watermark).
struct PrimitiveBatch {
  Timestamp covered_from;
  Timestamp watermark;
  bool end_of_stream = false;
  std::vector<model::Primitive> primitives;
  std::vector<Interval> gaps;                 ///< where frames were lost or rejected
  std::optional<model::StreamLedger> totals;  ///< the readout's books of the stream up to here
  std::int64_t sent_wall_ns = 0;
};

/// A decision as the event builder gets it.
struct MadeDecision {
  model::Decision decision;
  std::vector<std::uint64_t> boots;  ///< of the process asked, for each stream of the detector; empty: none asked
  std::int64_t sent_wall_ns = 0;     ///< when the newest data that it waited for left the front end
};

struct DeadInterval {
  std::uint32_t detector = 0;
  model::DeadReason reason = model::DeadReason::kStreamMissing;
  Interval time;
  friend bool operator==(const DeadInterval&, const DeadInterval&) = default;
};

struct StoredPulse {
  std::uint32_t facility = 0;
  model::Pulse pulse;
};

/// Raw data wanted from one readout process.
struct Request {
  std::size_t process = 0;
  std::uint64_t decision = 0;
  std::uint32_t detector = 0;
  Interval window;
};

/// Why gates are decided without readout.
enum class Hold { kNone, kInhibit, kPaused };

}  // namespace spillway::trigger
