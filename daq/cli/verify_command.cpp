#include <algorithm>
#include <iostream>
#include <map>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daq/base/error.hpp"
#include "daq/cli/command.hpp"
#include "daq/cli/data_folder.hpp"
#include "daq/cli/file_groups.hpp"
#include "daq/storage/verify.hpp"
#include "detectors/payload_codecs.hpp"

namespace spillway::cli {
namespace {

struct Options {
  DataFolder data;
  std::vector<std::string> what;
  bool json = false;
};

void add(storage::Verification& to, const storage::Verification& from) {
  to.files.insert(to.files.end(), from.files.begin(), from.files.end());
  to.complaints.insert(to.complaints.end(), from.complaints.begin(), from.complaints.end());
  to.notes.insert(to.notes.end(), from.notes.begin(), from.notes.end());
  to.digest = from.digest;
}

storage::Verification verify_run(const DataFolder& data, const std::string& text) {
  storage::Verification result;
  try {
    const storage::Catalogue catalogue = data.open();
    const auto line = find_run(catalogue, text);
    if (line.alive) {
      result.complaints.push_back(fmt::format(
          "run {} is still under way and cannot be verified; `spillway stop {}` ends it", line.run, line.run));
      return result;
    }
    const auto files = event_files(catalogue, data.path(), line.run);
    if (files.empty()) {
      result.complaints.push_back(
          fmt::format("run {} has no event file in {}; `spillway prune` or storage.keep = \"none\" may have deleted it",
                      line.run, storage::run_folder(data.path(), line.run).string()));
      return result;
    }
    return storage::verify(files, storage::catalogue_path(data.path()), line.run, detectors::payload_codecs());
  } catch (const Error& error) {
    result.complaints.emplace_back(error.what());
    return result;
  }
}

storage::Verification verify_files(const std::vector<std::filesystem::path>& files, const DataFolder& data) {
  return storage::verify(files,
                         data.given.empty() ? catalogue_near(files.front()) : storage::catalogue_path(data.path()),
                         std::nullopt, detectors::payload_codecs());
}

int verify(const Options& options, Call& call) {
  storage::Verification result;
  std::vector<std::filesystem::path> files;
  std::size_t groups = 0;
  for (const std::string& what : options.what) {
    if (names_a_run(what) && !std::filesystem::exists(what)) {
      add(result, verify_run(options.data, what));
      ++groups;
    } else {
      files.push_back(std::filesystem::absolute(what).lexically_normal());
    }
  }
  for (const auto& group : by_run(files)) {
    add(result, verify_files(group, options.data));
    ++groups;
  }
  if (groups > 1) result.digest.clear();
  const bool good = result.complaints.empty();
  if (options.json) {
    const nlohmann::ordered_json object = {{"ok", good},
                                           {"complaints", result.complaints},
                                           {"notes", result.notes},
                                           {"files", result.files},
                                           {"digest", result.digest}};
    call.out << object.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
    return good ? kOk : kWrong;
  }
  for (const std::string& complaint : result.complaints) call.out << "WRONG  " << complaint << '\n';
  for (const std::string& note : result.notes) call.out << "note   " << note << '\n';
  if (!result.digest.empty()) call.out << "digest " << result.digest << '\n';
  call.out << fmt::format(
      "{} file{}: {}\n", result.files.size(), result.files.size() == 1 ? "" : "s",
      good ? "everything that was checked holds"
           : fmt::format("{} thing{} wrong", result.complaints.size(), result.complaints.size() == 1 ? "" : "s"));
  return good ? kOk : kWrong;
}

}  // namespace

Action define_verify(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("WHAT", options->what, "Runs (a number or `latest`) or event files")
      ->required()
      ->type_name("RUN|FILE");
  options->data.add_to(app);
  app.add_flag("--json", options->json, "Print one JSON object: ok, complaints, notes, files, digest");
  return [options](Call& call) { return verify(*options, call); };
}

}  // namespace spillway::cli
