#include "daq/proto/convert.hpp"

#include <algorithm>
#include <array>

namespace spillway::proto {
namespace {

constexpr std::string_view kRunLine = "run";

void counters_to_proto(const Counters& from, google::protobuf::Map<std::string, google::protobuf::uint64>& to) {
  for (const auto& [name, count] : from) to[name] = count;
}

Counters counters_to_model(const google::protobuf::Map<std::string, google::protobuf::uint64>& from) {
  Counters counters;
  for (const auto& [name, count] : from) counters[name] = count;
  return counters;
}

v1::LiveTime line_to_proto(const model::LiveTime& line, std::string_view gate) {
  v1::LiveTime out;
  out.set_gate(std::string(gate));
  out.set_wall_ns(line.wall.ns);
  out.set_live_ns(line.live.ns);
  out.set_not_read_ns(line.not_read.ns);
  for (const model::DeadReason reason : model::kDeadReasons) {
    const Duration dead = line.dead[static_cast<std::size_t>(reason)];
    if (dead != Duration{}) (*out.mutable_dead_ns())[std::string(model::name(reason))] = dead.ns;
  }
  return out;
}

model::LiveTime line_to_model(const v1::LiveTime& line) {
  model::LiveTime out;
  out.wall = {line.wall_ns()};
  out.live = {line.live_ns()};
  out.not_read = {line.not_read_ns()};
  for (const model::DeadReason reason : model::kDeadReasons) {
    const auto dead = line.dead_ns().find(std::string(model::name(reason)));
    if (dead != line.dead_ns().end()) out.dead[static_cast<std::size_t>(reason)] = {dead->second};
  }
  return out;
}

v1::GateTrain gates_to_proto(const model::GateTrain& train) {
  v1::GateTrain out;
  out.set_kind(static_cast<std::uint32_t>(train.kind));
  out.set_first_ns(train.first.ns);
  out.set_length_ns(train.length.ns);
  out.set_period_num(train.period_num);
  out.set_period_den(train.period_den);
  out.set_phase(train.phase);
  out.set_count(train.count);
  out.set_first_index(train.first_index);
  out.set_first_pulse_id(train.first_pulse_id);
  out.set_protons(train.protons);
  return out;
}

model::GateTrain gates_to_model(const v1::GateTrain& train) {
  model::GateTrain out;
  out.kind = static_cast<model::GateKind>(train.kind());
  out.first = {train.first_ns()};
  out.length = {train.length_ns()};
  out.period_num = train.period_num();
  out.period_den = train.period_den();
  out.phase = train.phase();
  out.count = train.count();
  out.first_index = train.first_index();
  out.first_pulse_id = train.first_pulse_id();
  out.protons = train.protons();
  return out;
}

}  // namespace

v1::Gate to_proto(const model::Gate& gate) {
  v1::Gate out;
  out.set_kind(static_cast<std::uint32_t>(gate.kind));
  out.set_begin_ns(gate.time.begin.ns);
  out.set_end_ns(gate.time.end.ns);
  out.set_index(gate.index);
  out.set_pulse_id(gate.pulse_id);
  out.set_protons(gate.protons);
  return out;
}

model::Gate to_model(const v1::Gate& gate) {
  model::Gate out;
  const std::uint32_t last_kind = model::kGateKinds.size() - 1;
  out.kind = static_cast<model::GateKind>(std::min(gate.kind(), last_kind));
  out.time = {{gate.begin_ns()}, {gate.end_ns()}};
  out.index = gate.index();
  out.pulse_id = gate.pulse_id();
  out.protons = gate.protons();
  return out;
}

v1::Decision to_proto(const model::Decision& decision) {
  v1::Decision out;
  out.set_id(decision.id);
  out.set_detector(decision.detector);
  *out.mutable_gate() = to_proto(decision.gate);
  out.set_window_begin_ns(decision.window.begin.ns);
  out.set_window_end_ns(decision.window.end.ns);
  out.set_bits(decision.bits);
  out.set_primitives(decision.primitives);
  return out;
}

model::Decision to_model(const v1::Decision& decision) {
  model::Decision out;
  out.id = decision.id();
  out.detector = decision.detector();
  out.gate = to_model(decision.gate());
  out.window = {{decision.window_begin_ns()}, {decision.window_end_ns()}};
  out.bits = decision.bits();
  out.primitives = decision.primitives();
  return out;
}

v1::Pulse to_proto(const model::Pulse& pulse, std::uint32_t facility) {
  v1::Pulse out;
  out.set_facility(facility);
  out.set_id(pulse.id);
  out.set_revision(pulse.revision);
  out.set_begin_ns(pulse.time.begin.ns);
  out.set_end_ns(pulse.time.end.ns);
  out.set_protons(pulse.protons);
  out.set_protons_uncertainty(pulse.protons_uncertainty);
  out.set_flags(pulse.flags);
  return out;
}

model::Pulse to_model(const v1::Pulse& pulse) {
  model::Pulse out;
  out.id = pulse.id();
  out.revision = pulse.revision();
  out.time = {{pulse.begin_ns()}, {pulse.end_ns()}};
  out.protons = pulse.protons();
  out.protons_uncertainty = pulse.protons_uncertainty();
  out.flags = pulse.flags();
  return out;
}

v1::Decision to_proto(const model::DecisionTrain& train) {
  v1::Decision out = to_proto(train.decision(0));
  for (const model::GateTrain& gates : train.gates.trains) *out.add_trains() = gates_to_proto(gates);
  return out;
}

model::DecisionTrain train_of(const v1::Decision& decision) {
  const model::Decision first = to_model(decision);
  model::DecisionTrain out{first.detector,
                           first.id,
                           first.bits,
                           first.gate.time.begin - first.window.begin,
                           first.window.end - first.gate.time.end,
                           {}};
  for (const v1::GateTrain& gates : decision.trains()) out.gates.trains.push_back(gates_to_model(gates));
  return out;
}

v1::Pulse to_proto(const model::PulseTrain& train, std::uint32_t facility) {
  v1::Pulse out = to_proto(train.pulse(0), facility);
  *out.mutable_train() = gates_to_proto(train.times);
  return out;
}

model::PulseTrain train_of(const v1::Pulse& pulse) {
  return {gates_to_model(pulse.train()), pulse.protons_uncertainty(), pulse.flags()};
}

v1::TruthEvent to_proto(const model::TruthEvent& event) {
  v1::TruthEvent out;
  out.set_detector(event.detector);
  out.set_kind(static_cast<std::uint32_t>(event.kind));
  out.set_signal(event.signal);
  out.set_above_threshold(event.above_threshold);
  out.set_time_ns(event.time.ns);
  out.set_pulse_id(event.pulse_id);
  out.set_neutrino_mev(event.neutrino_mev);
  out.set_energy_kev(event.energy_kev);
  out.set_x_mm(event.position_mm[0]);
  out.set_y_mm(event.position_mm[1]);
  out.set_z_mm(event.position_mm[2]);
  return out;
}

model::TruthEvent to_model(const v1::TruthEvent& event) {
  model::TruthEvent out;
  out.detector = event.detector();
  out.kind = static_cast<model::TruthKind>(event.kind());
  out.signal = event.signal();
  out.above_threshold = event.above_threshold();
  out.time = {event.time_ns()};
  out.pulse_id = event.pulse_id();
  out.neutrino_mev = event.neutrino_mev();
  out.energy_kev = event.energy_kev();
  out.position_mm = {event.x_mm(), event.y_mm(), event.z_mm()};
  return out;
}

v1::StreamTotals totals_to_proto(const model::StreamLedger& ledger) {
  v1::StreamTotals out;
  out.set_stream(ledger.stream);
  out.set_sent(ledger.sent);
  out.set_duplicated(ledger.duplicated);
  out.set_accepted(ledger.accepted);
  counters_to_proto(ledger.rejected, *out.mutable_rejected());
  counters_to_proto(ledger.lost, *out.mutable_lost());
  out.set_outside_run(ledger.outside_run);
  return out;
}

void totals_to_model(const v1::StreamTotals& totals, model::StreamLedger& ledger) {
  ledger.stream = totals.stream();
  ledger.sent = totals.sent();
  ledger.duplicated = totals.duplicated();
  ledger.accepted = totals.accepted();
  ledger.rejected = counters_to_model(totals.rejected());
  ledger.lost = counters_to_model(totals.lost());
  ledger.outside_run = totals.outside_run();
}

v1::StreamLedger to_proto(const model::StreamLedger& ledger) {
  v1::StreamLedger out;
  *out.mutable_frames() = totals_to_proto(ledger);
  out.set_asked(ledger.asked);
  out.set_ok(ledger.ok);
  out.set_partial(ledger.partial);
  out.set_expired(ledger.expired);
  out.set_no_data(ledger.no_data);
  out.set_built(ledger.built);
  counters_to_proto(ledger.missing, *out.mutable_missing());
  return out;
}

model::StreamLedger to_model(const v1::StreamLedger& ledger) {
  model::StreamLedger out;
  totals_to_model(ledger.frames(), out);
  out.asked = ledger.asked();
  out.ok = ledger.ok();
  out.partial = ledger.partial();
  out.expired = ledger.expired();
  out.no_data = ledger.no_data();
  out.built = ledger.built();
  out.missing = counters_to_model(ledger.missing());
  return out;
}

v1::DetectorBooks to_proto(const model::DetectorBooks& books) {
  v1::DetectorBooks out;
  out.set_detector(books.detector);
  for (const model::GateKind kind : model::kGateKinds) {
    *out.add_lines() = line_to_proto(books.books.gates[static_cast<std::size_t>(kind)], model::name(kind));
  }
  *out.add_lines() = line_to_proto(books.books.run, kRunLine);
  return out;
}

model::DetectorBooks to_model(const v1::DetectorBooks& books) {
  model::DetectorBooks out;
  out.detector = books.detector();
  for (const v1::LiveTime& line : books.lines()) {
    if (line.gate() == kRunLine) out.books.run = line_to_model(line);
    for (const model::GateKind kind : model::kGateKinds) {
      if (line.gate() == model::name(kind)) out.books.gates[static_cast<std::size_t>(kind)] = line_to_model(line);
    }
  }
  return out;
}

v1::GateCounts to_proto(const std::string& facility, const model::GateCounts& counts) {
  v1::GateCounts out;
  out.set_facility(facility);
  out.set_on(counts.on);
  out.set_off(counts.off);
  out.set_random(counts.random);
  counters_to_proto(counts.dropped, *out.mutable_dropped());
  out.set_late_pulses(counts.late_pulses);
  return out;
}

model::GateCounts to_model(const v1::GateCounts& counts) {
  model::GateCounts out;
  out.on = counts.on();
  out.off = counts.off();
  out.random = counts.random();
  out.dropped = counters_to_model(counts.dropped());
  out.late_pulses = counts.late_pulses();
  return out;
}

model::DetectorCounts to_model(const v1::Counts& counts) {
  model::DetectorCounts out;
  out.detector = counts.detector();
  out.on = counts.on();
  out.off = counts.off();
  out.pot = counts.pot();
  if (counts.has_alpha()) out.alpha = counts.alpha();
  if (counts.has_excess()) {
    out.excess = counts.excess();
    out.excess_low = counts.excess_low();
    out.excess_high = counts.excess_high();
  }
  if (counts.simulated()) {
    out.truth_signal_on = static_cast<double>(counts.truth_signal_on());
    out.signal_rate_scale = counts.signal_rate_scale();
    out.background_rate_scale = counts.background_rate_scale();
    if (counts.efficiency() > 0) out.efficiency = counts.efficiency();
  }
  return out;
}

}  // namespace spillway::proto
