#include "daq/cli/csv.hpp"

#include <fstream>

#include <fmt/format.h>

#include "daq/base/error.hpp"

namespace spillway::cli {
namespace {

void append_line(std::string& text, const std::vector<std::string>& cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) text += ',';
    if (cells[i].find_first_of(",\"\r\n") == std::string::npos) {
      text += cells[i];
      continue;
    }
    text += '"';
    for (const char c : cells[i]) text += c == '"' ? std::string("\"\"") : std::string(1, c);
    text += '"';
  }
  text += '\n';
}

}  // namespace

std::string to_csv(const CsvTable& table) {
  std::string text;
  append_line(text, table.header);
  for (const auto& row : table.rows) append_line(text, row);
  return text;
}

void write_csv(const std::filesystem::path& folder, const std::vector<CsvTable>& tables, bool force) {
  for (const CsvTable& table : tables) {
    const auto file = folder / (table.name + ".csv");
    if (!force && std::filesystem::exists(file)) {
      throw Error(fmt::format("{} exists; choose another folder, or overwrite with --force", file.string()));
    }
  }
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) {
    throw Error(fmt::format("{} cannot be made: {}; choose another folder", folder.string(), failed.message()));
  }
  for (const CsvTable& table : tables) {
    const auto file = folder / (table.name + ".csv");
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << to_csv(table);
    out.close();
    if (!out) {
      throw Error(fmt::format("{} cannot be written; look at the rights of its folder and the room on its disk",
                              file.string()));
    }
  }
}

}  // namespace spillway::cli
