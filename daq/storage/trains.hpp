#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "daq/storage/event_file.hpp"

namespace spillway::storage {

/// One row for each of the trains that take turns.
[[nodiscard]] std::vector<DecisionTrainRow> decision_train_rows(const model::DecisionTrain& train);
[[nodiscard]] PulseTrainRow pulse_train_row(const model::PulseTrain& train, std::uint32_t facility);
/// Of a row that holds.
[[nodiscard]] model::PulseTrain pulse_train_of(const PulseTrainRow& row);
/// The row's checksum is right and the row possible.
[[nodiscard]] bool holds(const PulseTrainRow& row, const RunInfo& info);

struct StoredTrains {
  std::vector<model::DecisionTrain> trains;  ///< in the order of the rows
  std::vector<std::size_t> bad_rows;         ///< damaged, impossible, or parted from those they take turns with
  std::size_t rows = 0;                      ///< looked at: a train whose last rows are still to come is left for later
};
[[nodiscard]] StoredTrains decision_trains_of(std::span<const DecisionTrainRow> rows, const RunInfo& info);

[[nodiscard]] std::uint64_t decisions_in(std::span<const model::DecisionTrain> trains);

/// Puts single decisions and trains into the order of each detector's ids: calls `single(row)` with the number of the
/// row in /decisions and `train(train)`.
template <typename Single, typename Train>
void in_order_of_ids(std::span<const DecisionRow> decisions, std::span<const model::DecisionTrain> trains,
                     Single&& single, Train&& train) {
  std::map<std::uint32_t, std::vector<const model::DecisionTrain*>> waiting;  // the next one last
  std::for_each(trains.rbegin(), trains.rend(),
                [&](const model::DecisionTrain& one) { waiting[one.detector].push_back(&one); });
  for (std::size_t row = 0; row < decisions.size(); ++row) {
    const auto mine = waiting.find(decisions[row].detector);
    while (mine != waiting.end() && !mine->second.empty() && mine->second.back()->first_id < decisions[row].id) {
      train(*mine->second.back());
      mine->second.pop_back();
    }
    single(row);
  }
  for (auto& [detector, rest] : waiting) {
    for (; !rest.empty(); rest.pop_back()) train(*rest.back());
  }
}

}  // namespace spillway::storage
