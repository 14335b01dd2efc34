#include "daq/storage/trains.hpp"

#include <cstddef>

namespace spillway::storage {
namespace {

template <typename Row>
std::uint32_t row_crc(const Row& row) {
  return crc32c(std::as_bytes(std::span(&row, 1)).first(offsetof(Row, row_crc32c)));
}

model::GateTrain gates_of(const DecisionTrainRow& row) {
  return {static_cast<model::GateKind>(row.kind),
          {row.first_ns},
          row.period_num,
          row.period_den,
          row.count,
          {row.length_ns},
          row.first_index,
          row.first_pulse_id,
          row.protons,
          row.phase};
}

/// The train whose first row this is; nothing where the rows do not belong together.
std::optional<model::DecisionTrain> train_at(std::span<const DecisionTrainRow> rows, const RunInfo& info) {
  const DecisionTrainRow& first = rows.front();
  model::DecisionTrain train{first.detector, first.first_id, first.bits, {first.pre_ns}, {first.post_ns}, {}};
  for (std::size_t i = 0; i < first.id_step; ++i) {
    const DecisionTrainRow& row = rows[i];
    const bool alike = row.detector == first.detector && row.bits == first.bits && row.id_step == first.id_step &&
                       row.first_id == first.first_id + i && row.pre_ns == first.pre_ns && row.post_ns == first.post_ns;
    if (row.row_crc32c != row_crc(row) || !alike) return std::nullopt;
    train.gates.trains.push_back(gates_of(row));
  }
  return train.detector < info.detectors.size() && train.sane() ? std::optional(train) : std::nullopt;
}

}  // namespace

std::vector<DecisionTrainRow> decision_train_rows(const model::DecisionTrain& train) {
  std::vector<DecisionTrainRow> rows;
  for (const model::GateTrain& gates : train.gates.trains) {
    DecisionTrainRow& row = rows.emplace_back();
    row = {train.detector,
           static_cast<std::uint32_t>(gates.kind),
           train.first_id + rows.size() - 1,
           train.gates.trains.size(),
           gates.count,
           gates.first_index,
           gates.first_pulse_id,
           gates.first.ns,
           gates.length.ns,
           gates.period_num,
           gates.period_den,
           gates.phase,
           gates.protons,
           train.pre.ns,
           train.post.ns,
           train.bits,
           0};
    row.row_crc32c = row_crc(row);
  }
  return rows;
}

PulseTrainRow pulse_train_row(const model::PulseTrain& train, std::uint32_t facility) {
  const model::GateTrain& times = train.times;
  PulseTrainRow row{facility,
                    train.flags,
                    times.first_pulse_id,
                    times.count,
                    times.first.ns,
                    times.length.ns,
                    times.period_num,
                    times.period_den,
                    times.phase,
                    times.protons,
                    train.protons_uncertainty,
                    0,
                    0};
  row.row_crc32c = row_crc(row);
  return row;
}

model::PulseTrain pulse_train_of(const PulseTrainRow& row) {
  model::PulseTrain train;
  train.times.first = {row.first_ns};
  train.times.period_num = row.period_num;
  train.times.period_den = row.period_den;
  train.times.phase = row.phase;
  train.times.count = row.count;
  train.times.length = {row.length_ns};
  train.times.first_pulse_id = row.first_id;
  train.times.protons = row.protons;
  train.protons_uncertainty = row.protons_uncertainty;
  train.flags = row.flags;
  return train;
}

bool holds(const PulseTrainRow& row, const RunInfo& info) {
  return row.row_crc32c == row_crc(row) && row.facility < info.facilities.size() && row.count <= model::kMostInTrain &&
         is_sane(pulse_train_of(row).times);
}

std::uint64_t decisions_in(std::span<const model::DecisionTrain> trains) {
  std::uint64_t sum = 0;
  for (const model::DecisionTrain& train : trains) sum += train.count();
  return sum;
}

StoredTrains decision_trains_of(std::span<const DecisionTrainRow> rows, const RunInfo& info) {
  StoredTrains found;
  while (found.rows < rows.size()) {
    const auto rest = rows.subspan(found.rows);
    const std::uint64_t turns = rest.front().id_step;
    // Only of a row that holds is it known how many follow it.
    const bool believable =
        rest.front().row_crc32c == row_crc(rest.front()) && turns >= 1 && turns <= model::kGateKinds.size();
    if (believable && turns > rest.size()) break;
    auto train = believable ? train_at(rest, info) : std::nullopt;
    if (!train) {
      found.bad_rows.push_back(found.rows++);
      continue;
    }
    found.trains.push_back(std::move(*train));
    found.rows += turns;
  }
  return found;
}

}  // namespace spillway::storage
