#include <iostream>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daq/base/error.hpp"
#include "daq/cli/command.hpp"
#include "daq/cli/data_folder.hpp"
#include "daq/cli/prune_plan.hpp"
#include "daq/storage/event_file.hpp"
#include "daq/storage/manifest.hpp"
#include "daq/storage/text.hpp"

namespace spillway::cli {
namespace {

struct Options {
  DataFolder data;
  std::uint64_t keep_bytes = 0;
  bool dry_run = false;
  bool json = false;
};

std::vector<EventFile> stored_files(const storage::Catalogue& catalogue, const std::filesystem::path& data_folder) {
  std::vector<EventFile> files;
  for (const auto& line : catalogue.runs()) {
    const bool ended = !line.alive;
    for (const auto& path : storage::event_files_in(storage::run_folder(data_folder, line.run))) {
      std::error_code gone;
      const std::uint64_t bytes = std::filesystem::file_size(path, gone);
      const bool closed = !path.string().ends_with(storage::kWriting);
      if (!gone) files.push_back({path, line.run, bytes, closed && ended});
    }
  }
  return files;
}

void delete_file(storage::Catalogue& catalogue, std::uint64_t run, const std::filesystem::path& file) {
  std::error_code failed;
  std::filesystem::remove(file, failed);
  if (failed) {
    throw Error(
        fmt::format("{} cannot be deleted: {}; look at the rights of its folder", file.string(), failed.message()));
  }
  std::filesystem::remove(storage::manifest_path(file), failed);
  catalogue.forget_file(run, file.filename().string());
}

int prune(const Options& options, Call& call) {
  storage::Catalogue catalogue = options.data.open(options.dry_run);
  if (!options.dry_run) catalogue.close_orphans();
  const auto files = stored_files(catalogue, options.data.path());
  std::uint64_t rest = 0;
  for (const EventFile& file : files) rest += file.bytes;
  nlohmann::ordered_json deleted = nlohmann::ordered_json::array();
  for (const EventFile& file : files_to_delete(files, options.keep_bytes)) {
    if (!options.dry_run) delete_file(catalogue, file.run, file.path);
    rest -= file.bytes;
    deleted.push_back({{"run", file.run}, {"file", file.path.string()}, {"bytes", file.bytes}});
    if (!options.json) {
      call.out << fmt::format("{} {} ({})\n", options.dry_run ? "would delete" : "deleted", file.path.string(),
                              storage::human_bytes(file.bytes));
    }
  }
  const bool reached = rest <= options.keep_bytes;
  if (options.json) {
    const nlohmann::ordered_json object = {
        {"ok", reached}, {"dry_run", options.dry_run}, {"deleted", deleted}, {"kept_bytes", rest}};
    call.out << object.dump(2) << '\n';
  } else {
    call.out << fmt::format("{} files {}, {} kept; what the catalogue knows of the runs stays\n", deleted.size(),
                            options.dry_run ? "would go" : "deleted", storage::human_bytes(rest));
    if (!reached) call.err << "spillway prune: what is left belongs to a run that is under way, or was never closed\n";
  }
  return reached ? kOk : kWrong;
}

}  // namespace

Action define_prune(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("--keep-bytes", options->keep_bytes, "Delete until the event files take at most so much (500GB, 2TiB)")
      ->required()
      ->type_name("N")
      ->transform(CLI::AsSizeValue(true))
      ->transform([](const std::string& size) {  // before the other one, which takes -1 for the largest number
        if (size.starts_with('-')) throw CLI::ValidationError("--keep-bytes", size + " is less than 0");
        return size;
      });
  app.add_flag("--dry-run", options->dry_run, "Say what would be deleted, and delete nothing");
  options->data.add_to(app);
  app.add_flag("--json", options->json, "Print one JSON object: ok, dry_run, deleted [{run, file, bytes}], kept_bytes");
  return [options](Call& call) { return prune(*options, call); };
}

}  // namespace spillway::cli
