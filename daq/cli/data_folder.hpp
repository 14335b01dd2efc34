#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "daq/storage/catalogue.hpp"

namespace spillway::cli {

/// The option --data; where it is not given, storage::default_data_folder().
struct DataFolder {
  std::string given;
  void add_to(CLI::App& app);
  [[nodiscard]] std::filesystem::path path() const;
  [[nodiscard]] bool has_catalogue() const;
  /// Opens the catalogue of an existing data folder. Throws Error where there is none.
  [[nodiscard]] storage::Catalogue open(bool read_only = true) const;
};

/// The run that `text` names: a number or `latest`. Throws Error where there is no such run.
[[nodiscard]] storage::RunLine find_run(const storage::Catalogue& catalogue, const std::string& text);

/// True for "42" and "latest".
[[nodiscard]] bool names_a_run(const std::string& text);

/// The event files of a run in the order they were written: those of the catalogue, or, where it knows none, what lies
/// in the run's folder. Files that are gone are left in, by their name.
[[nodiscard]] std::vector<std::filesystem::path> event_files(const storage::Catalogue& catalogue,
                                                             const std::filesystem::path& data_folder,
                                                             std::uint64_t run);

/// "COMPLETE", or what else is to be said.
[[nodiscard]] std::string describe_condition(const storage::RunLine& line);

}  // namespace spillway::cli
