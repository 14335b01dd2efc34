#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <type_traits>

#include "daq/storage/event_file.hpp"
#include "daq/storage/hdf5.hpp"

namespace spillway::storage {

inline constexpr std::uint64_t kTableChunkBytes = 32U << 10U;
inline constexpr std::uint64_t kMetadataBlockBytes = 16U << 10U;

/// How many chunks so many bytes take.
constexpr std::uint64_t chunks(std::uint64_t bytes, std::uint64_t chunk) {
  return (bytes + chunk - 1) / chunk;
}

/// A dataset that says again, for readers without our code, what /configuration/run_info says. It never changes.
struct FixedDataset {
  const char* path = nullptr;
  hdf5::Handle type;
  std::uint64_t rows = 0;
  std::string bytes;
};
/// Configuration and names of facilities, detectors and streams. Throws Error for a name that is too long.
[[nodiscard]] std::vector<FixedDataset> fixed_datasets(const RunInfo& info, const std::string& where);

/// Makes the file with everything that a file must hold before SWMR writing, and starts it. Removes it where that
/// fails. Throws Error.
[[nodiscard]] hdf5::Handle create_event_file(const std::filesystem::path& path, const RunInfo& info,
                                             std::uint64_t chunk_bytes);

/// Whether the files of the run have the table with these rows.
template <typename Row>
[[nodiscard]] bool has_table(const RunInfo& info) {
  return info.trains || !(std::is_same_v<Row, DecisionTrainRow> || std::is_same_v<Row, PulseTrainRow>);
}

[[nodiscard]] TableRow table_row(const std::string& name, std::uint64_t rows, std::uint32_t crc);
[[nodiscard]] bool table_row_holds(const TableRow& row);

/// How a fragment is laid out when its stream's dataset ends at `at`.
struct FragmentParts {
  std::uint64_t padding = 0;  ///< zeros before the head
  Bytes head;                 ///< header and frame sizes
  FragmentRow row;
};
/// Throws Error where the frames' sizes do not add up to the payload.
[[nodiscard]] FragmentParts fragment_parts(const FragmentRecord& fragment, const RunInfo& info, std::uint64_t chunk,
                                           std::uint64_t at);

}  // namespace spillway::storage
