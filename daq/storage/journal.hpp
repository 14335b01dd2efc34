#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "daq/base/bytes.hpp"
#include "daq/storage/rows.hpp"
#include "daq/storage/space_ahead.hpp"

namespace spillway::storage {

/// What precedes each record of a journal (docs/event_file.md). Its body is padded to a multiple of 8.
struct JournalHeader {
  char magic[8];         ///< "SPWJRNL1"
  std::uint64_t epoch;   ///< from 1; one more with each start_anew()
  std::uint32_t kind;    ///< kJournalPayload or kJournalRows
  std::uint32_t stream;  ///< of a payload
  std::uint64_t first;   ///< byte of the payload, or row of the table, with which the body begins
  std::uint32_t length;  ///< of the body
  std::uint32_t crc32c;  ///< of all before it and the body
};
static_assert(sizeof(JournalHeader) == 40);

inline constexpr std::uint32_t kJournalPayload = 0;
/// Records with rows of a table, by its place in TableRows.
template <typename Row, std::size_t kPlace = 0>
consteval std::uint32_t journal_kind() {
  if constexpr (std::is_same_v<Row, std::tuple_element_t<kPlace, TableRows>>) {
    return kPlace + 1;
  } else {
    return journal_kind<Row, kPlace + 1>();
  }
}
template <typename Row>
inline constexpr std::uint32_t kJournalRows = journal_kind<Row>();

/// What has been appended to an event file and is on disk, but not given to HDF5 yet. Its blocks are written once
/// beforehand, so that a few kilobytes become durable with no other block touched. It has two halves, which epochs
/// take in turn.
class Journal {
 public:
  static constexpr std::uint64_t kHalfBytes = 1U << 20U;

  Journal() = default;
  /// Creates it anew, durable when its folder is. Throws Error.
  explicit Journal(const std::filesystem::path& path);

  /// So many records with so many bytes in all can be added in this epoch.
  [[nodiscard]] bool has_room(std::size_t records, std::uint64_t bytes) const;
  void add(std::uint32_t kind, std::uint32_t stream, std::uint64_t first, ByteView body);
  /// Gives what was added to the system; durable after fdatasync of file(). Throws Error.
  void write();
  /// HDF5 has all that this epoch holds, which is needed until that is on disk; the epoch before is not any more.
  void start_anew();
  [[nodiscard]] int file() const { return file_.get(); }

 private:
  FileDescriptor file_;
  std::string where_;
  std::uint64_t epoch_ = 1;
  std::uint64_t used_ = 0;  ///< of the half
  Bytes added_;             ///< and not written
};

/// The journal beside an event file.
[[nodiscard]] std::filesystem::path journal_path(const std::filesystem::path& file);

struct JournalRecord {
  JournalHeader header;
  Bytes body;
};
/// All whole records, oldest first; none where there is no journal. Throws Error where it cannot be read.
[[nodiscard]] std::vector<JournalRecord> read_journal(const std::filesystem::path& path);

}  // namespace spillway::storage
