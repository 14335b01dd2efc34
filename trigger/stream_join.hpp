#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "daq/base/counters.hpp"
#include "trigger/delivery_log.hpp"
#include "trigger/records.hpp"

namespace spillway::trigger {

/// What has been taken of one stream: its primitives in time order, how far they are complete, and the readout's books
/// under that watermark, over all processes that served it.
class StreamJoin {
 public:
  StreamJoin(std::string stream, Timestamp run_begin);

  /// Appends to `missing` what the stream did not cover, the time between two processes included. Primitives that begin
  /// before what was already complete are refused and counted ("primitive_too_old").
  void take(const PrimitiveBatch& batch, std::vector<Interval>& missing);
  /// The process that served it is gone: what it had announced and we took stays, what follows is another's.
  void supersede();

  /// Everything that begins before this has been taken.
  [[nodiscard]] Timestamp watermark() const { return watermark_; }
  [[nodiscard]] bool ended() const { return ended_; }
  /// Appends the primitives that are on during `time`.
  void overlapping(Interval time, std::vector<model::Primitive>& out) const;
  /// Appends the primitives that begin inside the interval.
  void beginning_in(Interval time, std::vector<model::Primitive>& out) const;
  /// Gates from `t` on are all that will be asked for.
  void drop_before(Timestamp t);

  /// When the data that moved the watermark to `t` left the front end.
  [[nodiscard]] std::int64_t sent_wall_of(Timestamp t) const { return deliveries_.sent_wall_of(t); }
  /// The books: `sent` is the front end's own count over the run, the rest is summed over the processes.
  [[nodiscard]] model::StreamLedger totals() const;
  [[nodiscard]] const std::string& stream() const { return stream_; }
  [[nodiscard]] const Counters& refused() const { return refused_; }

 private:
  std::string stream_;
  Timestamp watermark_;
  bool ended_ = false;
  std::deque<model::Primitive> primitives_;
  DeliveryLog deliveries_;
  model::StreamLedger past_;  ///< of superseded processes
  model::StreamLedger present_;
  Counters refused_;
};

}  // namespace spillway::trigger
