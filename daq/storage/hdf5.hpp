#pragma once

#include <hdf5.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "daq/storage/rows.hpp"

namespace spillway::storage::hdf5 {

/// Stops HDF5 from printing its errors; they come as Error instead.
void silence();

/// The innermost message of HDF5's error stack.
std::string last_error();

/// Throws Error "<where>: <call>: <HDF5's message>".
[[noreturn]] void fail(const std::string& where, const char* call);

/// The value, if it is not negative; else fail().
template <typename Id>
Id checked(Id value, const std::string& where, const char* call) {
  if (value < 0) fail(where, call);
  return value;
}

/// Owner of one HDF5 identifier.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Handle() = default;
  Handle(hid_t id, Close closer) : id_(id), close_(closer) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Handle() { close(); }
  /// False where HDF5 could not.
  bool close() {
    if (id_ < 0) return true;
    return close_(std::exchange(id_, -1)) >= 0;
  }
  [[nodiscard]] hid_t get() const { return id_; }

 private:
  hid_t id_ = -1;
  Close close_ = nullptr;
};

enum class FieldType { kU32, kU64, kI64, kF64, kText };

struct Field {
  const char* name;
  std::size_t offset;
  FieldType type;
  std::size_t size = 0;  ///< of a text
};

/// Path and fields of the table that holds rows of a type.
template <typename Row>
struct TableOf;

Handle compound_type(std::size_t row_bytes, std::span<const Field> fields);
template <typename Row>
Handle row_type() {
  return compound_type(sizeof(Row), TableOf<Row>::kFields);
}

/// A 1-D, chunked, unlimited dataset without fill values; missing groups of its path are made.
void create_extensible(hid_t file, const std::string& path, hid_t type, std::uint64_t chunk_elements,
                       const std::string& where);
/// A dataset that never changes: `count` elements of `type`.
void create_fixed(hid_t file, const std::string& path, hid_t type, std::uint64_t count, const void* data,
                  const std::string& where);
void add_attribute(hid_t object, const char* name, const std::string& text, const std::string& where);
void add_attribute(hid_t object, const char* name, std::uint64_t value, const std::string& where);

/// Opened without a chunk cache: what is written goes to the file at once, and only that.
Handle open_dataset(hid_t file, const std::string& path, const std::string& where);
[[nodiscard]] std::uint64_t extent(hid_t dataset, const std::string& where);
/// Extends the dataset to so many elements; what is not written then is what the file holds there, which is zeros
/// beyond the end that it had.
void extend(hid_t dataset, std::uint64_t count, const std::string& where);
void write(hid_t dataset, hid_t type, std::uint64_t at, std::uint64_t count, const void* data,
           const std::string& where);
/// Extends the dataset to `at` + `count` elements and writes the last `count`.
void append(hid_t dataset, hid_t type, std::uint64_t at, std::uint64_t count, const void* data,
            const std::string& where);
void read(hid_t dataset, hid_t type, std::uint64_t at, std::uint64_t count, void* data, const std::string& where);

struct StreamRow {
  char name[48];
  std::uint32_t detector;
  std::uint32_t reserved;
};
struct DetectorRow {
  char name[48];
  std::uint32_t facility;
  std::uint32_t whole_gate;
  std::uint32_t gated;
  std::uint32_t reserved;
};
struct FacilityRow {
  char name[48];
};

#define SPILLWAY_FIELD(Row, member, type)                                \
  Field {                                                                \
#member, offsetof(Row, member), FieldType::type, sizeof(Row::member) \
  }

template <>
struct TableOf<PulseRow> {
  static constexpr const char* kPath = "/pulses";
  static constexpr std::array kFields = {SPILLWAY_FIELD(PulseRow, facility, kU32),
                                         SPILLWAY_FIELD(PulseRow, revision, kU32),
                                         SPILLWAY_FIELD(PulseRow, id, kU64),
                                         SPILLWAY_FIELD(PulseRow, begin_ns, kI64),
                                         SPILLWAY_FIELD(PulseRow, end_ns, kI64),
                                         SPILLWAY_FIELD(PulseRow, protons, kF64),
                                         SPILLWAY_FIELD(PulseRow, protons_uncertainty, kF64),
                                         SPILLWAY_FIELD(PulseRow, flags, kU32),
                                         SPILLWAY_FIELD(PulseRow, reserved, kU32)};
};
template <>
struct TableOf<GateRow> {
  static constexpr const char* kPath = "/gates";
  static constexpr std::array kFields = {
      SPILLWAY_FIELD(GateRow, detector, kU32), SPILLWAY_FIELD(GateRow, kind, kU32),
      SPILLWAY_FIELD(GateRow, index, kU64),    SPILLWAY_FIELD(GateRow, begin_ns, kI64),
      SPILLWAY_FIELD(GateRow, end_ns, kI64),   SPILLWAY_FIELD(GateRow, pulse_id, kU64),
      SPILLWAY_FIELD(GateRow, protons, kF64)};
};
template <>
struct TableOf<DecisionRow> {
  static constexpr const char* kPath = "/decisions";
  static constexpr std::array kFields = {SPILLWAY_FIELD(DecisionRow, id, kU64),
                                         SPILLWAY_FIELD(DecisionRow, detector, kU32),
                                         SPILLWAY_FIELD(DecisionRow, bits, kU32),
                                         SPILLWAY_FIELD(DecisionRow, window_begin_ns, kI64),
                                         SPILLWAY_FIELD(DecisionRow, window_end_ns, kI64),
                                         SPILLWAY_FIELD(DecisionRow, primitives, kU32),
                                         SPILLWAY_FIELD(DecisionRow, fragments, kU32)};
};
template <>
struct TableOf<FragmentRow> {
  static constexpr const char* kPath = "/fragments";
  static constexpr std::array kFields = {
      SPILLWAY_FIELD(FragmentRow, decision, kU64),      SPILLWAY_FIELD(FragmentRow, detector, kU32),
      SPILLWAY_FIELD(FragmentRow, stream, kU32),        SPILLWAY_FIELD(FragmentRow, window_begin_ns, kI64),
      SPILLWAY_FIELD(FragmentRow, window_end_ns, kI64), SPILLWAY_FIELD(FragmentRow, status, kU32),
      SPILLWAY_FIELD(FragmentRow, codec, kU32),         SPILLWAY_FIELD(FragmentRow, encoding, kU32),
      SPILLWAY_FIELD(FragmentRow, frames, kU32),        SPILLWAY_FIELD(FragmentRow, offset, kU64),
      SPILLWAY_FIELD(FragmentRow, length, kU64),        SPILLWAY_FIELD(FragmentRow, crc32c, kU32),
      SPILLWAY_FIELD(FragmentRow, sizes_crc32c, kU32)};
};
template <>
struct TableOf<MissingRow> {
  static constexpr const char* kPath = "/missing";
  static constexpr std::array kFields = {
      SPILLWAY_FIELD(MissingRow, decision, kU64), SPILLWAY_FIELD(MissingRow, detector, kU32),
      SPILLWAY_FIELD(MissingRow, stream, kU32), SPILLWAY_FIELD(MissingRow, reason, kText)};
};
template <>
struct TableOf<DeadRow> {
  static constexpr const char* kPath = "/dead";
  static constexpr std::array kFields = {SPILLWAY_FIELD(DeadRow, detector, kU32), SPILLWAY_FIELD(DeadRow, reason, kU32),
                                         SPILLWAY_FIELD(DeadRow, begin_ns, kI64),
                                         SPILLWAY_FIELD(DeadRow, end_ns, kI64)};
};
template <>
struct TableOf<TruthRow> {
  static constexpr const char* kPath = "/truth";
  static constexpr std::array kFields = {
      SPILLWAY_FIELD(TruthRow, detector, kU32),     SPILLWAY_FIELD(TruthRow, kind, kU32),
      SPILLWAY_FIELD(TruthRow, signal, kU32),       SPILLWAY_FIELD(TruthRow, above_threshold, kU32),
      SPILLWAY_FIELD(TruthRow, time_ns, kI64),      SPILLWAY_FIELD(TruthRow, pulse_id, kU64),
      SPILLWAY_FIELD(TruthRow, neutrino_mev, kF64), SPILLWAY_FIELD(TruthRow, energy_kev, kF64),
      SPILLWAY_FIELD(TruthRow, x_mm, kF64),         SPILLWAY_FIELD(TruthRow, y_mm, kF64),
      SPILLWAY_FIELD(TruthRow, z_mm, kF64)};
};
template <>
struct TableOf<ClockRow> {
  static constexpr const char* kPath = "/clocks";
  static constexpr std::array kFields = {
      SPILLWAY_FIELD(ClockRow, stream, kU32),       SPILLWAY_FIELD(ClockRow, reserved, kU32),
      SPILLWAY_FIELD(ClockRow, first_tick, kU64),   SPILLWAY_FIELD(ClockRow, tai_ns, kI64),
      SPILLWAY_FIELD(ClockRow, ns_numerator, kU64), SPILLWAY_FIELD(ClockRow, ns_denominator, kU64)};
};
template <>
struct TableOf<DecisionTrainRow> {
  static constexpr const char* kPath = "/decision_trains";
  static constexpr std::array kFields = {
      SPILLWAY_FIELD(DecisionTrainRow, detector, kU32),       SPILLWAY_FIELD(DecisionTrainRow, kind, kU32),
      SPILLWAY_FIELD(DecisionTrainRow, first_id, kU64),       SPILLWAY_FIELD(DecisionTrainRow, id_step, kU64),
      SPILLWAY_FIELD(DecisionTrainRow, count, kU64),          SPILLWAY_FIELD(DecisionTrainRow, first_index, kU64),
      SPILLWAY_FIELD(DecisionTrainRow, first_pulse_id, kU64), SPILLWAY_FIELD(DecisionTrainRow, first_ns, kI64),
      SPILLWAY_FIELD(DecisionTrainRow, length_ns, kI64),      SPILLWAY_FIELD(DecisionTrainRow, period_num, kU64),
      SPILLWAY_FIELD(DecisionTrainRow, period_den, kU64),     SPILLWAY_FIELD(DecisionTrainRow, phase, kU64),
      SPILLWAY_FIELD(DecisionTrainRow, protons, kF64),        SPILLWAY_FIELD(DecisionTrainRow, pre_ns, kI64),
      SPILLWAY_FIELD(DecisionTrainRow, post_ns, kI64),        SPILLWAY_FIELD(DecisionTrainRow, bits, kU32),
      SPILLWAY_FIELD(DecisionTrainRow, row_crc32c, kU32)};
};
template <>
struct TableOf<PulseTrainRow> {
  static constexpr const char* kPath = "/pulse_trains";
  static constexpr std::array kFields = {SPILLWAY_FIELD(PulseTrainRow, facility, kU32),
                                         SPILLWAY_FIELD(PulseTrainRow, flags, kU32),
                                         SPILLWAY_FIELD(PulseTrainRow, first_id, kU64),
                                         SPILLWAY_FIELD(PulseTrainRow, count, kU64),
                                         SPILLWAY_FIELD(PulseTrainRow, first_ns, kI64),
                                         SPILLWAY_FIELD(PulseTrainRow, length_ns, kI64),
                                         SPILLWAY_FIELD(PulseTrainRow, period_num, kU64),
                                         SPILLWAY_FIELD(PulseTrainRow, period_den, kU64),
                                         SPILLWAY_FIELD(PulseTrainRow, phase, kU64),
                                         SPILLWAY_FIELD(PulseTrainRow, protons, kF64),
                                         SPILLWAY_FIELD(PulseTrainRow, protons_uncertainty, kF64),
                                         SPILLWAY_FIELD(PulseTrainRow, reserved, kU32),
                                         SPILLWAY_FIELD(PulseTrainRow, row_crc32c, kU32)};
};
template <>
struct TableOf<TableRow> {
  static constexpr const char* kPath = "/tables";
  static constexpr std::array kFields = {SPILLWAY_FIELD(TableRow, name, kText), SPILLWAY_FIELD(TableRow, rows, kU64),
                                         SPILLWAY_FIELD(TableRow, crc32c, kU32),
                                         SPILLWAY_FIELD(TableRow, row_crc32c, kU32)};
};
template <>
struct TableOf<StreamRow> {
  static constexpr const char* kPath = "/streams";
  static constexpr std::array kFields = {SPILLWAY_FIELD(StreamRow, name, kText),
                                         SPILLWAY_FIELD(StreamRow, detector, kU32),
                                         SPILLWAY_FIELD(StreamRow, reserved, kU32)};
};
template <>
struct TableOf<DetectorRow> {
  static constexpr const char* kPath = "/detectors";
  static constexpr std::array kFields = {
      SPILLWAY_FIELD(DetectorRow, name, kText), SPILLWAY_FIELD(DetectorRow, facility, kU32),
      SPILLWAY_FIELD(DetectorRow, whole_gate, kU32), SPILLWAY_FIELD(DetectorRow, gated, kU32),
      SPILLWAY_FIELD(DetectorRow, reserved, kU32)};
};
template <>
struct TableOf<FacilityRow> {
  static constexpr const char* kPath = "/facilities";
  static constexpr std::array kFields = {SPILLWAY_FIELD(FacilityRow, name, kText)};
};

#undef SPILLWAY_FIELD

}  // namespace spillway::storage::hdf5
