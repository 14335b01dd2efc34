#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daq/base/bytes.hpp"
#include "daq/base/config.hpp"
#include "daq/base/time.hpp"
#include "daq/model/fragment.hpp"

namespace spillway::sim_front_end {

/// How often the electronics and their links do what they should not. Probabilities are per frame.
struct FaultRates {
  double dropped = 0;        ///< lost on its way
  double truncated = 0;      ///< cut at half its length
  double wrong_version = 0;  ///< of the frame's format
  double repeated = 0;       ///< sent twice
  double reordered = 0;      ///< sent behind its successor
  double bit_flip = 0;       ///< one bit of the message it travels in flips on its way
  double time_jump = 0;      ///< its time leaps
  double silent = 0;         ///< the link falls silent
  Duration silence = {};     ///< for so long
  double clock_drift_ppm = 0;
  [[nodiscard]] bool any() const;
};
/// From the keys of [front_end.<name>] that begin with "fault_".
[[nodiscard]] FaultRates fault_rates(const Section& front_end);

/// What happens to the frames of one stream on their way out. What happens to frame k is a function of the seed, the
/// stream and k.
class Faults {
 public:
  Faults(const FaultRates& rates, std::string stream, model::Encoding encoding, Timestamp epoch, std::uint64_t seed);

  /// A frame as it goes out.
  struct Out {
    Timestamp time;
    Bytes bytes;
    bool in_order = true;   ///< `time` is not before that of the frame before
    bool flip_bit = false;  ///< of the message that it travels in
    bool lost = false;      ///< counts as sent, and never arrives
  };
  /// Appends what goes out for the stream's next frame.
  void pass(Interval time, Bytes bytes, std::vector<Out>& out);
  /// The stream ends: what was held back goes out now.
  void end(std::vector<Out>& out);

 private:
  FaultRates rates_;
  std::string stream_;
  model::Encoding encoding_;
  Timestamp epoch_;
  std::uint64_t seed_;
  std::uint64_t next_ = 0;  ///< number of the next frame
  Timestamp silent_until_ = Timestamp::min();
  std::optional<Out> held_;
};

}  // namespace spillway::sim_front_end
