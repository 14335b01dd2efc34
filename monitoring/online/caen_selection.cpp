#include "monitoring/online/caen_selection.hpp"

#include <cmath>

#include "detectors/caen/compass.hpp"
#include "detectors/registry.hpp"

namespace spillway::online {

namespace caen = detectors::caen;

namespace {

class CaenSelection final : public Selection {
 public:
  explicit CaenSelection(const CaenCuts& cuts) : cuts_(cuts) {}
  void find(const FragmentView& fragment, std::vector<Hit>& hits, Counters& rejected) const override {
    find_caen(cuts_, fragment, hits, rejected);
  }
  void select(Interval, std::span<const Hit> hits, std::vector<Candidate>& out) const override {
    for (const Hit& hit : hits) out.push_back({hit.time.begin, hit.integral});
  }

 private:
  CaenCuts cuts_;
};

}  // namespace

void find_caen(const CaenCuts& cuts, const FragmentView& fragment, std::vector<Hit>& hits, Counters& rejected) {
  const auto keep = [&](Timestamp time, double integral, double height) {
    hits.push_back({fragment.stream, 0, {time, time + nanoseconds(1)}, time, integral, height});
  };
  if (fragment.encoding.family() != model::EncodingFamily::kCompass) {
    ++rejected["unknown_encoding"];
    return;
  }
  const caen::CompassWord word{fragment.encoding.word()};
  for_each_frame(fragment, rejected, [&](ByteView frame) {
    const auto record = caen::decode_compass(word, frame);
    if (!record) {
      ++rejected[std::string(detectors::name(record.error()))];
      return;
    }
    const Timestamp begin = time_of(record->time_ps, fragment, cuts.default_clock);
    if (record->sample_count() == 0) {
      const auto energy = static_cast<double>(record->energy);
      if (energy >= cuts.min_integral) keep(begin, energy, 0);
      return;
    }
    const auto pulse = caen::largest_pulse(record->samples, cuts.shape);
    if (!pulse || pulse->integral < cuts.min_integral) return;
    const Duration offset{static_cast<std::int64_t>(std::floor(pulse->time_samples * cuts.sample_ns))};
    keep(begin + offset, pulse->integral, pulse->peak);
  });
}

std::unique_ptr<Selection> make_caen_selection(const Config& config, const model::Setup& /*setup*/,
                                               const model::Detector& detector) {
  const Section readout = detectors::readout_section(config, detector.name);
  CaenCuts cuts;
  cuts.shape.baseline_samples = static_cast<std::size_t>(readout.integer("baseline_samples"));
  cuts.shape.threshold_adc = readout.number("threshold_adc");
  cuts.shape.positive = readout.text("polarity") == "positive";
  cuts.shape.cfd_fraction = readout.number("cfd_fraction");
  cuts.min_integral = static_cast<double>(detectors::online_section(config, detector.name).integer("min_integral"));
  cuts.sample_ns = detectors::detector_section(config, detector.name).number("sample_ns");
  cuts.default_clock = detector.clock;
  return std::make_unique<CaenSelection>(cuts);
}

}  // namespace spillway::online
