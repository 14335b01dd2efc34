#include "detectors/csi_laapd/csi_laapd.hpp"

#include <fmt/format.h>

namespace spillway::detectors::csi_laapd {

Electronics electronics(const Section& detector) {
  Electronics made;
  made.sample_ns = detector.integer("sample_ns");
  made.tick_ns = detector.integer("tick_ns");
  made.pre_samples = static_cast<std::size_t>(detector.integer("pre_trigger_samples"));
  made.post_samples = static_cast<std::size_t>(detector.integer("post_trigger_samples"));
  made.self_trigger_adc = static_cast<int>(detector.integer("self_trigger_adc"));
  made.adc_per_eh = detector.number("gain") / detector.number("electrons_per_adc");
  made.shaping_ns = detector.number("shaping_ns");
  made.scintillation_ns = detector.number("scintillation_ns");
  return made;
}

Response response(const Section& simulation) {
  Response made;
  made.quenching = simulation.number("quenching");
  made.eh_per_kevee = simulation.number("light_yield") * simulation.number("light_collection");
  made.asymmetry = simulation.number("light_asymmetry");
  made.excess_noise = simulation.number("excess_noise");
  made.noise_eh = simulation.number("noise_eh");
  return made;
}

std::vector<std::string> streams(const std::string& detector, const Section& section) {
  const std::int64_t sample = section.integer("sample_ns");
  const std::int64_t tick = section.integer("tick_ns");
  if (sample % tick != 0) {
    throw section.error("tick_ns",
                        fmt::format("a sample of {} ns is not a whole number of ticks of {} ns", sample, tick),
                        fmt::format("give a divisor of {}, such as {}", sample, sample));
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kCrystals * kSensorsPerCrystal; ++i) names.push_back(fmt::format("{}/{}", detector, i));
  return names;
}

model::ClockSegment clock(const Section& section, Timestamp epoch) {
  const Electronics made = electronics(section);
  const Duration before{static_cast<std::int64_t>(made.pre_samples) * made.sample_ns};
  return {0, epoch - before, static_cast<std::uint64_t>(made.tick_ns), 1};
}

}  // namespace spillway::detectors::csi_laapd
