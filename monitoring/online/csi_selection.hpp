#pragma once

#include "detectors/csi_laapd/charge_filter.hpp"
#include "monitoring/online/selection.hpp"

namespace spillway::online {

struct CsiCuts {
  Duration coincidence;  ///< between the pulses of a crystal's two sensors
  double eh_per_kevnr = 4.7;
  double min_kevnr = 0;
  double max_kevnr = 50;
};

/// Recoils in CsI crystals: pulses of each channel by the readout's filter; a pulse of each of a crystal's two sensors
/// close together make a candidate, whose energy is that of the sum of both charges. `Hit::integral` is a charge in
/// primary electron-hole pairs.
class CsiSelection final : public Selection {
 public:
  CsiSelection(const CsiCuts& cuts, const detectors::csi_laapd::ChargeFilter& filter, std::int64_t sample_ns,
               const detectors::ClockSegment& default_clock);

  /// Counters: "unknown_encoding", "bad_sizes" and the names of detectors::DecodeError.
  void find(const FragmentView& fragment, std::vector<Hit>& hits, Counters& rejected) const override;
  /// Each pulse is in one candidate at most: of all pairs close enough, the earliest first.
  void select(Interval gate, std::span<const Hit> hits, std::vector<Candidate>& out) const override;

 private:
  void find_in_record(const FragmentView& fragment, ByteView frame, std::vector<Hit>& hits, Counters& rejected) const;
  void find_in_crystal(std::span<const Hit> first, std::span<const Hit> second, std::vector<Candidate>& out) const;

  CsiCuts cuts_;
  detectors::csi_laapd::ChargeFilter filter_;
  std::int64_t sample_ns_;
  detectors::ClockSegment default_clock_;
};

[[nodiscard]] std::unique_ptr<Selection> make_csi_selection(const Config& config, const model::Setup& setup,
                                                            const model::Detector& detector);

}  // namespace spillway::online
