#include "sim_front_end/csi_digitiser.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "detectors/caen/dpp_daw.hpp"
#include "detectors/physics/ess/detector.hpp"
#include "detectors/registry.hpp"
#include "sim_front_end/primitive_frame.hpp"

namespace spillway::sim_front_end {

namespace csi = detectors::csi_laapd;
namespace caen = detectors::caen;

namespace {

constexpr Duration kBlock = milliseconds(10);
constexpr Duration kReach = milliseconds(1);
constexpr Duration kLongestPulse = seconds(1);
/// keV; smaller recoils make less than one e-h pair in the two sensors.
constexpr double kLeastRecoil = 0.2;
constexpr double kMuonLifetime_ns = 2196.98;
/// After so many lifetimes no muon is left to wait for.
constexpr double kLongestDecay = 30;
constexpr double kSecondsPerDay = 86'400;

/// Where light spreads over the sensors: -1 at the end of sensor 0, +1 at that of sensor 1.
double along(const model::TruthEvent& truth) {
  return truth.position_mm[2] / (csi::kCrystalSize[2] / 2);
}

}  // namespace

CsiDigitiser::CsiDigitiser(const model::Detector& detector, std::uint32_t index, Timestamp epoch, std::uint64_t seed,
                           const csi::Electronics& electronics, const csi::ChargeFilter& filter,
                           const CsiEvents& events)
    : detector_(detector),
      index_(index),
      epoch_(epoch),
      seed_(seed),
      electronics_(electronics),
      events_(events),
      recoils_(physics::kCesiumIodide, physics::ess::kCsi.form_factor(), kLeastRecoil),
      waveforms_(electronics, events.response.noise_eh, events.baseline_adc),
      filter_(filter) {}

model::Encoding CsiDigitiser::encoding() const {
  return model::Encoding::of(detector_.primitives ? model::EncodingFamily::kPrimitives
                                                  : model::EncodingFamily::kDppDaw);
}
Duration CsiDigitiser::history() const {
  return kLongestPulse + kReach;
}
Duration CsiDigitiser::foresight() const {
  return kReach;
}
Duration CsiDigitiser::longest_span() const {
  return milliseconds(100);
}

std::uint64_t CsiDigitiser::block_of(Timestamp t) const {
  return t <= epoch_ ? 0 : static_cast<std::uint64_t>((t - epoch_).ns / kBlock.ns);
}

CsiDigitiser::Event CsiDigitiser::event_at(Timestamp time, double recoil_kev, Draw& random) const {
  Event event;
  event.truth.detector = index_;
  event.truth.time = time;
  event.truth.energy_kev = recoil_kev;
  event.truth.above_threshold = recoil_kev >= events_.threshold_kev;
  event.crystal = static_cast<std::size_t>(random.uniform() * csi::kCrystals);
  // The crystals stand two by two, the origin in the middle of all.
  const std::array<double, 3> corner = {event.crystal % 2 == 0 ? -csi::kCrystalSize[0] : 0,
                                        event.crystal / 2 == 0 ? -csi::kCrystalSize[1] : 0, -csi::kCrystalSize[2] / 2};
  for (std::size_t i = 0; i < 3; ++i) {
    event.truth.position_mm[i] = static_cast<float>(corner[i] + csi::kCrystalSize[i] * random.uniform());
  }
  event.light = csi::light_of(events_.response, electronics_.scintillation_ns, events_.response.quenching * recoil_kev,
                              along(event.truth), random);
  return event;
}

void CsiDigitiser::add_signal(Interval time, const model::Pulse& pulse, std::vector<Event>& events) const {
  const Duration tail{static_cast<std::int64_t>(kLongestDecay * kMuonLifetime_ns)};
  if (pulse.time.begin >= time.end || pulse.time.end + tail < time.begin) return;
  Draw random(hash_key(seed_, detector_.name + "/signal", pulse.id));
  const std::uint64_t count = random.poisson(std::min(events_.signal_per_proton * pulse.protons, 1e6));
  for (std::uint64_t i = 0; i < count; ++i) {
    const physics::Recoil recoil = recoils_.draw(random);
    double after_ns = random.uniform() * static_cast<double>(pulse.time.length().ns);
    if (recoil.flavour != physics::Flavour::kNuMu) {
      after_ns += kMuonLifetime_ns * std::min(csi::exponential(random), kLongestDecay);
    }
    const Timestamp at = pulse.time.begin + Duration{static_cast<std::int64_t>(after_ns)};
    Event event = event_at(at, recoil.recoil_kev, random);
    event.truth.kind = model::TruthKind::kCevns;
    event.truth.signal = true;
    event.truth.pulse_id = pulse.id;
    event.truth.neutrino_mev = recoil.neutrino_mev;
    if (time.contains(at)) events.push_back(std::move(event));
  }
}

void CsiDigitiser::add_background(Interval time, std::uint64_t block, std::vector<Event>& events) const {
  Draw random(hash_key(seed_, detector_.name + "/background", block));
  const std::uint64_t count = random.poisson(events_.background_hz * kBlock.seconds());
  const Timestamp begin = epoch_ + Duration{static_cast<std::int64_t>(block) * kBlock.ns};
  for (std::uint64_t i = 0; i < count; ++i) {
    const Timestamp at = begin + Duration{static_cast<std::int64_t>(random.uniform() * static_cast<double>(kBlock.ns))};
    Event event = event_at(at, events_.background_max_kev * random.uniform(), random);
    event.truth.kind = model::TruthKind::kBackground;
    if (time.contains(at)) events.push_back(std::move(event));
  }
}

std::vector<CsiDigitiser::Event> CsiDigitiser::events_in(Interval time, std::span<const model::Pulse> pulses) const {
  std::vector<Event> events;
  for (const model::Pulse& pulse : pulses) add_signal(time, pulse, events);
  for (std::uint64_t block = block_of(time.begin); block <= block_of(time.end); ++block) {
    add_background(time, block, events);
  }
  std::ranges::stable_sort(events, {}, [](const Event& event) { return event.truth.time; });
  return events;
}

/// From so long before the light that a record of it is whole, until a pulse of this charge is surely under the
/// threshold again and its record complete. On the digitiser's sampling grid.
Interval CsiDigitiser::samples_of(Timestamp time, double last_light_ns, double charge_eh) const {
  constexpr double kShapingTimesForOne = 4;
  constexpr double kShapingTimesPerLog = 1.3;
  const double tail_ns =
      last_light_ns + electronics_.shaping_ns * (kShapingTimesForOne + kShapingTimesPerLog * std::log1p(charge_eh));
  const std::int64_t sample = electronics_.sample_ns;
  const std::int64_t since = (time - epoch_).ns;
  const auto pre = static_cast<std::int64_t>(electronics_.pre_samples);
  const auto post = static_cast<std::int64_t>(electronics_.post_samples);
  const auto margin = static_cast<std::int64_t>(electronics_.shaping_ns / 4) / sample + 1;
  const std::int64_t first = since / sample - pre - margin;
  const std::int64_t last = (since + static_cast<std::int64_t>(tail_ns)) / sample + post + 1;
  return {epoch_ + Duration{first * sample}, epoch_ + Duration{last * sample}};
}

void CsiDigitiser::add_noise(Interval time, std::size_t stream, Activities& activities) const {
  const double mean = waveforms_.noise_trigger_hz() * kBlock.seconds();
  for (std::uint64_t block = block_of(time.begin); block <= block_of(time.end); ++block) {
    Draw random(hash_key(seed_, detector_.streams[stream] + "/noise", block));
    const Timestamp begin = epoch_ + Duration{static_cast<std::int64_t>(block) * kBlock.ns};
    for (std::uint64_t left = random.poisson(mean); left > 0; --left) {
      const auto after = static_cast<std::int64_t>(random.uniform() * static_cast<double>(kBlock.ns));
      const Timestamp at = begin + Duration{after};
      if (time.contains(at)) activities.push_back({at, samples_of(at, 0, 0), nullptr});
    }
  }
}

void CsiDigitiser::make_records(std::size_t stream, Interval samples, std::span<const Activity> activities,
                                std::vector<SourceFrame>& out) {
  std::vector<csi::Impulse> light;
  std::optional<std::size_t> crossing;
  for (const Activity& activity : activities) {
    const std::int64_t after_ns = (activity.time - samples.begin).ns;
    if (activity.light == nullptr) {
      if (!crossing) crossing = static_cast<std::size_t>(after_ns / electronics_.sample_ns);
      continue;
    }
    for (const csi::Impulse& impulse : *activity.light) {
      light.push_back({impulse.at_ns + static_cast<double>(after_ns), impulse.eh});
    }
  }
  Draw random(
      hash_key(seed_, detector_.streams[stream] + "/samples", static_cast<std::uint64_t>((samples.begin - epoch_).ns)));
  samples_.resize(static_cast<std::size_t>(samples.length().ns / electronics_.sample_ns));
  waveforms_.make(light, crossing, random, samples_);
  for (const csi::KeptSamples& kept : csi::zero_length_encoded(electronics_, events_.baseline_adc, samples_)) {
    if (samples.begin + electronics_.at(kept.trigger) < epoch_) continue;
    if (detector_.primitives) {
      add_primitives(stream, samples.begin, kept, out);
    } else {
      add_record(stream, samples.begin, kept, out);
    }
  }
}

void CsiDigitiser::add_record(std::size_t stream, Timestamp begin, const csi::KeptSamples& kept,
                              std::vector<SourceFrame>& out) const {
  const Duration trigger = begin + electronics_.at(kept.trigger) - epoch_;
  caen::DppDawRecord record;
  record.channel = static_cast<std::uint8_t>(stream);
  record.ticks = static_cast<std::uint64_t>(trigger.ns / electronics_.tick_ns) & caen::kMostDppDawTicks;
  record.time_tag = static_cast<std::uint32_t>(record.ticks & 0x7FFF'FFFFU);
  record.baseline = events_.baseline_adc;
  SourceFrame frame;
  frame.stream = stream;
  frame.time = {begin + electronics_.at(kept.begin), begin + electronics_.at(kept.end)};
  caen::encode_dpp_daw(record, std::span(samples_).subspan(kept.begin, kept.end - kept.begin), frame.bytes);
  out.push_back(std::move(frame));
}

void CsiDigitiser::add_primitives(std::size_t stream, Timestamp begin, const csi::KeptSamples& kept,
                                  std::vector<SourceFrame>& out) {
  pulses_.clear();
  filter_.find(std::as_bytes(std::span(samples_).subspan(kept.begin, kept.end - kept.begin)), events_.baseline_adc,
               pulses_);
  if (pulses_.empty()) return;
  std::vector<model::Primitive> found;
  for (const csi::ChargePulse& pulse : pulses_) {
    found.push_back(filter_.primitive(pulse, begin + electronics_.at(kept.begin)));
  }
  out.push_back(primitive_frame(stream, found));
}

void CsiDigitiser::simulate(const BeamView& view, std::vector<SourceFrame>& frames,
                            std::vector<model::TruthEvent>& truth) {
  const Interval around{view.span.begin - kReach, view.span.end + kReach};
  const std::vector<Event> events = events_in(around, view.pulses);
  for (const Event& event : events) {
    if (view.span.contains(event.truth.time)) truth.push_back(event.truth);
  }
  std::vector<SourceFrame> records;
  for (std::size_t stream = 0; stream < detector_.streams.size(); ++stream) {
    Activities activities;
    for (const Event& event : events) {
      if (event.crystal != stream / csi::kSensorsPerCrystal) continue;
      const auto& light = event.light[stream % csi::kSensorsPerCrystal];
      if (light.empty()) continue;
      double last_ns = 0;
      double charge = 0;
      for (const csi::Impulse& impulse : light) {
        last_ns = std::max(last_ns, impulse.at_ns);
        charge += impulse.eh;
      }
      activities.push_back({event.truth.time, samples_of(event.truth.time, last_ns, charge), &light});
    }
    if (events_.noise_singles) add_noise(around, stream, activities);
    std::ranges::stable_sort(activities, {}, [](const Activity& activity) { return activity.samples.begin; });
    for (std::size_t first = 0; first < activities.size();) {
      Interval samples = activities[first].samples;
      std::size_t end = first + 1;
      while (end < activities.size() && activities[end].samples.begin <= samples.end) {
        samples.end = std::max(samples.end, activities[end].samples.end);
        ++end;
      }
      if (samples.length() > kReach) {
        throw Error(fmt::format("{}: pulses overlap for {} us; lower the rate scales in [simulation.{}]",
                                detector_.streams[stream], samples.length().ns / 1000, detector_.name));
      }
      if (samples.begin < view.span.end && samples.end > view.span.begin && view.shows(samples)) {
        records.clear();
        make_records(stream, samples, std::span(activities).subspan(first, end - first), records);
        for (SourceFrame& record : records) {
          if (view.span.contains(record.time.begin) && view.shows(record.time)) frames.push_back(std::move(record));
        }
      }
      first = end;
    }
  }
}

std::unique_ptr<Digitiser> make_csi_digitiser(const DigitiserRequest& request) {
  const model::Detector& detector = request.setup.detectors.at(request.detector);
  const Section section = detectors::simulation_section(request.config, detector.name);
  CsiEvents events;
  events.response = csi::response(section);
  events.baseline_adc = static_cast<std::uint16_t>(section.integer("baseline_adc"));
  events.noise_singles = section.flag("noise_singles");
  events.threshold_kev = section.number("threshold_kevnr");
  events.background_max_kev = section.number("background_max_kevnr");
  const double mass_kg = section.number("mass_kg");
  const physics::CevnsRecoils recoils(physics::kCesiumIodide, physics::ess::kCsi.form_factor(), kLeastRecoil);
  events.signal_per_proton =
      section.number("signal_rate_scale") *
      recoils.expected(section.number("neutrinos_per_proton"), mass_kg, section.number("distance_m"));
  events.background_hz = section.number("background_rate_scale") * section.number("background_ckkd") * mass_kg *
                         events.background_max_kev / kSecondsPerDay;
  const Section electronics = detectors::detector_section(request.config, detector.name);
  const Section readout = detectors::readout_section(request.config, detector.name);
  return std::make_unique<CsiDigitiser>(detector, request.detector, request.setup.epoch, request.seed,
                                        csi::electronics(electronics), csi::charge_filter(electronics, readout),
                                        events);
}

}  // namespace spillway::sim_front_end
