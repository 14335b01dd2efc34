#include <algorithm>
#include <cstring>
#include <tuple>

#include <fmt/format.h>

#include "daq/base/error.hpp"
#include "daq/storage/event_file.hpp"
#include "daq/storage/hdf5.hpp"
#include "daq/storage/new_file.hpp"
#include "daq/storage/records.hpp"
#include "daq/storage/space_ahead.hpp"
#include "daq/storage/stored_payload.hpp"

namespace spillway::storage {
namespace {

/// HDF5 reads metadata that a writer is just changing again, and sleeps 1, 2, 4, ... ns in between: 8 ms in all with
/// this; with its own number a damaged file would keep it for ever.
constexpr unsigned kReadAttempts = 22;

template <typename Row>
struct Table {
  hdf5::Handle dataset;
  hdf5::Handle type = hdf5::row_type<Row>();
};

hdf5::Handle open_file(const std::filesystem::path& path) {
  // A file that is being written, or was when its writer died, opens by SWMR alone.
  const hid_t plain = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  if (plain >= 0) return {plain, H5Fclose};
  const hdf5::Handle access(hdf5::checked(H5Pcreate(H5P_FILE_ACCESS), path, "H5Pcreate"), H5Pclose);
  hdf5::checked(H5Pset_libver_bounds(access.get(), H5F_LIBVER_LATEST, H5F_LIBVER_LATEST), path, "H5Pset_libver_bounds");
  hdf5::checked(H5Pset_metadata_read_attempts(access.get(), kReadAttempts), path, "H5Pset_metadata_read_attempts");
  return {hdf5::checked(H5Fopen(path.c_str(), H5F_ACC_RDONLY | H5F_ACC_SWMR_READ, access.get()), path, "H5Fopen"),
          H5Fclose};
}

}  // namespace

struct EventFileReader::State {
  model::PayloadCodecs codecs;
  std::string where;
  hdf5::Handle file;
  std::uint64_t file_bytes = 0;
  FramedInfo framed;
  std::tuple<Table<PulseRow>, Table<GateRow>, Table<DecisionRow>, Table<FragmentRow>, Table<MissingRow>, Table<DeadRow>,
             Table<TruthRow>, Table<ClockRow>, Table<TableRow>, Table<DecisionTrainRow>, Table<PulseTrainRow>>
      tables;
  hdf5::Handle ledger, livetime;
  std::vector<hdf5::Handle> streams;
  bool growing = false;  ///< the file has been looked at again: datasets may have more than they had

  void measure() {
    // HDF5's own idea of the size is that of the moment of opening; the name may change when the writer closes the
    // file.
    void* descriptor = nullptr;
    hdf5::checked(H5Fget_vfd_handle(file.get(), H5P_DEFAULT, &descriptor), where, "H5Fget_vfd_handle");
    file_bytes = size_of(*static_cast<int*>(descriptor));
  }

  /// A dataset of the element type that it should have.
  hdf5::Handle open(const std::string& path, hid_t type) {
    hdf5::Handle dataset = hdf5::open_dataset(file.get(), path, where);
    const hdf5::Handle found(hdf5::checked(H5Dget_type(dataset.get()), where + ": " + path, "H5Dget_type"), H5Tclose);
    if (H5Tequal(found.get(), type) <= 0) throw Error(where + ": " + path + ": its rows are not what they should be");
    return dataset;
  }

  /// Elements of a dataset, believed only as far as the file could hold them.
  std::uint64_t count(hid_t dataset, std::size_t element_bytes, const std::string& path) {
    const std::uint64_t elements = hdf5::extent(dataset, where + ": " + path);
    if (elements > file_bytes / element_bytes) {
      measure();
      if (elements > file_bytes / element_bytes) {
        throw Error(
            fmt::format("{}: {}: says that it has {} rows, more than the file can hold", where, path, elements));
      }
    }
    return elements;
  }

  template <typename Row>
  std::vector<Row> rows(std::uint64_t from) {
    if (!has_table<Row>(framed.info)) return {};
    const Table<Row>& table = std::get<Table<Row>>(tables);
    const std::string path = hdf5::TableOf<Row>::kPath;
    const std::uint64_t all = count(table.dataset.get(), sizeof(Row), path);
    std::vector<Row> rows(from < all ? all - from : 0);
    hdf5::read(table.dataset.get(), table.type.get(), from, rows.size(), rows.data(), where + ": " + path);
    return rows;
  }

  std::string text(hid_t dataset, const std::string& path) {
    std::string text(count(dataset, 1, path), '\0');
    hdf5::read(dataset, H5T_NATIVE_UINT8, 0, text.size(), text.data(), where + ": " + path);
    return text;
  }

  void read_info() {
    const std::string path = "/configuration/run_info";
    const hdf5::Handle dataset = open(path, H5T_STD_U8LE);
    const auto parsed = parse_framed_info(as_byte_view(text(dataset.get(), path)));
    if (!parsed) throw Error(where + ": " + path + ": is damaged");
    framed = *parsed;
  }

  Bytes payload_range(std::uint32_t stream, std::uint64_t offset, std::uint64_t length) {
    if (stream >= streams.size()) throw Error(fmt::format("{}: there is no stream {}", where, stream));
    const std::string path = "/payload/" + framed.info.streams[stream];
    std::uint64_t all = count(streams[stream].get(), 1, path);
    const auto outside = [&] { return offset > all || length > all - offset; };
    if (growing && outside()) {
      hdf5::checked(H5Drefresh(streams[stream].get()), where, "H5Drefresh");
      measure();
      all = count(streams[stream].get(), 1, path);
    }
    if (outside()) {
      throw Error(
          fmt::format("{}: {}: bytes {} to {} lie outside of its {} bytes", where, path, offset, offset + length, all));
    }
    Bytes bytes(length);
    hdf5::read(streams[stream].get(), H5T_NATIVE_UINT8, offset, length, bytes.data(), where + ": " + path);
    return bytes;
  }
};

EventFileReader::EventFileReader(const std::filesystem::path& path, model::PayloadCodecs codecs)
    : state_(std::make_unique<State>()) {
  hdf5::silence();
  State& s = *state_;
  s.codecs = codecs;
  s.where = path.string();
  s.file = open_file(path);
  s.measure();
  s.read_info();
  const auto open_table = [&]<typename Row>(Table<Row>& each) {
    if (has_table<Row>(s.framed.info)) each.dataset = s.open(hdf5::TableOf<Row>::kPath, each.type.get());
  };
  std::apply([&](auto&... each) { (open_table(each), ...); }, s.tables);
  s.ledger = s.open("/ledger", H5T_STD_U8LE);
  s.livetime = s.open("/livetime", H5T_STD_U8LE);
  for (const std::string& stream : s.framed.info.streams) {
    s.streams.push_back(s.open("/payload/" + stream, H5T_STD_U8LE));
  }
}

EventFileReader::~EventFileReader() = default;
EventFileReader::EventFileReader(EventFileReader&&) noexcept = default;

void EventFileReader::refresh() {
  State& s = *state_;
  const auto fresh = [&](const hdf5::Handle& dataset) {
    hdf5::checked(H5Drefresh(dataset.get()), s.where, "H5Drefresh");
  };
  // What refers comes before what it refers to: a decision that is seen has its gate, fragments and payloads.
  fresh(std::get<Table<DecisionRow>>(s.tables).dataset);
  fresh(std::get<Table<FragmentRow>>(s.tables).dataset);
  fresh(std::get<Table<PulseRow>>(s.tables).dataset);
  fresh(std::get<Table<GateRow>>(s.tables).dataset);
  fresh(std::get<Table<MissingRow>>(s.tables).dataset);
  fresh(std::get<Table<DeadRow>>(s.tables).dataset);
  fresh(std::get<Table<TruthRow>>(s.tables).dataset);
  fresh(std::get<Table<ClockRow>>(s.tables).dataset);
  fresh(std::get<Table<TableRow>>(s.tables).dataset);
  if (s.framed.info.trains) {
    fresh(std::get<Table<DecisionTrainRow>>(s.tables).dataset);
    fresh(std::get<Table<PulseTrainRow>>(s.tables).dataset);
  }
  // There may be very many streams: each is looked at again when a fragment of it is asked for that is not seen yet.
  s.growing = true;
  fresh(s.ledger);
  fresh(s.livetime);
  s.measure();
}

const RunInfo& EventFileReader::info() const {
  return state_->framed.info;
}
std::vector<std::string> EventFileReader::contradictions() const {
  std::vector<std::string> found;
  for (const FixedDataset& said : fixed_datasets(info(), state_->where)) {
    try {
      const hdf5::Handle dataset = state_->open(said.path, said.type.get());
      const std::uint64_t rows = hdf5::extent(dataset.get(), state_->where + ": " + said.path);
      std::string bytes(said.bytes.size(), '\0');
      if (rows == said.rows) {
        hdf5::read(dataset.get(), said.type.get(), 0, rows, bytes.data(), state_->where + ": " + said.path);
      }
      if (rows != said.rows) {
        found.push_back(fmt::format("{} has {} rows, {} were written", said.path, rows, said.rows));
      } else if (bytes != said.bytes) {
        found.push_back(fmt::format("{} is not what was written", said.path));
      }
    } catch (const Error& problem) {
      const std::string text = problem.what();
      found.push_back(text.substr(text.starts_with(state_->where) ? state_->where.size() + 2 : 0));
    }
  }
  return found;
}
std::uint64_t EventFileReader::chunk_bytes() const {
  return state_->framed.chunk_bytes;
}
std::vector<PulseRow> EventFileReader::pulses(std::uint64_t from) const {
  return state_->rows<PulseRow>(from);
}
std::vector<GateRow> EventFileReader::gates(std::uint64_t from) const {
  return state_->rows<GateRow>(from);
}
std::vector<DecisionRow> EventFileReader::decisions(std::uint64_t from) const {
  return state_->rows<DecisionRow>(from);
}
std::vector<FragmentRow> EventFileReader::fragments(std::uint64_t from) const {
  return state_->rows<FragmentRow>(from);
}
std::vector<MissingRow> EventFileReader::missing(std::uint64_t from) const {
  return state_->rows<MissingRow>(from);
}
std::vector<DeadRow> EventFileReader::dead(std::uint64_t from) const {
  return state_->rows<DeadRow>(from);
}
std::vector<TruthRow> EventFileReader::truth(std::uint64_t from) const {
  return state_->rows<TruthRow>(from);
}
std::vector<ClockRow> EventFileReader::clocks() const {
  return state_->rows<ClockRow>(0);
}
std::vector<DecisionTrainRow> EventFileReader::decision_trains(std::uint64_t from) const {
  return state_->rows<DecisionTrainRow>(from);
}
std::vector<PulseTrainRow> EventFileReader::pulse_trains(std::uint64_t from) const {
  return state_->rows<PulseTrainRow>(from);
}
std::vector<TableRow> EventFileReader::tables() const {
  return state_->rows<TableRow>(0);
}

std::optional<RunBooks> EventFileReader::books() const {
  const std::string ledger = state_->text(state_->ledger.get(), "/ledger");
  if (ledger.empty()) return std::nullopt;
  return parse_books(ledger, state_->text(state_->livetime.get(), "/livetime"));
}

std::pair<std::string, std::string> EventFileReader::book_texts() const {
  return {state_->text(state_->ledger.get(), "/ledger"), state_->text(state_->livetime.get(), "/livetime")};
}

std::uint64_t EventFileReader::payload_bytes(std::uint32_t stream) const {
  return state_->count(state_->streams.at(stream).get(), 1, "/payload/" + info().streams[stream]);
}

Bytes EventFileReader::payload_range(std::uint32_t stream, std::uint64_t offset, std::uint64_t length) const {
  return state_->payload_range(stream, offset, length);
}

Bytes EventFileReader::stored(const FragmentRow& row) const {
  return state_->payload_range(row.stream, row.offset, row.length);
}

Bytes EventFileReader::decode(const FragmentRow& row, Bytes stored) const {
  return decoded(row, std::move(stored), state_->codecs);
}

FragmentHeader EventFileReader::header(const FragmentRow& row) const {
  // The sizes of the frames stand between header and payload, unless all are equal.
  for (const std::uint64_t sizes : {std::uint64_t{0}, std::uint64_t{row.frames} * 4}) {
    if (row.offset < sizes + sizeof(FragmentHeader)) break;
    const Bytes bytes =
        state_->payload_range(row.stream, row.offset - sizes - sizeof(FragmentHeader), sizeof(FragmentHeader));
    const auto header = load<FragmentHeader>(bytes);
    if (header_holds(header) && header.sizes_bytes == sizes && header.row.offset == row.offset) return header;
  }
  throw Error(fmt::format("{}: decision {}, stream {}: there is no fragment header before byte {} of its payload",
                          state_->where, row.decision, info().streams.at(row.stream), row.offset));
}

std::vector<std::uint32_t> EventFileReader::frame_sizes(const FragmentRow& row) const {
  if (row.frames == 0) return {};
  if (row.codec != 0) {
    return std::vector<std::uint32_t>(row.frames, coded_frame_bytes(row.codec, state_->codecs));
  }
  const FragmentHeader head = header(row);
  std::vector<std::uint32_t> sizes(row.frames, static_cast<std::uint32_t>(row.length / row.frames));
  if (head.sizes_bytes != 0) {
    const Bytes bytes = state_->payload_range(row.stream, row.offset - head.sizes_bytes, head.sizes_bytes);
    std::memcpy(sizes.data(), bytes.data(), bytes.size());
  }
  return sizes;
}

}  // namespace spillway::storage
