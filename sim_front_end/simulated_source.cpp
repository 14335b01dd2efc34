#include "sim_front_end/simulated_source.hpp"

#include <algorithm>

namespace spillway::sim_front_end {

namespace {

constexpr std::size_t kMostBytesAtOnce = std::size_t{4} << 20;
/// Longer than any frame of gated electronics.
constexpr Duration kLongestFrame = milliseconds(10);
constexpr Duration kLongestStep = milliseconds(100);

}  // namespace

SimulatedSource::SimulatedSource(const model::Setup& setup, std::uint32_t facility, BeamSchedule beam,
                                 std::vector<std::unique_ptr<Digitiser>> digitisers, std::uint64_t seed)
    : facility_(setup.facilities.at(facility)),
      beam_(std::move(beam)),
      gates_(facility_, seed, setup.epoch),
      pulses_known_until_(setup.epoch),
      watermark_(setup.epoch) {
  std::size_t stream = 0;
  auto digitiser = digitisers.begin();
  for (const model::Detector& detector : setup.detectors) {
    if (detector.facility != facility) continue;
    detectors_.push_back(
        {std::move(*digitiser++), stream, detector.streams.size(), detector.gated, detector.pre, detector.post, {}});
    stream += detector.streams.size();
  }
}

Duration promised_delay(const BeamSchedule& beam, const model::Facility& facility) {
  return std::min(beam.longest_delay(), facility.max_pulse_lateness);
}

Timestamp SimulatedSource::pulse_watermark() const {
  return watermark_ - promised_delay(beam_, facility_);
}

model::Encoding SimulatedSource::encoding(std::size_t stream) const {
  const auto owner = std::find_if(detectors_.begin(), detectors_.end(), [&](const Detector& detector) {
    return stream < detector.first_stream + detector.streams;
  });
  return owner->digitiser->encoding();
}

void SimulatedSource::know_gates_until(Timestamp t) {
  std::vector<model::Gate> found;
  while (gates_.frontier() < t) {
    const Interval next{pulses_known_until_, pulses_known_until_ + kLongestStep};
    pulses_.clear();
    beam_.pulses(next, pulses_);
    for (const model::Pulse& pulse : pulses_) gates_.add(pulse);
    gates_.advance(next.end, found);
    gates_.settle(gates_.frontier());
    pulses_known_until_ = next.end;
  }
  for (const model::Gate& gate : found) {
    for (Detector& detector : detectors_) {
      if (detector.gated) detector.windows.add({gate.time.begin - detector.pre, gate.time.end + detector.post});
    }
  }
}

/// How far one stretch may go: to where a window of gated electronics begins or ends, and no further than digitisers
/// want to go at once.
Timestamp SimulatedSource::step_end(Timestamp bound) const {
  Timestamp end = std::min(bound, watermark_ + kLongestStep);
  for (const Detector& detector : detectors_) {
    const Timestamp longest = watermark_ + detector.digitiser->longest_span();
    if (!detector.gated) {
      end = std::min(end, longest);
      continue;
    }
    for (const Interval& window : detector.windows.intervals()) {
      const Interval near{window.begin - kLongestFrame, window.end};
      if (near.end <= watermark_) continue;
      if (near.begin < end) end = std::min(end, std::max(near.begin, longest));
      break;
    }
  }
  return std::max(end, std::min(bound, watermark_ + nanoseconds(1)));
}

void SimulatedSource::simulate(Detector& detector, Interval span, Batch& out) {
  std::vector<Interval> windows;
  if (detector.gated) {
    detector.windows.drop_before(span.begin);
    for (const Interval& window : detector.windows.intervals()) {
      if (window.begin < span.end + kLongestFrame) windows.push_back(window);
    }
    if (windows.empty()) return;
  }
  pulses_.clear();
  beam_.pulses({span.begin - detector.digitiser->history(), span.end}, pulses_);
  frames_.clear();
  detector.digitiser->simulate({span, pulses_, windows}, frames_, out.truth);
  for (SourceFrame& frame : frames_) {
    frame.stream += detector.first_stream;
    out.frames.push_back(std::move(frame));
  }
}

void SimulatedSource::advance(Timestamp bound, Batch& out) {
  std::size_t bytes = 0;
  while (watermark_ < bound && bytes < kMostBytesAtOnce) {
    Duration reach = kLongestFrame;
    for (const Detector& detector : detectors_) reach = std::max(reach, kLongestFrame + detector.pre);
    know_gates_until(watermark_ + kLongestStep + reach);
    const Interval span{watermark_, step_end(bound)};
    const std::size_t before = out.frames.size();
    for (Detector& detector : detectors_) simulate(detector, span, out);
    for (std::size_t i = before; i < out.frames.size(); ++i) bytes += out.frames[i].bytes.size();
    const std::size_t first_report = out.pulses.size();
    beam_.reports(span, out.pulses);
    for (std::size_t i = first_report; i < out.pulses.size(); ++i) {
      out.pulses[i].promised = out.pulses[i].at - promised_delay(beam_, facility_);
    }
    watermark_ = span.end;
  }
}

}  // namespace spillway::sim_front_end
