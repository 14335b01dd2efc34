#include "sim_front_end/beam_schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <tuple>

#include "daq/base/random.hpp"

namespace spillway::sim_front_end {

namespace {

__extension__ typedef unsigned __int128 Wide;

Duration below(Duration limit, double uniform) {
  return {static_cast<std::int64_t>(uniform * static_cast<double>(limit.ns))};
}

double gaussian(Draw& draw) {
  const double radius = std::sqrt(-2 * std::log(1 - draw.uniform()));
  return radius * std::cos(2 * std::numbers::pi * draw.uniform());
}

}  // namespace

BeamSchedule::BeamSchedule(const detectors::beam::SimulatedBeam& beam, std::string facility, std::uint64_t seed)
    : beam_(beam), facility_(std::move(facility)), seed_(seed) {}

Timestamp BeamSchedule::earliest(std::uint64_t k) const {
  const Wide offset = static_cast<Wide>(k) * beam_.period_num / beam_.period_den;
  return beam_.first + Duration{static_cast<std::int64_t>(offset)};
}

std::uint64_t BeamSchedule::first_from(Timestamp t) const {
  const Duration since = t - beam_.jitter - beam_.first;
  if (since.ns <= 0) return 0;
  auto k = static_cast<std::uint64_t>(static_cast<Wide>(since.ns) * beam_.period_den / beam_.period_num);
  while (k > 0 && earliest(k - 1) + beam_.jitter >= t) --k;
  return k;
}

model::Pulse BeamSchedule::pulse(std::uint64_t k) const {
  model::Pulse pulse;
  pulse.id = k + 1;
  pulse.time.begin = earliest(k);
  pulse.protons = beam_.protons;
  if (beam_.jitter.ns > 0 || beam_.protons_spread > 0) {
    Draw draw(hash_key(seed_, facility_ + "/pulse", k));
    pulse.time.begin = pulse.time.begin + below(beam_.jitter, draw.uniform());
    pulse.protons *= std::max(0.0, 1 + beam_.protons_spread * gaussian(draw));
  }
  pulse.time.end = pulse.time.begin + beam_.length;
  pulse.protons_uncertainty = beam_.protons_uncertainty;
  pulse.flags = model::kChargeMeasured;
  return pulse;
}

Duration BeamSchedule::delay(std::uint64_t k) const {
  if (beam_.report_delay_spread.ns == 0) return beam_.report_delay;
  Draw draw(hash_key(seed_, facility_ + "/report", k));
  return beam_.report_delay + below(beam_.report_delay_spread, draw.uniform());
}

void BeamSchedule::pulses(Interval span, std::vector<model::Pulse>& out) const {
  for (std::uint64_t k = first_from(span.begin); earliest(k) < span.end; ++k) {
    const model::Pulse found = pulse(k);
    if (span.contains(found.time.begin)) out.push_back(found);
  }
}

void BeamSchedule::reports(Interval span, std::vector<PulseReport>& out) const {
  std::vector<PulseReport> found;
  const Duration longest = longest_delay() + beam_.charge_delay;
  for (std::uint64_t k = first_from(span.begin - longest); earliest(k) < span.end; ++k) {
    const model::Pulse measured = pulse(k);
    model::Pulse reported = measured;
    const Timestamp at = measured.time.begin + delay(k);
    if (beam_.charge_delay.ns > 0) {
      // What was asked of the machine stands for the charge until it is measured.
      reported.protons = beam_.protons;
      reported.protons_uncertainty = beam_.protons_spread;
      reported.flags &= ~static_cast<std::uint32_t>(model::kChargeMeasured);
      model::Pulse amendment = measured;
      amendment.revision = 1;
      if (span.contains(at + beam_.charge_delay)) found.push_back({at + beam_.charge_delay, amendment});
    }
    if (span.contains(at)) found.push_back({at, reported});
  }
  std::sort(found.begin(), found.end(), [](const PulseReport& a, const PulseReport& b) {
    return std::tie(a.at, a.pulse.id, a.pulse.revision) < std::tie(b.at, b.pulse.id, b.pulse.revision);
  });
  out.insert(out.end(), found.begin(), found.end());
}

}  // namespace spillway::sim_front_end
