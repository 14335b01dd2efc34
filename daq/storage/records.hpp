#pragma once

#include <nlohmann/json.hpp>

#include "daq/storage/event_file.hpp"

namespace spillway::storage {

// The model's values as rows of the tables, and as the JSON of /ledger, /livetime and /configuration/run_info.

[[nodiscard]] GateRow gate_row(const model::Decision& decision);
[[nodiscard]] DecisionRow decision_row(const model::Decision& decision, std::uint32_t fragments);
[[nodiscard]] PulseRow pulse_row(const model::Pulse& pulse, std::uint32_t facility);
[[nodiscard]] TruthRow truth_row(const model::TruthEvent& event);
[[nodiscard]] model::Decision decision_of(const GateRow& gate, const DecisionRow& row);
/// False for rows that contradict each other or name what there is not.
[[nodiscard]] bool sane(const GateRow& gate, const DecisionRow& decision, const RunInfo& info);
[[nodiscard]] model::Pulse pulse_of(const PulseRow& row);
[[nodiscard]] model::TruthEvent truth_of(const TruthRow& row);
[[nodiscard]] Interval window_of(const FragmentRow& row);

/// A reason as /missing holds it: cut to what fits.
[[nodiscard]] std::string missing_reason(const MissingRow& row);
[[nodiscard]] std::string cut_reason(const std::string& reason);

/// Index of the detector of a stream; detectors.size() where it has none.
[[nodiscard]] std::uint32_t detector_of(const RunInfo& info, std::uint32_t stream);
[[nodiscard]] DetectorInfo detector_info(const RunInfo& info, std::uint32_t detector);

/// CRC of a header up to its own.
[[nodiscard]] std::uint32_t header_crc(const FragmentHeader& header);
/// True where magic, size and checksum are right.
[[nodiscard]] bool header_holds(const FragmentHeader& header);
inline constexpr char kFragmentMagic[] = "SPWFRAG1";
inline constexpr char kInfoMagic[] = "SPWINFO1";
/// A fragment begins at a multiple of this in its dataset.
inline constexpr std::uint64_t kFragmentAlignment = 8;

/// /configuration/run_info: magic, u32 length and CRC32C of the text, JSON text. The frame lets recover() find it in a
/// file whose metadata are lost.
[[nodiscard]] std::string framed_info(const RunInfo& info, std::uint64_t chunk_bytes);
struct FramedInfo {
  RunInfo info;
  std::uint64_t chunk_bytes = 0;
};
/// Nothing where the frame at the begin of `bytes` does not hold.
[[nodiscard]] std::optional<FramedInfo> parse_framed_info(ByteView bytes);

[[nodiscard]] nlohmann::ordered_json ledger_json(const RunBooks& books);
[[nodiscard]] nlohmann::ordered_json livetime_json(const RunBooks& books);
/// Throws Error where the texts do not fit.
[[nodiscard]] RunBooks parse_books(const std::string& ledger, const std::string& livetime);

/// Throws Error for a name that there is not.
[[nodiscard]] model::Condition parse_condition(std::string_view text);

}  // namespace spillway::storage
