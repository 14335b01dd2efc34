#include "trigger/messages.hpp"

#include <cstring>

#include "daq/model/fragment.hpp"
#include "daq/model/pulse_train.hpp"
#include "daq/proto/beam_pulse.hpp"
#include "daq/proto/convert.hpp"
#include "daq/transport/link.hpp"

namespace spillway::trigger {
namespace {

std::vector<ByteView> pulse_records(const v1::Bulk& bulk, const SummedBytes& payload, Counters& refused) {
  if (model::Encoding{bulk.encoding()}.family() != model::EncodingFamily::kBeamPulse && bulk.count() > 0) {
    ++refused["unknown_encoding"];
    return {};
  }
  auto items = transport::items_of(bulk, payload);
  if (!items) {
    ++refused[std::string(transport::name(items.error()))];
    return {};
  }
  return std::move(items).value();
}

/// Puts the pulses of all trains of a message at the end of `pulses`, so many as one message can mean.
void unfold_trains(const v1::Bulk& bulk, std::vector<model::Pulse>& pulses, Counters& refused) {
  std::uint64_t all = 0;
  for (const v1::Pulse& message : bulk.pulse_trains()) {
    const model::PulseTrain train = proto::train_of(message);
    if (!train.sane() || all + train.count() > model::kMostInTrain) {
      ++refused["bad_train"];
      continue;
    }
    all += train.count();
    train.for_each([&](const model::Pulse& pulse) { pulses.push_back(pulse); });
  }
}

/// Why the payload is not the primitives that the message speaks of; empty where it is.
std::string_view contradiction(const v1::Bulk& bulk, const SummedBytes& payload) {
  if (model::Encoding{bulk.encoding()}.family() != model::EncodingFamily::kPrimitives && bulk.count() > 0) {
    return "unknown_encoding";
  }
  const auto error = transport::check_records(bulk, sizeof(model::Primitive), payload);
  return error ? transport::name(*error) : std::string_view();
}

}  // namespace

PulseBatch read_pulses(const v1::Bulk& bulk, const SummedBytes& payload, Counters& refused) {
  PulseBatch batch;
  batch.watermark = {bulk.watermark_ns()};
  batch.end_of_stream = bulk.end_of_stream();
  batch.sent_wall_ns = bulk.sent_wall_ns();
  if (bulk.has_input_end_ns()) batch.input_end = Timestamp{bulk.input_end_ns()};
  unfold_trains(bulk, batch.pulses, refused);
  for (const ByteView item : pulse_records(bulk, payload, refused)) {
    const auto pulse = proto::decode_beam_pulse(item);
    if (pulse) {
      batch.pulses.push_back(*pulse);
    } else {
      ++refused[std::string(proto::name(pulse.error()))];
    }
  }
  return batch;
}

PrimitiveBatch read_primitives(const v1::Bulk& bulk, const SummedBytes& payload, Counters& refused) {
  PrimitiveBatch batch;
  batch.covered_from = {bulk.covered_from_ns()};
  batch.watermark = {bulk.watermark_ns()};
  batch.end_of_stream = bulk.end_of_stream();
  batch.sent_wall_ns = bulk.sent_wall_ns();
  for (const auto& gap : bulk.gaps()) batch.gaps.push_back({{gap.begin_ns()}, {gap.end_ns()}});
  if (bulk.has_totals()) {
    batch.totals.emplace();
    proto::totals_to_model(bulk.totals(), *batch.totals);
  }

  if (const std::string_view why = contradiction(bulk, payload); !why.empty()) {
    ++refused[std::string(why)];
    batch.gaps.push_back({batch.covered_from, batch.watermark});
  } else if (!payload.bytes.empty()) {
    batch.primitives.resize(bulk.count());
    std::memcpy(batch.primitives.data(), payload.bytes.data(), payload.bytes.size());
  }
  return batch;
}

v1::Decisions decisions_message(const TriggerOutput& output, const MessageFolder& folder) {
  v1::Decisions message;
  folder.add(output.decisions, message);
  for (const DeadInterval& interval : output.dead) {
    v1::DeadInterval& dead = *message.add_dead();
    dead.set_detector(interval.detector);
    dead.set_reason(static_cast<std::uint32_t>(interval.reason));
    dead.set_begin_ns(interval.time.begin.ns);
    dead.set_end_ns(interval.time.end.ns);
  }
  return message;
}

v1::Pulses pulses_message(const TriggerOutput& output, const MessageFolder& folder) {
  v1::Pulses message;
  folder.add(output.pulses, message);
  return message;
}

v1::TriggerEnd end_message(const TriggerCore& core, const model::Setup& setup) {
  v1::TriggerEnd end;
  end.set_begin_ns(core.run_begin().ns);
  end.set_end_ns(core.run_end().value_or(core.run_begin()).ns);
  for (std::uint32_t d = 0; d < setup.detectors.size(); ++d) end.add_decisions(core.made(d));
  for (const model::StreamLedger& ledger : core.totals()) *end.add_totals() = proto::totals_to_proto(ledger);
  for (std::uint32_t f = 0; f < setup.facilities.size(); ++f) {
    v1::FacilityTotals& totals = *end.add_facilities();
    totals.set_facility(f);
    for (const auto& [rule, count] : core.facility(f).gates_dropped()) (*totals.mutable_gates_dropped())[rule] = count;
    totals.set_late_pulses(core.facility(f).late_pulses());
  }
  return end;
}

v1::Horizon horizon_message(const TriggerCore& core, const model::Setup& setup) {
  v1::Horizon horizon;
  for (std::uint32_t f = 0; f < setup.facilities.size(); ++f) horizon.add_before_ns(core.horizon(f).ns);
  return horizon;
}

}  // namespace spillway::trigger
