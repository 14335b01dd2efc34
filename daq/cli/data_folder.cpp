#include "daq/cli/data_folder.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "daq/base/error.hpp"
#include "daq/storage/event_file.hpp"

namespace spillway::cli {

void DataFolder::add_to(CLI::App& app) {
  app.add_option("--data", given,
                 "Folder of the catalogue and the event files (default: $SPILLWAY_DATA, else "
                 "$XDG_DATA_HOME/spillway, else ~/.local/share/spillway)")
      ->type_name("DIR");
}

std::filesystem::path DataFolder::path() const {
  return std::filesystem::absolute(given.empty() ? storage::default_data_folder() : std::filesystem::path(given))
      .lexically_normal();
}

bool DataFolder::has_catalogue() const {
  std::error_code none;
  return std::filesystem::exists(storage::catalogue_path(path()), none);
}

storage::Catalogue DataFolder::open(bool read_only) const {
  if (!has_catalogue()) {
    throw Error(fmt::format("no run was ever taken in {}; name the right folder with --data DIR", path().string()));
  }
  return storage::Catalogue(path(), read_only);
}

std::string describe_condition(const storage::RunLine& line) {
  return line.condition == "RUNNING" && !line.alive ? "RUNNING, but its run control is gone" : line.condition;
}

bool names_a_run(const std::string& text) {
  return text == "latest" ||
         (!text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }));
}

storage::RunLine find_run(const storage::Catalogue& catalogue, const std::string& text) {
  if (!names_a_run(text)) {
    throw Error(fmt::format("`{}` is not a run; give its number or `latest` (`spillway runs` lists them)", text));
  }
  if (text == "latest") {
    const auto runs = catalogue.runs();
    if (runs.empty()) throw Error("the catalogue has no run yet; take one with `spillway run`");
    return runs.back();
  }
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  std::optional<storage::RunLine> line;
  if (read.ec == std::errc{}) line = catalogue.run(number);
  if (!line) throw Error(fmt::format("there is no run {} in the catalogue; `spillway runs` lists them", text));
  return *line;
}

std::vector<std::filesystem::path> event_files(const storage::Catalogue& catalogue,
                                               const std::filesystem::path& data_folder, std::uint64_t run) {
  const std::filesystem::path folder = storage::run_folder(data_folder, run);
  std::vector<std::filesystem::path> files;
  for (const auto& [name, digest] : catalogue.files(run)) {
    files.emplace_back(name);
  }
  std::sort(files.begin(), files.end());
  return files.empty() ? storage::event_files_in(folder) : files;
}

}  // namespace spillway::cli
