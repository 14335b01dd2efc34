#pragma once

#include <functional>
#include <string>
#include <vector>

#include "daq/storage/event_file.hpp"
#include "daq/storage/run_derivation.hpp"

namespace spillway::storage {

using Say = std::function<void(const std::string&)>;

/// The checks of a run's event files, one after the other: rows against what the file says of its tables, against each
/// other, and every byte of the payloads against headers and checksums.
class FileAudit {
 public:
  FileAudit(Say complain, Say note) : complain_(std::move(complain)), note_(std::move(note)) {}

  /// `file` must know the codecs of its payloads. Throws Error where HDF5 cannot read the file.
  void add(const EventFileReader& file);
  /// The books against what the rows of all files added say; call when all of the run's are.
  void check_books(const RunBooks& books);
  [[nodiscard]] RunDerivation& derivation() { return derivation_; }

 private:
  struct Rows;
  void check_tables(const EventFileReader& file, const Rows& rows);
  bool check_decisions(Rows& rows, const RunInfo& info);
  void check_requests(const Rows& rows, const RunInfo& info);
  void check_payloads(const EventFileReader& file, const Rows& rows);
  void check_rest(const Rows& rows, const RunInfo& info);

  Say complain_;
  Say note_;
  RunDerivation derivation_;
  std::vector<std::uint64_t> next_id_;
  bool first_part_ = false;
};

}  // namespace spillway::storage
