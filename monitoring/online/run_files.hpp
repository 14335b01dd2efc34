#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "daq/storage/event_file.hpp"
#include "monitoring/online/event_feed.hpp"

namespace spillway::online {

/// Follows the event files of a run, part after part, while they are being written.
class RunFiles {
 public:
  RunFiles(std::filesystem::path run_directory, std::uint64_t run, EventFeed& feed);

  /// Something may have been written: the next step() looks again.
  void look() { look_ = true; }
  /// No file of the run follows the last closed one, whatever it says itself.
  void no_more_files() { last_known_ = true; }

  /// One bounded piece of work; true: there is more to do at once.
  bool step();

  /// Everything of the run has been read.
  [[nodiscard]] bool finished() const { return finished_; }
  /// Number of the file being read, from 0.
  [[nodiscard]] std::uint32_t part() const { return part_; }
  /// What last went wrong with the current file, and how often in a row; "" and 0 when all is well.
  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] unsigned errors_in_a_row() const { return errors_; }

 private:
  [[nodiscard]] std::filesystem::path closed_path(std::uint32_t part) const;
  [[nodiscard]] std::filesystem::path writing_path(std::uint32_t part) const;
  [[nodiscard]] bool exists(std::uint32_t part) const;
  [[nodiscard]] std::optional<std::uint32_t> first_from(std::uint32_t part) const;
  bool open_or_refresh();
  bool end_of_part();
  bool next_part();

  std::filesystem::path directory_;
  std::uint64_t run_;
  EventFeed* feed_;
  std::uint32_t part_ = 0;
  std::optional<storage::EventFileReader> file_;
  bool closed_ = false;   ///< file_ is the closed file, all of it
  bool left_ = false;     ///< file_ is damaged, and what was not safe in it is in the next
  bool reading_ = false;  ///< file_ has rows to take
  FileCursor cursor_;
  bool look_ = true;
  bool last_known_ = false;
  bool finished_ = false;
  std::string error_;
  unsigned errors_ = 0;
};

}  // namespace spillway::online
