#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daq/base/bytes.hpp"
#include "daq/base/config.hpp"
#include "daq/base/counters.hpp"
#include "daq/base/time.hpp"
#include "daq/model/fragment.hpp"
#include "daq/model/setup.hpp"
#include "detectors/frame_codec.hpp"

namespace spillway::online {

/// Something that stands out in one stream: a pulse, a hit on a wire.
struct Hit {
  std::uint32_t stream = 0;   ///< index within the detector
  std::uint32_t channel = 0;  ///< within the stream
  Interval time;
  Timestamp peak;
  /// ADC counts x samples, the electronics' own energy where there is no waveform, or a charge: the selection's own.
  double integral = 0;
  double height = 0;  ///< ADC counts
};

/// Something in an event that may be signal. Whether it counts is decided by its gate and the dead time.
struct Candidate {
  Timestamp time;
  double energy = 0;  ///< keV (of a nuclear recoil where that is the signal); ADC counts x samples where uncalibrated
};

/// One fragment as it lies in the file.
struct FragmentView {
  std::uint32_t stream = 0;  ///< index within the detector
  model::Encoding encoding;
  ByteView payload;                                ///< frames, end to end
  std::span<const std::uint32_t> frame_bytes;      ///< size of each frame
  std::span<const detectors::ClockSegment> clock;  ///< of its stream, in time order; empty: the set-up's epoch
};

/// Of a frame of the fragment: by the clock of its stream that was valid then, or by `fallback` where it has none.
[[nodiscard]] Timestamp time_of(std::uint64_t ticks, const FragmentView& fragment,
                                const detectors::ClockSegment& fallback);

/// Finds the candidates of one detector's events, the same for every kind of gate.
class Selection {
 public:
  virtual ~Selection() = default;
  /// Appends what stands out in one fragment. What cannot be read is counted in `rejected` by reason.
  virtual void find(const FragmentView& fragment, std::vector<Hit>& hits, Counters& rejected) const = 0;
  /// Appends the candidates of one event: the hits of all its streams, in the order of streams and of time in each.
  virtual void select(Interval gate, std::span<const Hit> hits, std::vector<Candidate>& out) const = 0;
};

/// The selection of each detector of the set-up, in its order. Throws Error for a kind that has none.
[[nodiscard]] std::vector<std::unique_ptr<Selection>> make_selections(const Config& config, const model::Setup& setup);

}  // namespace spillway::online
