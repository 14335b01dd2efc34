#pragma once

#include <cstdint>
#include <filesystem>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "daq/event_builder/run_file.hpp"

namespace spillway::event_builder {

/// The event files of one run. Decisions go to the newest; a file is closed once no decision in it waits for fragments.
class RunWriter {
 public:
  /// `clocks`: written into each file.
  RunWriter(std::filesystem::path directory, storage::RunInfo info, std::vector<storage::ClockRow> clocks,
            model::Storage storage);

  /// Opens the next file. Throws Error; DamagedFile where that one is left already.
  void open_next();
  /// The newest file is as large as configured.
  [[nodiscard]] bool is_full() const;
  [[nodiscard]] std::uint32_t newest() const { return parts_.back().number(); }

  /// The file to write `bytes` to; nullptr where the disk has no room for them.
  [[nodiscard]] RunFile* with_room(std::uint32_t part, std::uint64_t bytes);
  [[nodiscard]] RunFile* newest_with_room(std::uint64_t bytes) { return with_room(newest(), bytes); }

  /// Bytes written since the last flush().
  [[nodiscard]] std::uint64_t unflushed_bytes() const { return unflushed_bytes_; }
  /// True where the disk has room for a whole reserve again, so that a pause for want of it is over.
  [[nodiscard]] bool has_room_again();
  /// All that was written but large payloads is on disk after fdatasync of the journals returned. None: flush() is the
  /// way.
  [[nodiscard]] std::optional<std::vector<int>> write_journals();
  /// All that was written is readable when this returns, and on disk after fdatasync of the files returned.
  [[nodiscard]] std::vector<int> flush();
  /// They are, and decisions of each detector below `complete` were complete.
  void settle(std::span<const std::uint64_t> complete);

  /// Closes the files before `part`.
  void close_before(std::uint32_t part);
  /// Closes all, the last one with the run's books.
  void close_all(const storage::RunBooks& books);
  /// What a storage::DamagedFile asks for: gives up the damaged file and those after it, or all where none is but the
  /// disk has failed. They stay as they are, and what is not safe in them goes to a new file. Returns the number of the
  /// first. Throws Error where there can be no new one, or it cannot be read any more; DamagedFile where the new one is
  /// left as well, and the next may do.
  std::uint32_t leave_damaged();
  [[nodiscard]] std::vector<std::filesystem::path> open_files() const;
  /// All files of the run, as they are named now.
  [[nodiscard]] std::vector<std::filesystem::path> files() const;

 private:
  std::filesystem::path directory_;
  storage::RunInfo info_;
  std::vector<storage::ClockRow> clocks_;
  model::Storage storage_;
  std::uint32_t next_part_ = 0;
  std::list<RunFile> parts_;                   ///< open ones
  std::vector<std::filesystem::path> closed_;  ///< or left
  std::uint64_t unflushed_bytes_ = 0;
};

}  // namespace spillway::event_builder
