#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <utility>

#include "daq/base/bytes.hpp"
#include "daq/base/time.hpp"
#include "detectors/caen/compass.hpp"

namespace spillway::sim_front_end {

/// Reads a CoMPASS list file record by record; holds a few records' worth of it in memory, however long it is.
///
/// Behind a malformed record it goes on at the next plausible one: that decodes, is of a board and channel that were
/// believed before, begins at most an hour after (or `reorder` before) the newest that was believed, and so does the
/// record behind it, if there is one. A record that holds such a one within its samples is malformed itself: its length
/// is (kBadLength).
class CompassFile {
 public:
  /// A malformed record, and what was passed over from its first byte on.
  struct Gap {
    detectors::DecodeError error;
    std::uint64_t offset = 0;  ///< of the record, in the file
    std::uint64_t bytes = 0;   ///< up to the next plausible record, or the end of the file
    bool to_the_end = false;   ///< no plausible record was found
  };

  /// Throws Error naming the file, and the offset, what was found and what is expected, where it is no list file.
  CompassFile(const std::filesystem::path& file, Duration reorder);

  [[nodiscard]] detectors::caen::CompassWord word() const { return word_; }
  /// The next record without taking it; a view that lives until the next call. None at the end of what can be read.
  std::optional<detectors::caen::CompassRecord> peek();
  /// Takes the record that peek() showed, and returns its bytes, which live until the next call.
  ByteView take();
  /// What the last peek() passed over, once.
  [[nodiscard]] std::optional<Gap> take_gap() { return std::exchange(gap_, std::nullopt); }
  /// Tells that a record's channel and time are good, and so which others are plausible. Its samples are not looked at.
  void believe(const detectors::caen::CompassRecord& record);

 private:
  bool fill();
  [[nodiscard]] ByteView unread() const { return ByteView(buffer_).subspan(begin_, end_ - begin_); }
  // Offsets count from the next record on.
  Expected<detectors::caen::CompassRecord, detectors::DecodeError> decode(std::size_t at = 0);
  /// What is wrong with the next record.
  std::optional<detectors::DecodeError> fault();
  void pass_over(detectors::DecodeError error);
  [[nodiscard]] bool resembles_believed(ByteView record) const;
  [[nodiscard]] bool plausible(std::size_t at);
  [[nodiscard]] bool is_followed_by_plausible(std::size_t at, std::size_t bytes);

  std::filesystem::path path_;
  Duration reorder_;
  std::ifstream stream_;
  detectors::caen::CompassWord word_;
  Bytes buffer_;
  std::size_t begin_ = 0;       ///< of the next record, in the buffer
  std::size_t end_ = 0;         ///< of what was read
  std::size_t next_bytes_ = 0;  ///< of the record that peek() showed
  std::uint64_t offset_ = 0;    ///< of the next record, in the file
  bool read_all_ = false;
  std::optional<Gap> gap_;
  /// Board and channel that were believed, and how long the last record was.
  std::map<std::pair<std::uint16_t, std::uint16_t>, std::size_t> channels_;
  std::uint64_t newest_ps_ = 0;  ///< time that was believed
};

}  // namespace spillway::sim_front_end
