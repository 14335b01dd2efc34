#pragma once

#include <deque>
#include <filesystem>
#include <string>

#include "daq/storage/catalogue.hpp"

namespace spillway::run_control {

/// A run's entries in the catalogue. Once the run is under way a catalogue that cannot be written (a full disk) never
/// stops it: alarms wait for their turn, and the summary can be tried again.
class RunRecords {
 public:
  /// Opens the catalogue, closes what dead run controls left open and allocates the run. Throws Error.
  RunRecords(const std::filesystem::path& data, const storage::NewRun& run);

  [[nodiscard]] std::uint64_t run() const { return run_; }
  void set_endpoints(const std::string& query, const std::string& status);
  void add_alarm(const std::string& text);
  /// Writes alarms that are still waiting.
  void flush();
  /// Stores the summary. Returns what went wrong, or ""; may be tried again.
  [[nodiscard]] std::string end(const model::RunSummary& summary);

 private:
  storage::Catalogue catalogue_;
  std::uint64_t run_;
  std::deque<std::string> alarms_;
};

}  // namespace spillway::run_control
