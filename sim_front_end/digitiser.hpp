#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "daq/base/config.hpp"
#include "daq/model/fragment.hpp"
#include "daq/model/pulse.hpp"
#include "daq/model/setup.hpp"
#include "daq/model/truth.hpp"
#include "sim_front_end/source.hpp"

namespace spillway::sim_front_end {

/// What a detector is told of the beam for a stretch of data time.
struct BeamView {
  Interval span;  ///< frames that begin in it are asked for
  /// All that begin in [span.begin - history, span.end + foresight), in the order of time.
  std::span<const model::Pulse> pulses;
  /// United readout windows in the order of time, all that overlap the frames asked for or begin within history after
  /// the span. With gated emission exactly the frames that overlap one of them are sent; empty with continuous
  /// emission.
  std::span<const Interval> windows;

  /// Whether a frame of this time is sent.
  [[nodiscard]] bool shows(Interval time) const {
    return windows.empty() ||
           std::ranges::any_of(windows, [&](const Interval& window) { return window.overlaps(time); });
  }
};

/// One detector and its electronics, simulated: events of the beam and of the background become the electronics' bytes.
///
/// What a stretch of data time holds is a function of set-up, seed and pulses alone: everything random is drawn from
/// hash_key(seed, detector or stream, pulse id or block of data time). So it does not depend on how time is cut into
/// calls, nor on which stretches are asked for.
class Digitiser {
 public:
  virtual ~Digitiser() = default;

  [[nodiscard]] virtual model::Encoding encoding() const = 0;
  /// How long before a frame's begin a pulse may have been whose events it still shows.
  [[nodiscard]] virtual Duration history() const = 0;
  /// How long after a frame's begin a pulse may begin whose events it shows.
  [[nodiscard]] virtual Duration foresight() const { return {}; }
  /// Stretches longer than this would hold more than some MiB of frames.
  [[nodiscard]] virtual Duration longest_span() const = 0;

  /// Appends the frames that begin in view.span, those of each stream in the order of time, and the truth of all events
  /// of that span. Spans follow one another without gaps. `SourceFrame::stream`: index into the detector's streams.
  virtual void simulate(const BeamView& view, std::vector<SourceFrame>& frames,
                        std::vector<model::TruthEvent>& truth) = 0;
};

struct DigitiserRequest {
  const Config& config;
  const model::Setup& setup;
  std::uint32_t detector;
  std::uint64_t seed;
};

/// From the table of detector kinds. Throws Error for a kind that cannot be simulated.
[[nodiscard]] std::unique_ptr<Digitiser> make_digitiser(const DigitiserRequest& request);

}  // namespace spillway::sim_front_end
