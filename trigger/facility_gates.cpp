#include "trigger/facility_gates.hpp"

#include <algorithm>

namespace spillway::trigger {
FacilityGates::FacilityGates(const model::Facility& facility, std::uint64_t seed, Timestamp run_begin,
                             std::size_t sources, Duration longest_pulse)
    : maker_(facility, seed, run_begin), longest_pulse_(longest_pulse), sources_(sources) {}

void FacilityGates::take(std::size_t source, const PulseBatch& batch, std::vector<model::Pulse>& record) {
  Source& from = sources_.at(source);
  for (model::Pulse pulse : batch.pulses) {
    pulse.flags &= ~static_cast<std::uint32_t>(model::kLate);
    if (pulse.time.length() > longest_pulse_) {
      ++refused_["pulse_too_long"];
      continue;
    }
    if (pulse.revision == 0) {
      const bool in_time = !from.ended && pulse.time.begin >= from.watermark;
      if (!in_time || !maker_.add(pulse)) {
        pulse.flags |= model::kLate;
        ++late_;
      }
    }
    ++pulses_;
    record.push_back(pulse);
  }
  from.watermark = std::max(from.watermark, batch.end_of_stream ? Timestamp::max() : batch.watermark);
  from.ended = from.ended || batch.end_of_stream;
  from.sent_wall_ns = std::max(from.sent_wall_ns, batch.sent_wall_ns);
}

Timestamp FacilityGates::watermark() const {
  Timestamp least = Timestamp::max();
  for (const Source& source : sources_) least = std::min(least, source.watermark);
  return least;
}

bool FacilityGates::ended() const {
  return std::all_of(sources_.begin(), sources_.end(), [](const Source& source) { return source.ended; });
}

void FacilityGates::exhausted(Timestamp end) {
  exhausted_ = end;
  maker_.end_at(end);
  end_moved_ = true;
}

void FacilityGates::set_run_end(Timestamp end) {
  run_end_ = end;
  maker_.end_at(end);
  end_moved_ = true;
}

void FacilityGates::advance(std::vector<KnownGate>& out) {
  const Timestamp taken = watermark();
  const Timestamp watermark = exhausted_ && taken >= *exhausted_ ? Timestamp::max() : taken;
  if (watermark <= advanced_ && !end_moved_) return;
  advanced_ = std::max(advanced_, watermark);
  end_moved_ = false;

  std::vector<model::Gate> gates;
  maker_.advance(advanced_, gates);
  const std::int64_t wall = sent_wall_ns();
  for (const model::Gate& gate : gates) out.push_back({gate, wall});
}

std::int64_t FacilityGates::sent_wall_ns() const {
  std::int64_t wall = 0;
  for (const Source& source : sources_) wall = std::max(wall, source.sent_wall_ns);
  return wall;
}

Counters FacilityGates::gates_dropped() const {
  return run_end_ ? maker_.dropped_before(*run_end_) : maker_.dropped();
}

}  // namespace spillway::trigger
