#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "daq/storage/event_file.hpp"
#include "daq/storage/fragment_scan.hpp"

namespace spillway::storage {

/// What could be saved of a damaged file: rows that make sense, and where each fragment's bytes are.
struct Salvage {
  struct Fragment {
    FragmentRow row;
    FragmentHeader header;
    bool raw = false;         ///< found by scanning; else the tables lead to it
    std::uint64_t at = 0;     ///< raw: byte of the file at which its header begins
    bool in_journal = false;  ///< raw: the file is the journal
  };
  struct Decided {
    model::Decision decision;
    std::uint32_t asked = 0;
  };
  RunInfo info;
  std::uint64_t chunk_bytes = 256U << 10U;
  std::vector<PulseRow> pulses;
  std::vector<TruthRow> truth;
  std::vector<ClockRow> clocks;
  std::vector<DeadRow> dead;
  std::vector<Decided> decisions;
  std::vector<model::DecisionTrain> trains;  ///< of decisions
  std::vector<PulseTrainRow> pulse_trains;
  std::uint64_t rows_left_out = 0;  ///< of /decisions: they made no sense
  std::vector<Fragment> fragments;
  std::vector<MissingRow> missing;
  std::optional<RunBooks> books;
  std::vector<std::string> notes;
};

/// By HDF5's tables and the journal beside the file, each row checked against payload and checksums. Throws Error where
/// HDF5 cannot open the file.
[[nodiscard]] Salvage salvage_tables(const std::filesystem::path& file, const EventFileReader& reader);
/// By scanning the raw bytes, and from the rows of the journal. Throws Error where there is neither fragment nor
/// decision.
[[nodiscard]] Salvage salvage_scan(const std::filesystem::path& file);
/// Rebuilds decisions that only fragments tell of and books requests without reply as missing.
void complete(Salvage& salvage);

}  // namespace spillway::storage
