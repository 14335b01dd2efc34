#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace spillway::cli {

/// A table for a .csv file: a line of names, then rows. Cells with commas, quotes or line ends are quoted (RFC 4180).
struct CsvTable {
  std::string name;  ///< of the file, without ".csv"
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
};

[[nodiscard]] std::string to_csv(const CsvTable& table);

/// Writes <folder>/<name>.csv for each. Throws Error, before anything is written, where one exists and `force` is
/// false.
void write_csv(const std::filesystem::path& folder, const std::vector<CsvTable>& tables, bool force);

}  // namespace spillway::cli
