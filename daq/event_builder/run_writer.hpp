#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "daq/storage/event_file.hpp"

namespace spillway::event_builder {

/// The event files of one run. Decisions go to the newest; a file is closed once no decision in it waits for fragments.
class RunWriter {
 public:
  RunWriter(std::filesystem::path directory, storage::RunInfo info, model::Storage storage);

  /// Opens the next file. Throws Error.
  void open_next();
  [[nodiscard]] bool is_open() const { return !parts_.empty(); }
  /// The newest file is as large as configured.
  [[nodiscard]] bool is_full() const;
  [[nodiscard]] std::uint32_t newest() const { return next_part_ - 1; }

  /// The file to write `bytes` to; nullptr where the disk has no room for them.
  [[nodiscard]] storage::EventFileWriter* with_room(std::uint32_t part, std::uint64_t bytes);
  [[nodiscard]] storage::EventFileWriter* newest_with_room(std::uint64_t bytes) { return with_room(newest(), bytes); }

  /// Bytes written since the last commit.
  [[nodiscard]] std::uint64_t uncommitted_bytes() const { return uncommitted_bytes_; }
  [[nodiscard]] std::uint64_t bytes_written() const { return bytes_written_; }
  /// All that was written is on disk when this returns.
  void commit();

  /// What there is to read.
  struct FileState {
    std::filesystem::path path;
    std::uint64_t decisions = 0;
    bool closed = false;
  };
  /// Closes the files before `part` and says which.
  [[nodiscard]] std::vector<FileState> close_before(std::uint32_t part);
  /// Closes all, the last one with the run's books.
  void close_all(const storage::RunBooks& books);
  [[nodiscard]] std::vector<FileState> open_files() const;
  /// All files of the run, as they are named now.
  [[nodiscard]] std::vector<std::filesystem::path> files() const;

 private:
  struct Part {
    std::uint32_t number = 0;
    storage::EventFileWriter writer;
  };

  std::filesystem::path directory_;
  storage::RunInfo info_;
  model::Storage storage_;
  std::uint32_t next_part_ = 0;
  std::deque<Part> parts_;  ///< open ones
  std::vector<std::filesystem::path> closed_;
  std::uint64_t uncommitted_bytes_ = 0;
  std::uint64_t bytes_written_ = 0;
};

}  // namespace spillway::event_builder
