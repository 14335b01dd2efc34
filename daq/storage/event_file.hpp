#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daq/base/bytes.hpp"
#include "daq/base/error.hpp"
#include "daq/model/decision.hpp"
#include "daq/model/decision_train.hpp"
#include "daq/model/fragment.hpp"
#include "daq/model/ledger.hpp"
#include "daq/model/payload_codec.hpp"
#include "daq/model/pulse.hpp"
#include "daq/model/pulse_train.hpp"
#include "daq/model/run_summary.hpp"
#include "daq/model/setup.hpp"
#include "daq/model/truth.hpp"
#include "daq/storage/rows.hpp"

namespace spillway::storage {

/// What checking a detector's live time needs to know of it.
struct DetectorInfo {
  std::uint32_t facility = 0;
  bool whole_gate = false;
  bool gated = false;
};

/// What every file of a run says of it in /configuration.
struct RunInfo {
  std::uint64_t run = 0;
  std::uint32_t part = 0;  ///< roll-over number, from 0
  std::string config_text;
  std::string config_name;
  std::vector<std::string> overrides;
  std::string version;
  std::uint64_t seed = 0;
  std::vector<std::string> facilities;
  std::vector<std::string> detectors;           ///< names, in the order of their indices
  std::vector<std::string> streams;             ///< names, in the order of their indices
  std::vector<DetectorInfo> detector_info;      ///< by detector; empty: all as DetectorInfo{}
  std::vector<std::uint32_t> stream_detectors;  ///< by stream; empty: the detector whose name its path begins with
  Timestamp begin;                              ///< T0
  std::string recovered;                        ///< "", or from what recover() made the file: "tables" or "scan"
  bool trains = false;                          ///< the files have tables of trains
};

/// The part of RunInfo that the set-up determines: facilities, detectors, streams (in the order of the set-up), T0.
[[nodiscard]] RunInfo describe(const model::Setup& setup);

/// One reply to store.
struct FragmentRecord {
  model::Decision decision;
  std::uint32_t stream = 0;  ///< index into RunInfo::streams
  model::FragmentStatus status = model::FragmentStatus::kOk;
  std::uint32_t encoding = 0;
  std::uint32_t frames = 0;
  std::span<const std::uint32_t> frame_bytes;  ///< size of each frame; a single value: all have it
  ByteView payload;                            ///< the frames; where there is a codec, coded
  std::uint32_t codec = 0;                     ///< 0: as they came. Frames that are coded have equal sizes
};

/// What the last file of a run holds at its end, in /ledger and /livetime: the run's books.
struct RunBooks {
  Interval time;  ///< [T0, T1)
  model::Condition condition = model::Condition::kComplete;
  std::vector<std::string> missing;
  std::string digest;
  std::map<std::string, model::GateCounts> gates;
  std::vector<model::StreamLedger> streams;
  std::vector<model::DetectorBooks> livetime;
  std::uint64_t decisions_acknowledged = 0;
};

/// A call into HDF5, or of the disk, failed in the middle of a file.
class DamagedFile : public Error {
 public:
  using Error::Error;
};

/// Writes one event file, named `.writing` until it is closed. Every call into HDF5 is made only when space for it has
/// been reserved; a file in which one fails is damaged and takes no more: DamagedFile. What is thrown names file and
/// call.
class EventFileWriter {
 public:
  /// `path` is the final name; `path` + ".writing" is created and must not exist.
  EventFileWriter(std::filesystem::path path, const RunInfo& info, const model::Storage& storage);
  ~EventFileWriter();
  EventFileWriter(EventFileWriter&&) noexcept;

  /// Payloads as long as this go to the file from where they lie and are no matter of the journal's; shorter ones are
  /// gathered.
  static constexpr std::size_t kDirectBytes = 64U << 10U;
  /// What a record costs besides its payload and its frames' sizes (4 bytes each).
  static constexpr std::uint64_t kRecordBytes = 512;

  /// Makes sure that `bytes` more (payloads plus kRecordBytes a record), a commit() and close() can be written whatever
  /// happens to the disk. False: no room, and nothing has changed. Appending more than was reserved reserves by itself
  /// and throws Error where there is no room; the file stays whole.
  [[nodiscard]] bool reserve(std::uint64_t bytes);

  void append(const model::Pulse& pulse, std::uint32_t facility);
  /// Writes the rows in /gates and /decisions.
  void append(const model::Decision& decision, std::uint32_t fragments);
  // Only where RunInfo::trains:
  void append(const model::PulseTrain& train, std::uint32_t facility);
  void append(const model::DecisionTrain& train);
  /// Returns its row.
  FragmentRow append(const FragmentRecord& fragment);
  void append_missing(const model::Decision& decision, std::uint32_t stream, const std::string& reason);
  void append_dead(std::uint32_t detector, model::DeadReason reason, Interval time);
  void append(const model::TruthEvent& event);
  void append_clock(const ClockRow& clock);

  /// The disk begins with the large payloads appended so far, so that commit() will wait for less.
  void start_disk();
  /// Everything appended so far is readable (SWMR) and on disk when this returns.
  void commit();
  /// A commit of what is small, which the disk does sooner: all but large payloads is in the file's journal, from which
  /// recover() takes it, after fdatasync of journal_file(). It is not readable before flush(). False: it is too much,
  /// or HDF5 has part of it already; flush() is the way.
  [[nodiscard]] bool write_journal();
  [[nodiscard]] int journal_file() const;
  /// The first half of commit(): readable when this returns, and on disk after fdatasync of the descriptor returned,
  /// which is the file's until close(). None where nothing was appended since. The one before must be on disk.
  [[nodiscard]] std::optional<int> flush();
  [[nodiscard]] bool damaged() const;
  /// A fragment's payload as it was appended; also of a damaged file. Throws Error where it cannot be read back.
  [[nodiscard]] Bytes stored(const FragmentRow& row) const;
  [[nodiscard]] std::uint64_t bytes() const;      ///< of the file, with what is not committed yet
  [[nodiscard]] std::uint64_t decisions() const;  ///< appended

  /// Writes the books (last file of a run only), closes, writes the manifest beside it and takes the final name.
  void close(const std::optional<RunBooks>& books);

  [[nodiscard]] const std::filesystem::path& path() const;  ///< the final name
  [[nodiscard]] std::filesystem::path writing_path() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Reads one event file, closed or (by SWMR) still being written.
class EventFileReader {
 public:
  /// `codecs` decode payloads; without them only such as are stored as they came can be read. Throws Error with what is
  /// wrong with the file.
  explicit EventFileReader(const std::filesystem::path& path, model::PayloadCodecs codecs = {});
  ~EventFileReader();
  EventFileReader(EventFileReader&&) noexcept;

  /// Sees what has been committed since (files that are being written).
  void refresh();

  [[nodiscard]] const RunInfo& info() const;
  /// Which datasets of configuration and names do not say what info() says, in words.
  [[nodiscard]] std::vector<std::string> contradictions() const;
  [[nodiscard]] std::vector<PulseRow> pulses(std::uint64_t from = 0) const;
  [[nodiscard]] std::vector<GateRow> gates(std::uint64_t from = 0) const;
  [[nodiscard]] std::vector<DecisionRow> decisions(std::uint64_t from = 0) const;
  [[nodiscard]] std::vector<FragmentRow> fragments(std::uint64_t from = 0) const;
  [[nodiscard]] std::vector<MissingRow> missing(std::uint64_t from = 0) const;
  [[nodiscard]] std::vector<DeadRow> dead(std::uint64_t from = 0) const;
  [[nodiscard]] std::vector<TruthRow> truth(std::uint64_t from = 0) const;
  [[nodiscard]] std::vector<ClockRow> clocks() const;
  /// None where the file has no such tables.
  [[nodiscard]] std::vector<DecisionTrainRow> decision_trains(std::uint64_t from = 0) const;
  [[nodiscard]] std::vector<PulseTrainRow> pulse_trains(std::uint64_t from = 0) const;
  [[nodiscard]] std::optional<RunBooks> books() const;
  /// The texts of /ledger and /livetime, unread.
  [[nodiscard]] std::pair<std::string, std::string> book_texts() const;
  /// What the writer said of each table when it closed the file; empty: it was never closed.
  [[nodiscard]] std::vector<TableRow> tables() const;
  /// Bytes of a stream's payload dataset, and a part of it. Throws Error where it does not lie inside.
  [[nodiscard]] std::uint64_t payload_bytes(std::uint32_t stream) const;
  [[nodiscard]] Bytes payload_range(std::uint32_t stream, std::uint64_t offset, std::uint64_t length) const;
  /// Payload chunk size, of which every fragment that fits it stays within one.
  [[nodiscard]] std::uint64_t chunk_bytes() const;
  /// The fragment's bytes as they are stored. Throws Error where row and dataset contradict each other; the checksum is
  /// the caller's to check.
  [[nodiscard]] Bytes stored(const FragmentRow& row) const;
  /// Its frames, decoded from these. Throws Error where they do not decode.
  [[nodiscard]] Bytes payload(const FragmentRow& row) const { return decode(row, stored(row)); }
  [[nodiscard]] Bytes decode(const FragmentRow& row, Bytes stored) const;
  /// Sizes of its frames, decoded, from the header before the payload (equal sizes expanded).
  [[nodiscard]] std::vector<std::uint32_t> frame_sizes(const FragmentRow& row) const;
  [[nodiscard]] FragmentHeader header(const FragmentRow& row) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// "run000042_0000.h5"
std::string event_file_name(std::uint64_t run, std::uint32_t part);

inline constexpr std::string_view kWriting = ".writing";  ///< ends the name of a file that is not closed
/// It is named `.writing` and nobody writes it any more.
[[nodiscard]] bool is_left_behind(const std::filesystem::path& file);
/// The event files in a run's folder, closed or not, in the order they were written.
[[nodiscard]] std::vector<std::filesystem::path> event_files_in(const std::filesystem::path& run_folder);

}  // namespace spillway::storage
