#pragma once

#include <cstdint>
#include <tuple>

namespace spillway::storage {

// Rows of the event file's tables, stored exactly as they lie here (docs/event_file.md). Times are TAI ns.

struct PulseRow {
  std::uint32_t facility;
  std::uint32_t revision;
  std::uint64_t id;
  std::int64_t begin_ns;
  std::int64_t end_ns;
  double protons;
  double protons_uncertainty;
  std::uint32_t flags;
  std::uint32_t reserved;
};
static_assert(sizeof(PulseRow) == 56);

/// A gate and what was decided about it are one row each in /gates and /decisions, at the same index.
struct GateRow {
  std::uint32_t detector;
  std::uint32_t kind;
  std::uint64_t index;
  std::int64_t begin_ns;
  std::int64_t end_ns;
  std::uint64_t pulse_id;
  double protons;
};
static_assert(sizeof(GateRow) == 48);

struct DecisionRow {
  std::uint64_t id;
  std::uint32_t detector;
  std::uint32_t bits;
  std::int64_t window_begin_ns;
  std::int64_t window_end_ns;
  std::uint32_t primitives;
  std::uint32_t fragments;  ///< asked for: streams of the detector, or 0
};
static_assert(sizeof(DecisionRow) == 40);

/// Gates of one kind of a detector, and what was decided about each: nothing tells them apart but time and numbers. The
/// k-th begins at first + floor((phase + k period_num) / period_den) and belongs to decision first_id + k id_step. Rows
/// that take turns, id_step of them, stand one behind the other.
struct DecisionTrainRow {
  std::uint32_t detector;
  std::uint32_t kind;
  std::uint64_t first_id;
  std::uint64_t id_step;
  std::uint64_t count;
  std::uint64_t first_index;
  std::uint64_t first_pulse_id;
  std::int64_t first_ns;
  std::int64_t length_ns;
  std::uint64_t period_num;  ///< ns
  std::uint64_t period_den;
  std::uint64_t phase;
  double protons;
  std::int64_t pre_ns;  ///< the readout window begins so much before the gate
  std::int64_t post_ns;
  std::uint32_t bits;
  std::uint32_t row_crc32c;  ///< of what stands before
};
static_assert(sizeof(DecisionTrainRow) == 120);

/// Pulses with ids that count up, alike but for time, which is as that of a train of gates.
struct PulseTrainRow {
  std::uint32_t facility;
  std::uint32_t flags;
  std::uint64_t first_id;
  std::uint64_t count;
  std::int64_t first_ns;
  std::int64_t length_ns;
  std::uint64_t period_num;  ///< ns
  std::uint64_t period_den;
  std::uint64_t phase;
  double protons;
  double protons_uncertainty;
  std::uint32_t reserved;
  std::uint32_t row_crc32c;  ///< of what stands before
};
static_assert(sizeof(PulseTrainRow) == 88);

struct FragmentRow {
  std::uint64_t decision;
  std::uint32_t detector;
  std::uint32_t stream;  ///< index into the /streams list
  std::int64_t window_begin_ns;
  std::int64_t window_end_ns;
  std::uint32_t status;    ///< model::FragmentStatus
  std::uint32_t codec;     ///< 0: as the electronics sent it
  std::uint32_t encoding;  ///< model::Encoding
  std::uint32_t frames;
  std::uint64_t offset;        ///< of the payload (behind its header) in /payload/<stream>
  std::uint64_t length;        ///< bytes
  std::uint32_t crc32c;        ///< of the payload
  std::uint32_t sizes_crc32c;  ///< of the frame sizes before it; 0 where all frames have equal size
};
static_assert(sizeof(FragmentRow) == 72);

/// A request whose reply never came.
struct MissingRow {
  std::uint64_t decision;
  std::uint32_t detector;
  std::uint32_t stream;
  char reason[32];
};
static_assert(sizeof(MissingRow) == 48);

struct DeadRow {
  std::uint32_t detector;
  std::uint32_t reason;  ///< model::DeadReason
  std::int64_t begin_ns;
  std::int64_t end_ns;
};
static_assert(sizeof(DeadRow) == 24);

/// One event that a simulation made.
struct TruthRow {
  std::uint32_t detector;
  std::uint32_t kind;             ///< model::TruthKind
  std::uint32_t signal;           ///< 0 or 1
  std::uint32_t above_threshold;  ///< 0 or 1
  std::int64_t time_ns;
  std::uint64_t pulse_id;  ///< 0: not of the beam
  double neutrino_mev;
  double energy_kev;
  double x_mm;
  double y_mm;
  double z_mm;
};
static_assert(sizeof(TruthRow) == 72);

struct ClockRow {
  std::uint32_t stream;
  std::uint32_t reserved;
  std::uint64_t first_tick;
  std::int64_t tai_ns;         ///< at first_tick
  std::uint64_t ns_numerator;  ///< a tick lasts ns_numerator / ns_denominator ns
  std::uint64_t ns_denominator;
};
static_assert(sizeof(ClockRow) == 40);

/// The rows that are appended to an event file, those of one table each. The journal numbers its kinds of records by
/// this order: what is new comes last.
using TableRows = std::tuple<PulseRow, GateRow, DecisionRow, FragmentRow, MissingRow, DeadRow, TruthRow, ClockRow,
                             DecisionTrainRow, PulseTrainRow>;

/// What the writer says of each table and payload dataset when it closes the file.
struct TableRow {
  char name[64];             ///< path
  std::uint64_t rows;        ///< bytes for payloads and texts
  std::uint32_t crc32c;      ///< of all rows; 0 for payloads, whose fragments carry their own
  std::uint32_t row_crc32c;  ///< of what stands before
};
static_assert(sizeof(TableRow) == 80);

/// Precedes each fragment in /payload; makes the payload readable without any table.
struct FragmentHeader {
  char magic[8];               ///< "SPWFRAG1"
  std::uint32_t header_bytes;  ///< sizeof(FragmentHeader)
  std::uint32_t run;
  FragmentRow row;  ///< offset is that of the payload in its dataset
  GateRow gate;
  std::uint32_t bits;  ///< of the decision
  std::uint32_t primitives;
  char stream[48];              ///< name, zero-padded
  std::uint32_t sizes_bytes;    ///< u32 sizes of the frames, that follow the header; 0: all frames have equal size
  std::uint32_t header_crc32c;  ///< of all before it
};
static_assert(sizeof(FragmentHeader) == 200);

}  // namespace spillway::storage
