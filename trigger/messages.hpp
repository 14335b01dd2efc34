#pragma once

#include "daq/base/counters.hpp"
#include "daq/base/summed_bytes.hpp"
#include "daq/proto/data.pb.h"
#include "trigger/message_folder.hpp"
#include "trigger/trigger_core.hpp"

namespace spillway::trigger {

/// The pulses of a message, trains expanded, those that can be believed; the others are counted by PulseError name or
/// as "bad_train", a message that contradicts itself by BulkError name or "unknown_encoding".
[[nodiscard]] PulseBatch read_pulses(const v1::Bulk& bulk, const SummedBytes& payload, Counters& refused);

/// The primitives of a message. Where the payload contradicts its description (BulkError name, "unknown_encoding") the
/// whole coverage is a gap.
[[nodiscard]] PrimitiveBatch read_primitives(const v1::Bulk& bulk, const SummedBytes& payload, Counters& refused);

[[nodiscard]] v1::Decisions decisions_message(const TriggerOutput& output, const MessageFolder& folder);
[[nodiscard]] v1::Pulses pulses_message(const TriggerOutput& output, const MessageFolder& folder);
/// What the builder needs to close the books.
[[nodiscard]] v1::TriggerEnd end_message(const TriggerCore& core, const model::Setup& setup);
[[nodiscard]] v1::Horizon horizon_message(const TriggerCore& core, const model::Setup& setup);

}  // namespace spillway::trigger
