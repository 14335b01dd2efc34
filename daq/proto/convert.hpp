#pragma once

#include "daq/model/decision.hpp"
#include "daq/model/decision_train.hpp"
#include "daq/model/gate.hpp"
#include "daq/model/ledger.hpp"
#include "daq/model/live_time.hpp"
#include "daq/model/pulse.hpp"
#include "daq/model/pulse_train.hpp"
#include "daq/model/run_summary.hpp"
#include "daq/model/truth.hpp"
#include "daq/proto/control.pb.h"
#include "daq/proto/data.pb.h"

namespace spillway::proto {

v1::Gate to_proto(const model::Gate& gate);
model::Gate to_model(const v1::Gate& gate);
v1::Decision to_proto(const model::Decision& decision);
model::Decision to_model(const v1::Decision& decision);
v1::Decision to_proto(const model::DecisionTrain& train);
/// Of a message with trains.
model::DecisionTrain train_of(const v1::Decision& decision);
v1::Pulse to_proto(const model::Pulse& pulse, std::uint32_t facility);
model::Pulse to_model(const v1::Pulse& pulse);
v1::Pulse to_proto(const model::PulseTrain& train, std::uint32_t facility);
/// Of a message with a train.
model::PulseTrain train_of(const v1::Pulse& pulse);
v1::TruthEvent to_proto(const model::TruthEvent& event);
model::TruthEvent to_model(const v1::TruthEvent& event);
/// The frame part of a ledger.
v1::StreamTotals totals_to_proto(const model::StreamLedger& ledger);
/// Fills the frame part of a ledger, replacing it.
void totals_to_model(const v1::StreamTotals& totals, model::StreamLedger& ledger);
v1::StreamLedger to_proto(const model::StreamLedger& ledger);
model::StreamLedger to_model(const v1::StreamLedger& ledger);
v1::DetectorBooks to_proto(const model::DetectorBooks& books);
model::DetectorBooks to_model(const v1::DetectorBooks& books);
v1::GateCounts to_proto(const std::string& facility, const model::GateCounts& counts);
model::GateCounts to_model(const v1::GateCounts& counts);
model::DetectorCounts to_model(const v1::Counts& counts);

}  // namespace spillway::proto
