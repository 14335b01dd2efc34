#include <iostream>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daq/base/error.hpp"
#include "daq/cli/command.hpp"
#include "daq/cli/data_folder.hpp"
#include "daq/cli/run_tables.hpp"

namespace spillway::cli {
namespace {

struct Options {
  DataFolder data;
  std::string run;
  std::string folder;
  bool force = false;
  bool json = false;
};

int export_run(const Options& options, Call& call) {
  const storage::Catalogue catalogue = options.data.open();
  const auto line = find_run(catalogue, options.run);
  const auto files = event_files(catalogue, options.data.path(), line.run);
  for (const auto& file : files) {
    if (!std::filesystem::exists(file)) {
      throw Error(
          fmt::format("{} is gone, so run {} cannot be exported as a whole; `spillway show {}` still has its "
                      "summary",
                      file.string(), line.run, line.run));
    }
  }
  if (files.empty()) {
    throw Error(
        fmt::format("run {} has no event file left; `spillway show {}` still has its summary", line.run, line.run));
  }
  auto tables = file_tables(files);
  for (auto& table : summary_tables(catalogue.summary(line.run).value_or(model::RunSummary{}))) {
    tables.push_back(std::move(table));
  }
  const auto folder = std::filesystem::absolute(options.folder).lexically_normal();
  write_csv(folder, tables, options.force);

  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const CsvTable& table : tables) {
    const std::string file = (folder / (table.name + ".csv")).string();
    list.push_back({{"file", file}, {"rows", table.rows.size()}});
    if (!options.json) call.out << fmt::format("{}: {} rows\n", file, table.rows.size());
  }
  if (options.json) {
    call.out << nlohmann::ordered_json({{"ok", true}, {"run", line.run}, {"files", list}}).dump(2) << '\n';
  }
  return kOk;
}

}  // namespace

Action define_export(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("RUN", options->run, "Number of the run, or `latest`")->required();
  app.add_option("--csv", options->folder, "Folder for one .csv file a table")->required()->type_name("DIR");
  app.add_flag("--force", options->force, "Overwrite files that are there");
  options->data.add_to(app);
  app.add_flag("--json", options->json, "Print one JSON object: ok, run, files [{file, rows}]");
  return [options](Call& call) { return export_run(*options, call); };
}

}  // namespace spillway::cli
