#include "daq/event_builder/run_file.hpp"

#include <utility>
#include <vector>

namespace spillway::event_builder {

void RunFile::append(const model::Pulse& pulse, std::uint32_t facility) {
  writer_.append(pulse, facility);
  keep([pulse, facility](const storage::EventFileWriter&, RunFile& to) { to.append(pulse, facility); });
}

void RunFile::append(const model::PulseTrain& train, std::uint32_t facility) {
  writer_.append(train, facility);
  keep([train, facility](const storage::EventFileWriter&, RunFile& to) { to.append(train, facility); });
}

void RunFile::append(const model::TruthEvent& event) {
  writer_.append(event);
  keep([event](const storage::EventFileWriter&, RunFile& to) { to.append(event); });
}

void RunFile::append(const model::Decision& decision, std::uint32_t fragments) {
  writer_.append(decision, fragments);
  keep(decision.detector, decision.id + 1,
       [decision, fragments](const storage::EventFileWriter&, RunFile& to) { to.append(decision, fragments); });
}

void RunFile::append(const model::DecisionTrain& train) {
  writer_.append(train);
  keep(train.detector, train.first_id + train.count(),
       [train](const storage::EventFileWriter&, RunFile& to) { to.append(train); });
}

void RunFile::append(const storage::FragmentRecord& fragment) {
  const storage::FragmentRow row = writer_.append(fragment);
  storage::FragmentRecord record = fragment;
  record.payload = {};
  auto again = [row, record, sizes = std::vector(fragment.frame_bytes.begin(), fragment.frame_bytes.end())](
                   const storage::EventFileWriter& from, RunFile& to) mutable {
    const Bytes payload = from.stored(row);
    record.frame_bytes = sizes;
    record.payload = payload;
    to.append(record);
  };
  keep(fragment.decision.detector, fragment.decision.id + 1, std::move(again));
}

void RunFile::append_missing(const model::Decision& decision, std::uint32_t stream, const std::string& reason) {
  writer_.append_missing(decision, stream, reason);
  keep(decision.detector, decision.id + 1, [decision, stream, reason](const storage::EventFileWriter&, RunFile& to) {
    to.append_missing(decision, stream, reason);
  });
}

void RunFile::append_dead(std::uint32_t detector, model::DeadReason reason, Interval time) {
  writer_.append_dead(detector, reason, time);
  keep([detector, reason, time](const storage::EventFileWriter&, RunFile& to) {
    to.append_dead(detector, reason, time);
  });
}

std::optional<int> RunFile::flush() {
  if (const auto file = writer_.flush()) unsynced_ = file;
  for (Unsafe& each : unsafe_) each.flushed = true;
  return unsynced_;
}

void RunFile::settle(std::span<const std::uint64_t> complete) {
  unsynced_.reset();
  std::erase_if(unsafe_, [&](const Unsafe& each) {
    return each.flushed && (each.end == 0 || each.end <= complete[each.detector]);
  });
}

void RunFile::write_again(RunFile& to) {
  for (Unsafe& each : unsafe_) each.again(writer_, to);
}

}  // namespace spillway::event_builder
