#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "daq/base/error.hpp"
#include "daq/storage/event_columns.hpp"
#include "daq/storage/event_file.hpp"
#include "daq/storage/hdf5.hpp"
#include "daq/storage/manifest.hpp"
#include "daq/storage/new_file.hpp"
#include "daq/storage/records.hpp"
#include "daq/storage/space_ahead.hpp"
#include "daq/storage/trains.hpp"

namespace spillway::storage {
namespace {

/// Credit that reserve() adds, so that a caller who counts payloads alone rarely has to reserve twice.
constexpr std::uint64_t kSlackBytes = 128U << 10U;

}  // namespace

struct EventFileWriter::State {
  std::filesystem::path path;
  RunInfo info;
  std::uint64_t chunk = 0;
  std::uint64_t ahead = 0;
  std::string where;
  SpaceAhead space;  ///< its lock is held until the file is closed
  hdf5::Handle file;
  EventColumns columns;  ///< gone before the file
  std::uint64_t decisions_in_trains = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t credit = 0;  ///< of the last reserve(), not appended yet
  bool dirty = false;
  bool to_start = false;  ///< payloads have been given to the system that start_disk() would begin with
  bool damaged = false;
  bool closed = false;

  ~State() {
    if (damaged) keep_from_file();
  }
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void refuse_if_damaged() const {
    if (damaged) throw DamagedFile(where + ": is damaged by an earlier failure and takes no more");
  }
  /// Runs calls into HDF5; where one fails the file is damaged for good.
  template <typename Function>
  void guarded(Function&& function) {
    refuse_if_damaged();
    try {
      function();
    } catch (const Error& problem) {
      damaged = true;
      throw DamagedFile(problem.what());
    } catch (const std::exception& problem) {
      damaged = true;
      throw DamagedFile(where + ": " + problem.what());
    }
  }

  void measure() {
    hsize_t size = 0;
    hdf5::checked(H5Fget_filesize(file.get(), &size), where, "H5Fget_filesize");
    file_bytes = size;
  }

  void keep_from_file() noexcept;
  [[nodiscard]] std::uint64_t end_with(std::uint64_t bytes) const;
  void charge(std::uint64_t bytes);
  template <typename Row>
  void add_row(const Row& row) {
    charge(kRecordBytes);
    columns.add(row);
  }
  void flush();
  void commit();
  void write_books(const std::optional<RunBooks>& books);
  void append_text(const char* name, const std::string& text, std::vector<TableRow>& rows);
};

/// What HDF5 still has to say when it closes a damaged file goes to memory: the file stays as it is, and HDF5 meets no
/// failure on its way, which would leave the library in a state that nobody knows.
void EventFileWriter::State::keep_from_file() noexcept {
  void* handle = nullptr;
  const int memory = ::memfd_create("damaged", MFD_CLOEXEC);
  if (memory >= 0 && H5Fget_vfd_handle(file.get(), H5P_DEFAULT, &handle) >= 0 && handle != nullptr) {
    ::dup3(memory, *static_cast<const int*>(handle), O_CLOEXEC);
  }
  if (memory >= 0) ::close(memory);
  // Memory counts as a file where the size of files is limited, which may be what the file met.
  rlimit limit{};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  const rlimit highest{limit.rlim_max, limit.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &highest);
  columns.close();
  file.close();
  ::setrlimit(RLIMIT_FSIZE, &limit);
}

/// Upper bound of the file's end when everything pending, `bytes` more and the books have been written. Padding at most
/// doubles fragments; each stream may begin a chunk; what is smaller than a chunk may leave a gap before the next one.
std::uint64_t EventFileWriter::State::end_with(std::uint64_t bytes) const {
  const std::uint64_t datasets = columns.streams() + (info.trains ? 12 : 10);
  const std::uint64_t new_chunks = columns.pending_chunks() + chunks(2 * bytes, chunk) +
                                   std::min<std::uint64_t>(columns.streams(), bytes / kRecordBytes + 1);
  const std::uint64_t row_chunks = chunks(columns.pending_bytes() + bytes, kTableChunkBytes) + datasets;
  const std::uint64_t index_bytes = 4096 * datasets + 64 * new_chunks;
  const std::uint64_t index_blocks = chunks(index_bytes, kMetadataBlockBytes) + 2;
  const std::uint64_t small_blocks = row_chunks + index_blocks;
  const bool small_aligned = chunk <= kTableChunkBytes;
  const std::uint64_t gaps = (small_aligned ? small_blocks + new_chunks : std::min(small_blocks, new_chunks)) * chunk;
  const std::uint64_t books = 65536 + 2048 * columns.streams() + 4096 * info.detectors.size();
  return file_bytes + new_chunks * chunk + row_chunks * kTableChunkBytes + index_blocks * kMetadataBlockBytes + gaps +
         books;
}

void EventFileWriter::State::charge(std::uint64_t bytes) {
  refuse_if_damaged();
  if (credit < bytes) {
    if (!space.ensure(end_with(bytes + kSlackBytes), ahead)) {
      throw Error(where + ": no room on the disk for what is appended; reserve() first");
    }
    credit = bytes + kSlackBytes;
  }
  credit -= bytes;
  dirty = true;
}

void EventFileWriter::State::flush() {
  columns.give_all();
  hdf5::checked(H5Fflush(file.get(), H5F_SCOPE_LOCAL), where, "H5Fflush");
  columns.flushed();
  measure();
  dirty = false;
}

void EventFileWriter::State::commit() {
  flush();
  if (::fdatasync(space.file()) != 0) throw Error(where + ": fdatasync: " + std::strerror(errno));
}

void EventFileWriter::State::append_text(const char* name, const std::string& text, std::vector<TableRow>& rows) {
  const std::string place = where + ": " + name;
  const hdf5::Handle dataset = hdf5::open_dataset(file.get(), name, where);
  hdf5::append(dataset.get(), H5T_NATIVE_UINT8, 0, text.size(), text.data(), place);
  rows.push_back(table_row(name, text.size(), crc32c(as_byte_view(text))));
}

void EventFileWriter::State::write_books(const std::optional<RunBooks>& books) {
  std::vector<TableRow> rows = columns.contents();
  append_text("/ledger", books ? ledger_json(*books).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) : "",
              rows);
  append_text("/livetime", books ? livetime_json(*books).dump(1) : "", rows);
  const hdf5::Handle type = hdf5::row_type<TableRow>();
  const hdf5::Handle dataset = hdf5::open_dataset(file.get(), hdf5::TableOf<TableRow>::kPath, where);
  hdf5::append(dataset.get(), type.get(), 0, rows.size(), rows.data(), where + ": /tables");
}

EventFileWriter::EventFileWriter(std::filesystem::path path, const RunInfo& info, const model::Storage& storage)
    : state_(std::make_unique<State>()) {
  State& s = *state_;
  s.path = std::move(path);
  s.info = info;
  s.chunk = storage.chunk_bytes;
  s.ahead = storage.reserve_bytes;
  s.where = writing_path().string();
  s.file = create_event_file(writing_path(), info, s.chunk);
  s.columns = EventColumns(s.file.get(), info, s.chunk, s.where);
  s.measure();
  const std::string room = manifest_room(manifest_path(s.path));
  std::string problem = "no room on the disk for a new event file";
  try {
    s.space = SpaceAhead(writing_path(), room);
    if (s.space.ensure(s.end_with(kSlackBytes), s.ahead)) {
      s.columns.open_journal(journal_path(writing_path()));
      s.credit = kSlackBytes;
      sync_folder(s.path.parent_path());
      return;
    }
  } catch (const Error& error) {
    problem = error.what();
  }
  s.damaged = true;
  std::error_code ignored;
  std::filesystem::remove(writing_path(), ignored);
  std::filesystem::remove(room, ignored);
  std::filesystem::remove(journal_path(writing_path()), ignored);
  throw Error(s.where + ": " + problem);
}

EventFileWriter::~EventFileWriter() = default;
EventFileWriter::EventFileWriter(EventFileWriter&&) noexcept = default;

bool EventFileWriter::reserve(std::uint64_t bytes) {
  State& s = *state_;
  s.refuse_if_damaged();
  if (s.credit >= bytes + kRecordBytes) return true;
  if (!s.space.ensure(s.end_with(bytes + kSlackBytes), s.ahead)) return false;
  s.credit = bytes + kSlackBytes;
  return true;
}

void EventFileWriter::append(const model::Pulse& pulse, std::uint32_t facility) {
  state_->add_row(pulse_row(pulse, facility));
}

void EventFileWriter::append(const model::Decision& decision, std::uint32_t fragments) {
  state_->charge(kRecordBytes);
  state_->columns.add(gate_row(decision));
  state_->columns.add(decision_row(decision, fragments));
}

FragmentRow EventFileWriter::append(const FragmentRecord& fragment) {
  State& s = *state_;
  if (fragment.stream >= s.columns.streams()) {
    throw Error(s.where + ": fragment of a stream that the run does not have");
  }
  const FragmentParts parts = fragment_parts(fragment, s.info, s.chunk, s.columns.end(fragment.stream));
  s.charge(parts.head.size() + fragment.payload.size() + kRecordBytes);
  s.guarded([&] {
    if (!s.columns.add(fragment.stream, parts, fragment.payload)) return;
    s.to_start = true;
    s.measure();
  });
  s.columns.add(parts.row);
  return parts.row;
}

void EventFileWriter::append(const model::PulseTrain& train, std::uint32_t facility) {
  if (!state_->info.trains) throw Error(state_->where + ": it has no tables of trains");
  state_->add_row(pulse_train_row(train, facility));
}

void EventFileWriter::append(const model::DecisionTrain& train) {
  if (!state_->info.trains) throw Error(state_->where + ": it has no tables of trains");
  state_->charge(kRecordBytes);
  for (const DecisionTrainRow& row : decision_train_rows(train)) state_->columns.add(row);
  state_->decisions_in_trains += train.count();
}

void EventFileWriter::append_missing(const model::Decision& decision, std::uint32_t stream, const std::string& reason) {
  MissingRow row{decision.id, decision.detector, stream, {}};
  const std::string cut = cut_reason(reason);
  std::copy(cut.begin(), cut.end(), row.reason);
  state_->add_row(row);
}

void EventFileWriter::append_dead(std::uint32_t detector, model::DeadReason reason, Interval time) {
  if (time.empty()) return;
  state_->add_row(DeadRow{detector, static_cast<std::uint32_t>(reason), time.begin.ns, time.end.ns});
}

void EventFileWriter::append(const model::TruthEvent& event) {
  state_->add_row(truth_row(event));
}

void EventFileWriter::append_clock(const ClockRow& clock) {
  state_->add_row(clock);
}

void EventFileWriter::start_disk() {
  if (std::exchange(state_->to_start, false)) {
    ::sync_file_range(state_->space.file(), 0, 0, SYNC_FILE_RANGE_WRITE);
  }
}

void EventFileWriter::commit() {
  State& s = *state_;
  s.guarded([&] {
    if (s.dirty) s.commit();
  });
}

bool EventFileWriter::write_journal() {
  State& s = *state_;
  bool journaled = false;
  s.guarded([&] { journaled = s.columns.write_journal(); });
  return journaled;
}

int EventFileWriter::journal_file() const {
  return state_->columns.journal_file();
}

std::optional<int> EventFileWriter::flush() {
  State& s = *state_;
  if (!s.dirty) return std::nullopt;
  s.guarded([&] { s.flush(); });
  return s.space.file();
}

bool EventFileWriter::damaged() const {
  return state_->damaged;
}

Bytes EventFileWriter::stored(const FragmentRow& row) const {
  return state_->columns.stored(row);
}

std::uint64_t EventFileWriter::bytes() const {
  return state_->file_bytes + state_->columns.pending_bytes();
}

std::uint64_t EventFileWriter::decisions() const {
  return state_->columns.rows<DecisionRow>() + state_->decisions_in_trains;
}

void EventFileWriter::close(const std::optional<RunBooks>& books) {
  State& s = *state_;
  s.guarded([&] {
    if (s.closed) throw Error(s.where + ": has been closed already");
    s.commit();
    s.write_books(books);
    s.commit();
    s.columns.close();
    if (!s.file.close()) hdf5::fail(s.where, "H5Fclose");
    const std::uint64_t size = size_of(s.space.file());
    if (::ftruncate(s.space.file(), static_cast<off_t>(size)) != 0 || ::fsync(s.space.file()) != 0) {
      throw Error(s.where + ": cannot be made durable: " + std::strerror(errno));
    }
    write_manifest(writing_path(), manifest_path(s.path));
    std::filesystem::remove(journal_path(writing_path()));
    std::filesystem::rename(writing_path(), s.path);
    sync_folder(s.path.parent_path());
    s.closed = true;
  });
}

const std::filesystem::path& EventFileWriter::path() const {
  return state_->path;
}
std::filesystem::path EventFileWriter::writing_path() const {
  return state_->path.string() + std::string(kWriting);
}

std::string event_file_name(std::uint64_t run, std::uint32_t part) {
  return fmt::format("run{:06}_{:04}.h5", run, part);
}

bool is_left_behind(const std::filesystem::path& file) {
  std::string name = file.string();
  std::error_code none;
  if (!name.ends_with(kWriting) || !std::filesystem::exists(file, none)) return false;
  name.resize(name.size() - kWriting.size());
  return !is_being_written(manifest_room(manifest_path(name)));
}

std::vector<std::filesystem::path> event_files_in(const std::filesystem::path& run_folder) {
  std::vector<std::filesystem::path> files;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(run_folder, none)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".h5") || name.ends_with(".h5.writing")) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace spillway::storage
