#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <tuple>
#include <vector>

#include "daq/storage/hdf5.hpp"
#include "daq/storage/journal_keeper.hpp"
#include "daq/storage/new_file.hpp"

namespace spillway::storage {

template <typename Row>
struct EventTable {
  hdf5::Handle dataset;
  hdf5::Handle type = hdf5::row_type<Row>();
  std::vector<Row> pending;
  std::uint64_t written = 0;
  std::uint32_t crc = 0;
};
template <typename Rows>
struct EventTablesOf;
template <typename... Row>
struct EventTablesOf<std::tuple<Row...>> {
  using Type = std::tuple<EventTable<Row>...>;
};

/// The payloads of a stream.
struct EventPayloads {
  hdf5::Handle dataset;
  std::string path;
  std::size_t column = 0;  ///< for the journal
  std::uint64_t written = 0;
  Bytes pending;
  [[nodiscard]] std::uint64_t end() const { return written + pending.size(); }
};

/// What grows of an event file, its payloads and its tables: they wait in memory until HDF5 is given them, and
/// meanwhile the journal may have them. Throws Error where HDF5 or the journal fails.
class EventColumns {
 public:
  EventColumns() = default;
  /// Of a file that was just made. `where`: for errors.
  EventColumns(hid_t file, const RunInfo& info, std::uint64_t chunk_bytes, std::string where);
  void open_journal(const std::filesystem::path& path) { journal_ = JournalKeeper(path, columns()); }

  template <typename Row>
  void add(const Row& row) {
    EventTable<Row>& to = std::get<EventTable<Row>>(tables_);
    to.pending.push_back(row);
    to.crc = crc32c(std::as_bytes(std::span(&row, 1)), to.crc);
    pending_bytes_ += sizeof(Row);
  }
  /// A payload as long as EventFileWriter::kDirectBytes goes to HDF5 at once, and what waits of its stream, as do
  /// others when they are many. True where HDF5 was given something.
  bool add(std::uint32_t stream, const FragmentParts& parts, ByteView payload);
  /// All that waits goes to HDF5.
  void give_all();
  /// HDF5 has flushed all that it was given.
  void flushed() { journal_.start_anew(); }
  /// JournalKeeper::write() of all that waits.
  [[nodiscard]] bool write_journal();
  [[nodiscard]] int journal_file() const { return journal_.file(); }

  [[nodiscard]] std::size_t streams() const { return streams_.size(); }
  /// Bytes of a stream's payloads.
  [[nodiscard]] std::uint64_t end(std::uint32_t stream) const { return streams_.at(stream).end(); }
  template <typename Row>
  [[nodiscard]] std::uint64_t rows() const {
    const auto& table = std::get<EventTable<Row>>(tables_);
    return table.written + table.pending.size();
  }
  [[nodiscard]] std::uint64_t pending_bytes() const { return pending_bytes_; }
  /// New chunks of payloads that what waits needs.
  [[nodiscard]] std::uint64_t pending_chunks() const { return pending_chunks_; }

  /// What /tables says of it all, which HDF5 must have been given.
  [[nodiscard]] std::vector<TableRow> contents() const;
  /// A fragment's payload as it was added. Throws Error where it cannot be read back.
  [[nodiscard]] Bytes stored(const FragmentRow& row) const;
  void close();

 private:
  /// Payloads come first in the journal: no row is there whose payload is not.
  [[nodiscard]] std::vector<JournalKeeper::Column> columns() const;
  template <typename Row>
  [[nodiscard]] std::size_t column() const {
    return streams_.size() + kJournalRows<Row> - kJournalRows<std::tuple_element_t<0, TableRows>>;
  }
  void gather(EventPayloads& stream, const FragmentParts& parts, ByteView payload);
  void write_direct(EventPayloads& stream, const FragmentParts& parts, ByteView payload);
  void give(EventPayloads& stream);
  template <typename Row>
  void give(EventTable<Row>& table);

  std::string where_;
  std::uint64_t chunk_ = 0;
  std::vector<EventPayloads> streams_;
  EventTablesOf<TableRows>::Type tables_;  ///< a table that the run does not have has no dataset
  JournalKeeper journal_;
  std::uint64_t pending_bytes_ = 0;
  std::uint64_t pending_chunks_ = 0;
};

}  // namespace spillway::storage
