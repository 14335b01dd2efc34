#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>

#include "daq/base/bytes.hpp"
#include "detectors/caen/compass.hpp"

namespace spillway::sim_front_end {

/// Reads a CoMPASS list file record by record; holds a few records' worth of it in memory, however long it is.
class CompassFile {
 public:
  /// What ended the reading before the file did: nothing behind such a record can be delimited.
  struct Fault {
    detectors::DecodeError error;
    std::uint64_t offset = 0;  ///< of the record, in the file
  };

  /// Throws Error naming the file, and the offset, what was found and what is expected, where it is no list file.
  explicit CompassFile(const std::filesystem::path& file);

  [[nodiscard]] detectors::caen::CompassWord word() const { return word_; }
  /// The next record without taking it; a view that lives until the next call. None at the end of what can be read.
  std::optional<detectors::caen::CompassRecord> peek();
  /// Takes the record that peek() showed, and returns its bytes, which live until the next call.
  ByteView take();
  [[nodiscard]] const std::optional<Fault>& fault() const { return fault_; }

 private:
  bool fill();

  std::filesystem::path path_;
  std::ifstream stream_;
  detectors::caen::CompassWord word_;
  Bytes buffer_;
  std::size_t begin_ = 0;       ///< of the next record, in the buffer
  std::size_t end_ = 0;         ///< of what was read
  std::size_t next_bytes_ = 0;  ///< of the record that peek() showed
  std::uint64_t offset_ = 0;    ///< of the next record, in the file
  bool read_all_ = false;
  std::optional<Fault> fault_;
};

}  // namespace spillway::sim_front_end
