#pragma once

#include "detectors/caen/waveform.hpp"
#include "monitoring/online/selection.hpp"

namespace spillway::online {

struct CaenCuts {
  detectors::caen::PulseShape shape;
  double min_integral = 0;
  double sample_ns = 2;
  detectors::ClockSegment default_clock;  ///< where the file names none: picoseconds since the epoch
};

/// Hits in CoMPASS records: one a record, its largest pulse, timed by constant fraction, if its integral is at least
/// min_integral. A record without samples counts by its energy (at least min_integral) at its own time. Counters:
/// "unknown_encoding", "bad_sizes" and the names of detectors::DecodeError.
void find_caen(const CaenCuts& cuts, const FragmentView& fragment, std::vector<Hit>& hits, Counters& rejected);

/// Every hit is a candidate.
[[nodiscard]] std::unique_ptr<Selection> make_caen_selection(const Config& config, const model::Setup& setup,
                                                             const model::Detector& detector);

}  // namespace spillway::online
