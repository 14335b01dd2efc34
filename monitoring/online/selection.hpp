#pragma once

#include <functional>
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

/// Something in a fragment that may be signal. Whether it counts is decided by its gate and the dead time.
struct Candidate {
  Timestamp time;
  double integral = 0;  ///< ADC counts x samples, or the electronics' own energy where there is no waveform
};

/// One fragment as it lies in the file.
struct FragmentView {
  model::Encoding encoding;
  ByteView payload;                                ///< frames, end to end
  std::span<const std::uint32_t> frame_bytes;      ///< size of each frame
  std::span<const detectors::ClockSegment> clock;  ///< of its stream, in time order; empty: the set-up's epoch
};

/// Appends the candidates of a fragment, the same for every kind of gate; what cannot be read is counted by reason.
using Selection = std::function<void(const FragmentView&, std::vector<Candidate>&, Counters&)>;

/// How the selection of a kind of detector is made. One row each in selections().
struct SelectionKind {
  std::string_view detector_kind;
  Selection (*make)(const Config& config, const model::Setup& setup, const model::Detector& detector);
};
[[nodiscard]] std::span<const SelectionKind> selections();

/// The selection of each detector of the set-up, in its order. Throws Error for a kind that has none.
[[nodiscard]] std::vector<Selection> make_selections(const Config& config, const model::Setup& setup);

}  // namespace spillway::online
