#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "daq/storage/journal.hpp"

namespace spillway::storage {

/// Decides what of an event file goes to its journal, and knows what is there. A file is columns to it, its tables and
/// its payloads, that grow at their ends; of each the writer gives HDF5 one part after the other.
class JournalKeeper {
 public:
  struct Column {
    std::uint32_t kind;      ///< of its journal records
    std::uint32_t stream;    ///< of a payload
    std::size_t unit_bytes;  ///< of a row; 1 for a payload
  };
  /// What of a column HDF5 has not been given.
  struct Pending {
    std::uint64_t first;  ///< row, or byte of the payload, with which `bytes` begins
    ByteView bytes;
  };

  JournalKeeper() = default;
  /// Throws Error.
  JournalKeeper(const std::filesystem::path& path, std::span<const Column> columns);

  /// Writes what of `pending`, one for each column, is not in the journal. False where it is too much, or HDF5 has
  /// something that is not in the journal and not flushed. Throws Error.
  [[nodiscard]] bool write(std::span<const Pending> pending);
  /// HDF5 is about to be given the column up to `end`.
  void give(std::size_t column, std::uint64_t end);
  /// HDF5 is about to be given what the column has up to `end`, and that is no matter of the journal's.
  void pass_by(std::size_t column, std::uint64_t end);
  /// HDF5 has flushed all that it was given.
  void start_anew();
  [[nodiscard]] int file() const { return journal_.file(); }

 private:
  struct Kept : Column {
    std::uint64_t given = 0;
    std::uint64_t journaled = 0;  ///< what is below is in the journal or flushed, or is no matter of the journal's
    /// What is skipped before a fragment is padding.
    [[nodiscard]] std::uint64_t unjournaled_from(std::uint64_t end) const;
  };
  Journal journal_;
  std::vector<Kept> columns_;
  bool past_ = false;  ///< HDF5 was given something, and has not flushed it, that is not in the journal
};

}  // namespace spillway::storage
