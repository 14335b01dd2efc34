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
#include "daq/model/primitive.hpp"
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

/// The clock of the fragment's stream that was valid then, or `fallback` where it has none.
[[nodiscard]] const detectors::ClockSegment& clock_at(std::uint64_t ticks, const FragmentView& fragment,
                                                      const detectors::ClockSegment& fallback);
/// Of a frame of the fragment, by that clock.
[[nodiscard]] Timestamp time_of(std::uint64_t ticks, const FragmentView& fragment,
                                const detectors::ClockSegment& fallback);

/// Calls `use` with each frame of the fragment. Counter: "bad_sizes", where the next would be longer than what is left.
template <typename Use>
void for_each_frame(const FragmentView& fragment, Counters& rejected, Use use) {
  ByteView rest = fragment.payload;
  for (const std::uint32_t bytes : fragment.frame_bytes) {
    if (bytes > rest.size()) {
      ++rejected["bad_sizes"];
      return;
    }
    use(rest.first(bytes));
    rest = rest.subspan(bytes);
  }
}

/// `charge`: what the selection makes of its integral.
[[nodiscard]] Hit hit_of(std::uint32_t stream, const model::Primitive& primitive, double charge);
/// Of a fragment whose frames are primitives. Counters: "bad_sizes" and the names of detectors::DecodeError.
[[nodiscard]] std::vector<model::Primitive> primitives_of(const FragmentView& fragment, Counters& rejected);

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
