#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/csi_laapd/charge_filter.hpp"
#include "detectors/csi_laapd/waveform.hpp"
#include "detectors/physics/cevns_recoils.hpp"
#include "sim_front_end/digitiser.hpp"

namespace spillway::sim_front_end {

/// What a CsI array beside a source of pions at rest sees; rates are those that are simulated, scale included.
struct CsiEvents {
  double signal_per_proton = 0;
  double background_hz = 0;
  double background_max_kev = 50;
  double threshold_kev = 1;
  detectors::csi_laapd::Response response;
  std::uint16_t baseline_adc = 1000;
  bool noise_singles = true;  ///< the sensors' noise triggers by itself, too
};

/// Simulated CsI crystals with two avalanche photodiodes each, in DPP-DAW records.
///
/// Signal events are drawn for each beam pulse, background and triggers of the sensors' noise for blocks of data time.
/// Light and noise triggers that are near each other in a channel share a stretch of samples with one noise; what
/// exceeds the self-trigger threshold in it becomes records. At the level of primitives the samples never leave the
/// digitiser: the finder's filter sees the very same records, and what it finds in each is a frame.
class CsiDigitiser final : public Digitiser {
 public:
  CsiDigitiser(const model::Detector& detector, std::uint32_t index, Timestamp epoch, std::uint64_t seed,
               const detectors::csi_laapd::Electronics& electronics, const detectors::csi_laapd::ChargeFilter& filter,
               const CsiEvents& events);

  [[nodiscard]] model::Encoding encoding() const override;
  [[nodiscard]] Duration history() const override;
  [[nodiscard]] Duration foresight() const override;
  [[nodiscard]] Duration longest_span() const override;
  /// Throws Error where pulses of a channel follow each other so closely that they overlap for longer than foresight().
  void simulate(const BeamView& view, std::vector<SourceFrame>& frames, std::vector<model::TruthEvent>& truth) override;

 private:
  struct Event {
    model::TruthEvent truth;
    std::size_t crystal = 0;
    detectors::csi_laapd::SensorLight light;
  };
  /// Light, or a trigger of the noise where there is none.
  struct Activity {
    Timestamp time;
    Interval samples;  ///< that must be looked at because of it
    const std::vector<detectors::csi_laapd::Impulse>* light = nullptr;
  };
  using Activities = std::vector<Activity>;

  [[nodiscard]] std::vector<Event> events_in(Interval time, std::span<const model::Pulse> pulses) const;
  void add_signal(Interval time, const model::Pulse& pulse, std::vector<Event>& events) const;
  void add_background(Interval time, std::uint64_t block, std::vector<Event>& events) const;
  [[nodiscard]] Event event_at(Timestamp time, double recoil_kev, Draw& random) const;
  void add_noise(Interval time, std::size_t stream, Activities& activities) const;
  [[nodiscard]] Interval samples_of(Timestamp time, double last_light_ns, double charge_eh) const;
  void make_records(std::size_t stream, Interval samples, std::span<const Activity> activities,
                    std::vector<SourceFrame>& out);
  /// Of the samples kept in samples_, which begin at `begin`. Nothing where the filter finds nothing.
  void add_record(std::size_t stream, Timestamp begin, const detectors::csi_laapd::KeptSamples& kept,
                  std::vector<SourceFrame>& out) const;
  void add_primitives(std::size_t stream, Timestamp begin, const detectors::csi_laapd::KeptSamples& kept,
                      std::vector<SourceFrame>& out);
  [[nodiscard]] std::uint64_t block_of(Timestamp t) const;

  model::Detector detector_;
  std::uint32_t index_;
  Timestamp epoch_;
  std::uint64_t seed_;
  detectors::csi_laapd::Electronics electronics_;
  CsiEvents events_;
  physics::CevnsRecoils recoils_;
  detectors::csi_laapd::WaveformMaker waveforms_;
  detectors::csi_laapd::ChargeFilter filter_;
  std::vector<std::uint16_t> samples_;
  std::vector<detectors::csi_laapd::ChargePulse> pulses_;
};

[[nodiscard]] std::unique_ptr<Digitiser> make_csi_digitiser(const DigitiserRequest& request);

}  // namespace spillway::sim_front_end
