#include "monitoring/online/csi_selection.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "detectors/caen/dpp_daw.hpp"
#include "detectors/registry.hpp"

namespace spillway::online {

namespace csi = detectors::csi_laapd;

CsiSelection::CsiSelection(const CsiCuts& cuts, const csi::ChargeFilter& filter, std::int64_t sample_ns,
                           const detectors::ClockSegment& default_clock)
    : cuts_(cuts), filter_(filter), sample_ns_(sample_ns), default_clock_(default_clock) {}

void CsiSelection::find(const FragmentView& fragment, std::vector<Hit>& hits, Counters& rejected) const {
  switch (fragment.encoding.family()) {
    case model::EncodingFamily::kDppDaw:
      for_each_frame(fragment, rejected, [&](ByteView frame) { find_in_record(fragment, frame, hits, rejected); });
      return;
    case model::EncodingFamily::kPrimitives:
      for (const model::Primitive& primitive : primitives_of(fragment, rejected)) {
        hits.push_back(hit_of(fragment.stream, primitive, filter_.charge_eh(primitive.integral)));
      }
      return;
    default:
      ++rejected["unknown_encoding"];
  }
}

void CsiSelection::find_in_record(const FragmentView& fragment, ByteView frame, std::vector<Hit>& hits,
                                  Counters& rejected) const {
  const auto record = detectors::caen::decode_dpp_daw(frame);
  if (!record) {
    ++rejected[std::string(detectors::name(record.error()))];
    return;
  }
  const Timestamp begin = time_of(record->ticks, fragment, default_clock_);
  const auto at = [&](double sample) {
    return begin + Duration{static_cast<std::int64_t>(std::floor(sample)) * sample_ns_};
  };
  std::vector<csi::ChargePulse> pulses;
  filter_.find(record->samples, record->baseline, pulses);
  for (const csi::ChargePulse& pulse : pulses) {
    hits.push_back({fragment.stream,
                    record->channel,
                    {at(pulse.start), at(static_cast<double>(pulse.end))},
                    at(static_cast<double>(pulse.peak_at)),
                    pulse.charge_eh,
                    pulse.peak_adc});
  }
}

void CsiSelection::find_in_crystal(std::span<const Hit> first, std::span<const Hit> second,
                                   std::vector<Candidate>& out) const {
  for (std::size_t a = 0, b = 0; a < first.size() && b < second.size();) {
    const Duration later = second[b].time.begin - first[a].time.begin;
    if (later > cuts_.coincidence) {
      ++a;
    } else if (-later > cuts_.coincidence) {
      ++b;
    } else {
      const double energy = (first[a].integral + second[b].integral) / cuts_.eh_per_kevnr;
      const Timestamp time = std::min(first[a].time.begin, second[b].time.begin);
      if (energy >= cuts_.min_kevnr && energy <= cuts_.max_kevnr) out.push_back({time, energy});
      ++a;
      ++b;
    }
  }
}

void CsiSelection::select(Interval /*gate*/, std::span<const Hit> hits, std::vector<Candidate>& out) const {
  // In the order of streams, so those of a crystal are neighbours.
  std::array<std::vector<Hit>, csi::kSensorsPerCrystal> of_sensor;
  for (std::size_t i = 0; i < hits.size();) {
    const std::uint32_t crystal = hits[i].stream / csi::kSensorsPerCrystal;
    for (auto& sensor : of_sensor) sensor.clear();
    for (; i < hits.size() && hits[i].stream / csi::kSensorsPerCrystal == crystal; ++i) {
      of_sensor[hits[i].stream % csi::kSensorsPerCrystal].push_back(hits[i]);
    }
    for (auto& sensor : of_sensor) {
      std::ranges::stable_sort(sensor, {}, [](const Hit& hit) { return hit.time.begin; });
    }
    find_in_crystal(of_sensor[0], of_sensor[1], out);
  }
}

std::unique_ptr<Selection> make_csi_selection(const Config& config, const model::Setup& /*setup*/,
                                              const model::Detector& detector) {
  const Section online = detectors::online_section(config, detector.name);
  const Section section = detectors::detector_section(config, detector.name);
  CsiCuts cuts;
  cuts.coincidence = online.duration("coincidence_ns");
  cuts.eh_per_kevnr = online.number("eh_per_kevnr");
  cuts.min_kevnr = online.number("min_kevnr");
  cuts.max_kevnr = online.number("max_kevnr");
  return std::make_unique<CsiSelection>(cuts,
                                        csi::charge_filter(section, detectors::readout_section(config, detector.name)),
                                        section.integer("sample_ns"), detector.clock);
}

}  // namespace spillway::online
