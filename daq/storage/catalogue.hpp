#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "daq/model/run_summary.hpp"

namespace spillway::storage {

/// One line of `spillway runs`.
struct RunLine {
  std::uint64_t run = 0;
  std::string setup;
  std::string condition;  ///< RUNNING, COMPLETE, INCOMPLETE, ABORTED
  std::string started_utc;
  std::string ended_utc;  ///< "" while it runs
  std::string digest;
  std::string query_endpoint, status_endpoint;
  bool alive = false;  ///< RUNNING, and the run control that began it still lives
};

struct NewRun {
  std::string setup;
  std::string config_text;
  std::vector<std::string> overrides;
  std::uint64_t seed = 0;
  double speed = 1;
  std::string replay;
  std::string version;
};

/// The one SQLite file (WAL) of a data folder: runs, files with digests, ledgers, live time, counts, alarms, comments.
/// Several processes may use it at once. Throws Error naming file and statement.
class Catalogue {
 public:
  /// Opens or makes `<data>/catalogue.sqlite`.
  explicit Catalogue(const std::filesystem::path& data_folder, bool read_only = false);
  ~Catalogue();
  Catalogue(Catalogue&&) noexcept;

  /// Allocates the next run number; two processes at once get distinct ones.
  std::uint64_t begin_run(const NewRun& run);
  void set_endpoints(std::uint64_t run, const std::string& query, const std::string& status);
  /// Stores the summary of a finished run, with its files' digests from their manifests.
  void end_run(const model::RunSummary& summary);
  void add_alarm(std::uint64_t run, const std::string& text);
  void add_comment(std::uint64_t run, const std::string& text);
  /// The run's file of this name is not listed any more, wherever the data folder was when it was written.
  void forget_file(std::uint64_t run, const std::string& name);
  /// A file listed under the name of `old_file`, wherever the data folder was, is `new_file` from now on.
  void replace_file(const std::filesystem::path& old_file, const std::filesystem::path& new_file,
                    const std::string& digest);

  /// A run that was COMPLETE is INCOMPLETE from now on, for this reason.
  void take_back_complete(std::uint64_t run, const std::string& reason);

  [[nodiscard]] std::vector<RunLine> runs() const;  ///< by number
  [[nodiscard]] std::optional<RunLine> run(std::uint64_t number) const;
  /// Runs whose run control died become INCOMPLETE ("run control died").
  void close_orphans();
  [[nodiscard]] std::optional<model::RunSummary> summary(std::uint64_t run) const;
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> comments(std::uint64_t run) const;  ///< time, text
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> alarms(std::uint64_t run) const;
  /// File -> digest, of one run. A data folder may be moved or copied: files are looked for in the run's folder beside
  /// this catalogue, as summary() does.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> files(std::uint64_t run) const;
  [[nodiscard]] std::string config_text(std::uint64_t run) const;

  struct State;  ///< for the sources of this class alone

 private:
  std::unique_ptr<State> state_;
};

std::filesystem::path catalogue_path(const std::filesystem::path& data_folder);
/// $SPILLWAY_DATA, else $XDG_DATA_HOME/spillway, else ~/.local/share/spillway.
std::filesystem::path default_data_folder();
/// "<data>/run000042"
std::filesystem::path run_folder(const std::filesystem::path& data_folder, std::uint64_t run);

/// The JSON object of `spillway run --json` and `show --json`; its fields are a contract (docs/json.md).
nlohmann::ordered_json to_json(const model::RunSummary& summary);
/// Parts of it: an object of `counts`, and the list `livetime`.
nlohmann::ordered_json to_json(const model::DetectorCounts& counts);
nlohmann::ordered_json to_json(const std::vector<model::DetectorBooks>& livetime);

}  // namespace spillway::storage
