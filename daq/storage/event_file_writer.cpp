#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <tuple>

#include <fmt/format.h>

#include "daq/base/error.hpp"
#include "daq/storage/event_file.hpp"
#include "daq/storage/hdf5.hpp"
#include "daq/storage/journal_keeper.hpp"
#include "daq/storage/manifest.hpp"
#include "daq/storage/new_file.hpp"
#include "daq/storage/records.hpp"
#include "daq/storage/space_ahead.hpp"
#include "daq/storage/trains.hpp"

namespace spillway::storage {
namespace {

constexpr std::size_t kGatherBytes = 256U << 10U;
/// Credit that reserve() adds, so that a caller who counts payloads alone rarely has to reserve twice.
constexpr std::uint64_t kSlackBytes = 128U << 10U;

std::uint64_t chunks(std::uint64_t bytes, std::uint64_t chunk) {
  return (bytes + chunk - 1) / chunk;
}

template <typename Row>
struct Table {
  hdf5::Handle dataset;
  hdf5::Handle type = hdf5::row_type<Row>();
  std::vector<Row> pending;
  std::uint64_t written = 0;
  std::uint32_t crc = 0;
};
/// One for each kind of row.
template <typename Rows>
struct TablesOf;
template <typename... Row>
struct TablesOf<std::tuple<Row...>> {
  using Type = std::tuple<Table<Row>...>;
};

struct PayloadStream {
  hdf5::Handle dataset;
  std::string path;
  std::size_t column = 0;  ///< for the journal
  std::uint64_t written = 0;
  Bytes pending;
  [[nodiscard]] std::uint64_t end() const { return written + pending.size(); }
};

}  // namespace

struct EventFileWriter::State {
  std::filesystem::path path;
  RunInfo info;
  std::uint64_t chunk = 0;
  std::uint64_t ahead = 0;
  std::string where;
  SpaceAhead space;  ///< its lock is held until the file is closed
  hdf5::Handle file;
  JournalKeeper journal;
  std::vector<PayloadStream> streams;
  TablesOf<TableRows>::Type tables;
  std::uint64_t decisions_in_trains = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t pending_bytes = 0;   ///< rows and payloads not given to HDF5 yet
  std::uint64_t pending_chunks = 0;  ///< new payload chunks they need
  std::uint64_t credit = 0;          ///< of the last reserve(), not appended yet
  bool dirty = false;
  bool to_start = false;  ///< payloads have been given to the system that start_disk() would begin with
  bool damaged = false;
  bool closed = false;

  template <typename Row>
  Table<Row>& table() {
    return std::get<Table<Row>>(tables);
  }
  /// Payloads come first in the journal: no row is there whose payload is not.
  template <typename Row>
  [[nodiscard]] std::size_t column() const {
    return streams.size() + kJournalRows<Row> - kJournalRows<std::tuple_element_t<0, TableRows>>;
  }
  [[nodiscard]] std::vector<JournalKeeper::Column> columns() const {
    std::vector<JournalKeeper::Column> columns;
    for (std::uint32_t i = 0; i < streams.size(); ++i) columns.push_back({kJournalPayload, i, 1});
    const auto add = [&]<typename Row>(const Table<Row>&) { columns.push_back({kJournalRows<Row>, 0, sizeof(Row)}); };
    std::apply([&](const auto&... each) { (add(each), ...); }, tables);
    return columns;
  }
  template <typename Function>
  void for_each_table(Function&& function) {
    const auto visit = [&]<typename Row>(Table<Row>& each) {
      if (has_table<Row>(info)) function(each);
    };
    std::apply([&](auto&... each) { (visit(each), ...); }, tables);
  }

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
  void add_row(const Row& row);
  void write_rows();
  void write_pending(PayloadStream& stream);
  void gather(PayloadStream& stream, const FragmentParts& parts, ByteView payload);
  void write_direct(PayloadStream& stream, const FragmentParts& parts, ByteView payload);
  bool write_journal();
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
  for (PayloadStream& stream : streams) stream.dataset.close();
  for_each_table([](auto& each) { each.dataset.close(); });
  file.close();
  ::setrlimit(RLIMIT_FSIZE, &limit);
}

/// Upper bound of the file's end when everything pending, `bytes` more and the books have been written. Padding at most
/// doubles fragments; each stream may begin a chunk; what is smaller than a chunk may leave a gap before the next one.
std::uint64_t EventFileWriter::State::end_with(std::uint64_t bytes) const {
  const std::uint64_t datasets = streams.size() + (info.trains ? 12 : 10);
  const std::uint64_t new_chunks =
      pending_chunks + chunks(2 * bytes, chunk) + std::min<std::uint64_t>(streams.size(), bytes / kRecordBytes + 1);
  const std::uint64_t row_chunks = chunks(pending_bytes + bytes, kTableChunkBytes) + datasets;
  const std::uint64_t index_bytes = 4096 * datasets + 64 * new_chunks;
  const std::uint64_t index_blocks = chunks(index_bytes, kMetadataBlockBytes) + 2;
  const std::uint64_t small_blocks = row_chunks + index_blocks;
  const bool small_aligned = chunk <= kTableChunkBytes;
  const std::uint64_t gaps = (small_aligned ? small_blocks + new_chunks : std::min(small_blocks, new_chunks)) * chunk;
  const std::uint64_t books = 65536 + 2048 * streams.size() + 4096 * info.detectors.size();
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

template <typename Row>
void EventFileWriter::State::add_row(const Row& row) {
  Table<Row>& to = table<Row>();
  to.pending.push_back(row);
  to.crc = crc32c(std::as_bytes(std::span(&row, 1)), to.crc);
  pending_bytes += sizeof(Row);
}

void EventFileWriter::State::gather(PayloadStream& stream, const FragmentParts& parts, ByteView payload) {
  const std::uint64_t bytes = parts.padding + parts.head.size() + payload.size();
  pending_chunks += chunks(stream.end() + bytes, chunk) - chunks(stream.end(), chunk);
  pending_bytes += bytes;
  stream.pending.resize(stream.pending.size() + parts.padding);
  spillway::append(stream.pending, parts.head);
  spillway::append(stream.pending, payload);
  if (stream.pending.size() >= kGatherBytes) write_pending(stream);
}

/// Without a chunk cache HDF5 copies nothing: head and payload go from here to the chunks' places in the file. The
/// padding, which may be most of a chunk, is not written at all.
void EventFileWriter::State::write_direct(PayloadStream& stream, const FragmentParts& parts, ByteView payload) {
  write_pending(stream);
  const std::string place = where + ": " + stream.path;
  const std::uint64_t head_at = stream.written + parts.padding;
  const std::uint64_t payload_at = head_at + parts.head.size();
  journal.pass_by(stream.column, payload_at + payload.size());
  hdf5::extend(stream.dataset.get(), payload_at + payload.size(), place);
  hdf5::write(stream.dataset.get(), H5T_NATIVE_UINT8, head_at, parts.head.size(), parts.head.data(), place);
  hdf5::write(stream.dataset.get(), H5T_NATIVE_UINT8, payload_at, payload.size(), payload.data(), place);
  stream.written = payload_at + payload.size();
  to_start = true;
  measure();
}

void EventFileWriter::State::write_pending(PayloadStream& stream) {
  if (stream.pending.empty()) return;
  journal.give(stream.column, stream.end());
  hdf5::append(stream.dataset.get(), H5T_NATIVE_UINT8, stream.written, stream.pending.size(), stream.pending.data(),
               where + ": " + stream.path);
  pending_chunks -= chunks(stream.end(), chunk) - chunks(stream.written, chunk);
  pending_bytes -= stream.pending.size();
  stream.written += stream.pending.size();
  stream.pending = Bytes();
  measure();
}

void EventFileWriter::State::write_rows() {
  for_each_table([this]<typename Row>(Table<Row>& each) {
    if (each.pending.empty()) return;
    journal.give(column<Row>(), each.written + each.pending.size());
    hdf5::append(each.dataset.get(), each.type.get(), each.written, each.pending.size(), each.pending.data(),
                 where + ": " + hdf5::TableOf<Row>::kPath);
    each.written += each.pending.size();
    pending_bytes -= each.pending.size() * sizeof(Row);
    each.pending.clear();
  });
}

bool EventFileWriter::State::write_journal() {
  std::vector<JournalKeeper::Pending> pending;
  for (const PayloadStream& stream : streams) pending.push_back({stream.written, stream.pending});
  const auto add = [&](const auto& each) { pending.push_back({each.written, std::as_bytes(std::span(each.pending))}); };
  std::apply([&](const auto&... each) { (add(each), ...); }, tables);
  return journal.write(pending);
}

void EventFileWriter::State::flush() {
  for (PayloadStream& stream : streams) write_pending(stream);
  write_rows();
  hdf5::checked(H5Fflush(file.get(), H5F_SCOPE_LOCAL), where, "H5Fflush");
  journal.start_anew();
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
  std::vector<TableRow> rows;
  for_each_table([&]<typename Row>(Table<Row>& each) {
    rows.push_back(table_row(hdf5::TableOf<Row>::kPath, each.written, each.crc));
  });
  for (const PayloadStream& stream : streams) rows.push_back(table_row(stream.path, stream.written, 0));
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
  s.for_each_table([&]<typename Row>(Table<Row>& each) {
    each.dataset = hdf5::open_dataset(s.file.get(), hdf5::TableOf<Row>::kPath, s.where);
  });
  for (const std::string& stream : info.streams) {
    PayloadStream& added = s.streams.emplace_back();
    added.path = "/payload/" + stream;
    added.column = s.streams.size() - 1;
    added.dataset = hdf5::open_dataset(s.file.get(), added.path, s.where);
  }
  s.measure();
  const std::string room = manifest_room(manifest_path(s.path));
  std::string problem = "no room on the disk for a new event file";
  try {
    s.space = SpaceAhead(writing_path(), room);
    if (s.space.ensure(s.end_with(kSlackBytes), s.ahead)) {
      s.journal = JournalKeeper(journal_path(writing_path()), s.columns());
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
  state_->charge(kRecordBytes);
  state_->add_row(pulse_row(pulse, facility));
}

void EventFileWriter::append(const model::Decision& decision, std::uint32_t fragments) {
  state_->charge(kRecordBytes);
  state_->add_row(gate_row(decision));
  state_->add_row(decision_row(decision, fragments));
}

FragmentRow EventFileWriter::append(const FragmentRecord& fragment) {
  State& s = *state_;
  if (fragment.stream >= s.streams.size()) throw Error(s.where + ": fragment of a stream that the run does not have");
  const FragmentParts parts = fragment_parts(fragment, s.info, s.chunk, s.streams[fragment.stream].end());
  s.charge(parts.head.size() + fragment.payload.size() + kRecordBytes);
  PayloadStream& stream = s.streams[fragment.stream];
  s.guarded([&] {
    if (fragment.payload.size() >= kDirectBytes) {
      s.write_direct(stream, parts, fragment.payload);
    } else {
      s.gather(stream, parts, fragment.payload);
    }
  });
  s.add_row(parts.row);
  return parts.row;
}

void EventFileWriter::append(const model::PulseTrain& train, std::uint32_t facility) {
  if (!state_->info.trains) throw Error(state_->where + ": it has no tables of trains");
  state_->charge(kRecordBytes);
  state_->add_row(pulse_train_row(train, facility));
}

void EventFileWriter::append(const model::DecisionTrain& train) {
  if (!state_->info.trains) throw Error(state_->where + ": it has no tables of trains");
  state_->charge(kRecordBytes);
  for (const DecisionTrainRow& row : decision_train_rows(train)) state_->add_row(row);
  state_->decisions_in_trains += train.count();
}

void EventFileWriter::append_missing(const model::Decision& decision, std::uint32_t stream, const std::string& reason) {
  state_->charge(kRecordBytes);
  MissingRow row{decision.id, decision.detector, stream, {}};
  const std::string cut = cut_reason(reason);
  std::copy(cut.begin(), cut.end(), row.reason);
  state_->add_row(row);
}

void EventFileWriter::append_dead(std::uint32_t detector, model::DeadReason reason, Interval time) {
  if (time.empty()) return;
  state_->charge(kRecordBytes);
  state_->add_row(DeadRow{detector, static_cast<std::uint32_t>(reason), time.begin.ns, time.end.ns});
}

void EventFileWriter::append(const model::TruthEvent& event) {
  state_->charge(kRecordBytes);
  state_->add_row(truth_row(event));
}

void EventFileWriter::append_clock(const ClockRow& clock) {
  state_->charge(kRecordBytes);
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
  s.guarded([&] { journaled = s.write_journal(); });
  return journaled;
}

int EventFileWriter::journal_file() const {
  return state_->journal.file();
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
  const PayloadStream& stream = state_->streams.at(row.stream);
  Bytes bytes(row.length);
  if (row.offset >= stream.written) {
    const ByteView there = ByteView(stream.pending).subspan(row.offset - stream.written, row.length);
    bytes.assign(there.begin(), there.end());
  } else {
    hdf5::read(stream.dataset.get(), H5T_NATIVE_UINT8, row.offset, row.length, bytes.data(),
               state_->where + ": " + stream.path);
  }
  if (crc32c(bytes) != row.crc32c) {
    throw Error(fmt::format("{}: {}: the fragment of decision {} cannot be read back", state_->where, stream.path,
                            row.decision));
  }
  return bytes;
}

std::uint64_t EventFileWriter::bytes() const {
  return state_->file_bytes + state_->pending_bytes;
}

std::uint64_t EventFileWriter::decisions() const {
  const auto& table = state_->table<DecisionRow>();
  return table.written + table.pending.size() + state_->decisions_in_trains;
}

void EventFileWriter::close(const std::optional<RunBooks>& books) {
  State& s = *state_;
  s.guarded([&] {
    if (s.closed) throw Error(s.where + ": has been closed already");
    s.commit();
    s.write_books(books);
    s.commit();
    for (PayloadStream& stream : s.streams) stream.dataset.close();
    s.for_each_table([](auto& each) { each.dataset.close(); });
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
