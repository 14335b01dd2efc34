#include "daq/storage/journal_keeper.hpp"

#include <algorithm>
#include <utility>

#include "daq/storage/records.hpp"

namespace spillway::storage {
namespace {

/// More than this is as well given to HDF5 at once.
constexpr std::uint64_t kMostJournaled = 128U << 10U;

}  // namespace

std::uint64_t JournalKeeper::Kept::unjournaled_from(std::uint64_t end) const {
  const std::uint64_t alignment = kind == kJournalPayload ? kFragmentAlignment : 1;
  return std::min(end, (journaled + alignment - 1) / alignment * alignment);
}

JournalKeeper::JournalKeeper(const std::filesystem::path& path, std::span<const Column> columns) : journal_(path) {
  for (const Column& column : columns) columns_.push_back({column});
}

bool JournalKeeper::write(std::span<const Pending> pending) {
  if (past_) return false;
  std::vector<std::pair<std::uint64_t, ByteView>> bodies;  // by column: first row or byte, and what is to be written
  std::size_t records = 0;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const Pending& here = pending[i];
    const std::uint64_t from = columns_[i].unjournaled_from(here.first + here.bytes.size() / columns_[i].unit_bytes);
    const ByteView body = here.bytes.subspan((from - here.first) * columns_[i].unit_bytes);
    bodies.emplace_back(from, body);
    records += body.empty() ? 0 : 1;
    bytes += body.size();
  }
  if (bytes > kMostJournaled || !journal_.has_room(records, bytes)) return false;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const auto& [from, body] = bodies[i];
    if (!body.empty()) journal_.add(columns_[i].kind, columns_[i].stream, from, body);
    columns_[i].journaled = from + body.size() / columns_[i].unit_bytes;
  }
  journal_.write();
  return true;
}

void JournalKeeper::give(std::size_t column, std::uint64_t end) {
  past_ = past_ || columns_[column].unjournaled_from(end) < end;
  columns_[column].given = end;
}

void JournalKeeper::pass_by(std::size_t column, std::uint64_t end) {
  columns_[column].given = end;
  columns_[column].journaled = end;
}

void JournalKeeper::start_anew() {
  for (Kept& column : columns_) column.journaled = column.given;
  journal_.start_anew();
  past_ = false;
}

}  // namespace spillway::storage
