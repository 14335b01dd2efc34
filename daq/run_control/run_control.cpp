#include "daq/run_control/run_control.hpp"

#include <cstdio>
#include <fstream>

#include <fmt/format.h>

#include "daq/base/version.hpp"
#include "daq/run_control/session.hpp"
#include "daq/run_control/summary.hpp"
#include "daq/service/endpoints.hpp"
#include "daq/service/service.hpp"
#include "daq/storage/event_file.hpp"
#include "daq/storage/summary_text.hpp"
#include "detectors/registry.hpp"

namespace spillway::run_control {

namespace fs = std::filesystem;

namespace {

/// A folder that is gone with the object.
class SocketFolder {
 public:
  explicit SocketFolder(std::uint64_t run) : path_(service::make_socket_directory(run)) {}
  ~SocketFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  SocketFolder(const SocketFolder&) = delete;
  SocketFolder& operator=(const SocketFolder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

fs::path make_run_folder(const fs::path& data, std::uint64_t run, const Config& config) {
  fs::path folder = storage::run_folder(data, run);
  std::error_code failed;
  fs::create_directories(folder / "logs", failed);
  if (failed) throw Error(fmt::format("cannot make the run folder {}: {}", folder.string(), failed.message()));
  std::ofstream copy(folder / "config.toml", std::ios::binary);
  copy << config.text();
  copy.close();
  if (!copy) throw Error(fmt::format("cannot write {}: is the disk full?", (folder / "config.toml").string()));
  return folder;
}

/// Standard error may be a full disk or a terminal that is gone: nothing is thrown.
void say(const std::string& text) {
  std::fputs((text + "\n").c_str(), stderr);
}

/// False, and said, where standard output takes nothing.
bool print(const model::RunSummary& summary, bool json) {
  const std::string text = json ? storage::to_json(summary).dump() + "\n" : storage::summary_text(summary);
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return true;
  say("the summary could not be written to standard output; `spillway show` has it");
  return false;
}

void add(model::RunSummary& summary, const FileDisposal& disposal) {
  if (!disposal.text().empty()) {
    summary.reasons.push_back(disposal.text());
    std::erase_if(summary.files, [](const std::string& file) { return !fs::exists(file); });
  }
  const std::vector<std::string> problems = disposal.problems();
  if (problems.empty()) return;
  summary.reasons.insert(summary.reasons.end(), problems.begin(), problems.end());
  if (summary.condition == model::Condition::kComplete) summary.condition = model::Condition::kIncomplete;
}

Outcome conduct(const Options& options, const Config& config, const model::Setup& setup, RunRecords& records,
                const fs::path& programs, model::RunSummary& summary) {
  const std::uint64_t run = records.run();
  service::remove_stale_socket_directories(service::socket_base());
  const SocketFolder sockets(run);
  Places places{programs, options.data, make_run_folder(options.data, run, config), ""};
  Session session(options, config, setup, records, places, sockets.path());
  Outcome outcome = session.conduct();
  summary = summarize(outcome, run, setup.name, setup.epoch, storage::event_files_in(places.run_directory));
  summary.cpu_s = session.cpu_s();
  add(summary, session.disposal());
  if (const auto problem = session.store(summary); !problem.empty()) {
    summary.reasons.push_back("the catalogue could not be written: " + problem);
    // The next run will find it unfinished there, and say so.
    if (summary.condition == model::Condition::kComplete) summary.condition = model::Condition::kIncomplete;
  }
  session.close(summary);
  return outcome;
}

}  // namespace

int take_run(const Options& options, const fs::path& programs) {
  const Config config = Config::load(options.config, options.overrides);
  const model::Setup setup = detectors::load_setup(config);
  std::error_code failed;
  fs::create_directories(options.data, failed);
  if (failed) throw Error(fmt::format("cannot make the data folder {}: {}", options.data.string(), failed.message()));
  RunRecords records(options.data, {.setup = setup.name,
                                    .config_text = config.text(),
                                    .overrides = config.overrides(),
                                    .seed = options.seed,
                                    .speed = options.speed,
                                    .replay = options.replay,
                                    .version = version_text()});
  say(fmt::format("run {} of {} in {}", records.run(), setup.name,
                  storage::run_folder(options.data, records.run()).string()));

  model::RunSummary summary;
  Outcome outcome;
  try {
    outcome = conduct(options, config, setup, records, programs, summary);
  } catch (const Error& error) {
    outcome.setup_error = error.what();
    summary = summarize(outcome, records.run(), setup.name, setup.epoch, {});
    static_cast<void>(records.end(summary));
  }
  if (!outcome.setup_error.empty()) {
    say(outcome.setup_error);
    if (options.json) print(summary, true);
    return 2;
  }
  if (!print(summary, options.json)) return 2;
  return summary.condition == model::Condition::kComplete ? 0 : 1;
}

}  // namespace spillway::run_control
