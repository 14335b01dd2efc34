#include "daq/storage/event_columns.hpp"

#include <utility>

#include <fmt/format.h>

#include "daq/base/error.hpp"

namespace spillway::storage {
namespace {

constexpr std::size_t kGatherBytes = 256U << 10U;

}  // namespace

EventColumns::EventColumns(hid_t file, const RunInfo& info, std::uint64_t chunk_bytes, std::string where)
    : where_(std::move(where)), chunk_(chunk_bytes) {
  const auto open = [&]<typename Row>(EventTable<Row>& each) {
    if (has_table<Row>(info)) each.dataset = hdf5::open_dataset(file, hdf5::TableOf<Row>::kPath, where_);
  };
  std::apply([&](auto&... each) { (open(each), ...); }, tables_);
  for (const std::string& name : info.streams) {
    EventPayloads& added = streams_.emplace_back();
    added.path = "/payload/" + name;
    added.column = streams_.size() - 1;
    added.dataset = hdf5::open_dataset(file, added.path, where_);
  }
}

std::vector<JournalKeeper::Column> EventColumns::columns() const {
  std::vector<JournalKeeper::Column> columns;
  for (std::uint32_t i = 0; i < streams_.size(); ++i) columns.push_back({kJournalPayload, i, 1});
  const auto add = [&]<typename Row>(const EventTable<Row>&) {
    columns.push_back({kJournalRows<Row>, 0, sizeof(Row)});
  };
  std::apply([&](const auto&... each) { (add(each), ...); }, tables_);
  return columns;
}

bool EventColumns::add(std::uint32_t stream, const FragmentParts& parts, ByteView payload) {
  EventPayloads& to = streams_.at(stream);
  const std::uint64_t written = to.written;
  if (payload.size() >= EventFileWriter::kDirectBytes) {
    write_direct(to, parts, payload);
  } else {
    gather(to, parts, payload);
  }
  return to.written > written;
}

void EventColumns::gather(EventPayloads& stream, const FragmentParts& parts, ByteView payload) {
  const std::uint64_t bytes = parts.padding + parts.head.size() + payload.size();
  pending_chunks_ += chunks(stream.end() + bytes, chunk_) - chunks(stream.end(), chunk_);
  pending_bytes_ += bytes;
  stream.pending.resize(stream.pending.size() + parts.padding);
  append(stream.pending, parts.head);
  append(stream.pending, payload);
  if (stream.pending.size() >= kGatherBytes) give(stream);
}

/// Without a chunk cache HDF5 copies nothing: head and payload go from here to the chunks' places in the file. The
/// padding, which may be most of a chunk, is not written at all.
void EventColumns::write_direct(EventPayloads& stream, const FragmentParts& parts, ByteView payload) {
  give(stream);
  const std::string place = where_ + ": " + stream.path;
  const std::uint64_t head_at = stream.written + parts.padding;
  const std::uint64_t payload_at = head_at + parts.head.size();
  journal_.pass_by(stream.column, payload_at + payload.size());
  hdf5::extend(stream.dataset.get(), payload_at + payload.size(), place);
  hdf5::write(stream.dataset.get(), H5T_NATIVE_UINT8, head_at, parts.head.size(), parts.head.data(), place);
  hdf5::write(stream.dataset.get(), H5T_NATIVE_UINT8, payload_at, payload.size(), payload.data(), place);
  stream.written = payload_at + payload.size();
}

void EventColumns::give(EventPayloads& stream) {
  if (stream.pending.empty()) return;
  journal_.give(stream.column, stream.end());
  hdf5::append(stream.dataset.get(), H5T_NATIVE_UINT8, stream.written, stream.pending.size(), stream.pending.data(),
               where_ + ": " + stream.path);
  pending_chunks_ -= chunks(stream.end(), chunk_) - chunks(stream.written, chunk_);
  pending_bytes_ -= stream.pending.size();
  stream.written += stream.pending.size();
  stream.pending = Bytes();
}

template <typename Row>
void EventColumns::give(EventTable<Row>& table) {
  if (table.pending.empty()) return;
  journal_.give(column<Row>(), table.written + table.pending.size());
  hdf5::append(table.dataset.get(), table.type.get(), table.written, table.pending.size(), table.pending.data(),
               where_ + ": " + hdf5::TableOf<Row>::kPath);
  table.written += table.pending.size();
  pending_bytes_ -= table.pending.size() * sizeof(Row);
  table.pending.clear();
}

void EventColumns::give_all() {
  for (EventPayloads& stream : streams_) give(stream);
  std::apply([this](auto&... each) { (give(each), ...); }, tables_);
}

bool EventColumns::write_journal() {
  std::vector<JournalKeeper::Pending> pending;
  for (const EventPayloads& stream : streams_) pending.push_back({stream.written, stream.pending});
  const auto add = [&](const auto& each) { pending.push_back({each.written, std::as_bytes(std::span(each.pending))}); };
  std::apply([&](const auto&... each) { (add(each), ...); }, tables_);
  return journal_.write(pending);
}

std::vector<TableRow> EventColumns::contents() const {
  std::vector<TableRow> rows;
  const auto add = [&]<typename Row>(const EventTable<Row>& each) {
    if (each.dataset.get() >= 0) rows.push_back(table_row(hdf5::TableOf<Row>::kPath, each.written, each.crc));
  };
  std::apply([&](const auto&... each) { (add(each), ...); }, tables_);
  for (const EventPayloads& stream : streams_) rows.push_back(table_row(stream.path, stream.written, 0));
  return rows;
}

Bytes EventColumns::stored(const FragmentRow& row) const {
  const EventPayloads& stream = streams_.at(row.stream);
  Bytes bytes(row.length);
  if (row.offset >= stream.written) {
    const ByteView there = ByteView(stream.pending).subspan(row.offset - stream.written, row.length);
    bytes.assign(there.begin(), there.end());
  } else {
    hdf5::read(stream.dataset.get(), H5T_NATIVE_UINT8, row.offset, row.length, bytes.data(),
               where_ + ": " + stream.path);
  }
  if (crc32c(bytes) != row.crc32c) {
    throw Error(
        fmt::format("{}: {}: the fragment of decision {} cannot be read back", where_, stream.path, row.decision));
  }
  return bytes;
}

void EventColumns::close() {
  for (EventPayloads& stream : streams_) stream.dataset.close();
  std::apply([](auto&... each) { (each.dataset.close(), ...); }, tables_);
}

}  // namespace spillway::storage
