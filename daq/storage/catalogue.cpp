#include "daq/storage/catalogue.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "daq/base/error.hpp"
#include "daq/storage/catalogue_database.hpp"
#include "daq/storage/catalogue_schema.hpp"
#include "daq/storage/space_ahead.hpp"

namespace spillway::storage {
namespace {

constexpr int kBusyTimeoutMs = 20'000;

std::string utc_now() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
}

/// When the process started, in clock ticks since boot: with its id it names a process for good. 0: there is no such
/// process, or it is a zombie.
std::int64_t process_start(std::int64_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string line;
  if (pid <= 0 || !std::getline(file, line)) return 0;
  const auto after_name = line.rfind(')');
  if (after_name == std::string::npos) return 0;
  std::istringstream fields(line.substr(after_name + 1));
  std::string field;
  constexpr int kStateField = 1;
  constexpr int kStartField = 20;
  for (int i = kStateField; i <= kStartField && fields >> field; ++i) {
    if (i == kStateField && (field == "Z" || field == "X")) return 0;
  }
  return std::strtoll(field.c_str(), nullptr, 10);
}

/// The highest number among the run folders: it stays taken even where the catalogue is new.
std::uint64_t highest_run_folder(const std::filesystem::path& data_folder) {
  std::uint64_t highest = 0;
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(data_folder, problem)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("run") || name.size() < 4) continue;
    if (!std::all_of(name.begin() + 3, name.end(), [](char c) { return c >= '0' && c <= '9'; })) continue;
    highest = std::max<std::uint64_t>(highest, std::strtoull(name.c_str() + 3, nullptr, 10));
  }
  return highest;
}

constexpr const char* kRunColumns =
    "SELECT run, setup, condition, started_utc, ended_utc, digest, query_endpoint, status_endpoint, pid, pid_started "
    "FROM runs ";

RunLine run_line(CatalogueStatement& row) {
  RunLine line{row.count(0), row.text(1), row.text(2), row.text(3), row.text(4),
               row.text(5),  row.text(6), row.text(7), false};
  const std::int64_t started = line.condition == "RUNNING" ? process_start(row.integer(8)) : 0;
  line.alive = started != 0 && started == row.integer(9);
  return line;
}

std::vector<std::pair<std::string, std::string>> pairs(CatalogueStatement row) {
  std::vector<std::pair<std::string, std::string>> list;
  while (row.step()) list.emplace_back(row.text(0), row.text(1));
  return list;
}

}  // namespace

void CatalogueStatement::guarded(const std::function<void()>& action) {
  try {
    action();
  } catch (const SQLite::Exception& problem) {
    throw Error(where_ + ": " + problem.what() + " in: " + sql_);
  }
}

void Catalogue::State::execute(const std::string& sql) const {
  try {
    database->exec(sql);
  } catch (const SQLite::Exception& problem) {
    throw Error(path.string() + ": " + problem.what() + " in: " + sql);
  }
}

bool Catalogue::State::has_column(const char* table, const char* column) const {
  CatalogueStatement row = statement("SELECT 1 FROM pragma_table_info(?) WHERE name = ?");
  return row.bind(table, column).step();
}

void Catalogue::State::add_reason(std::uint64_t run, const std::string& text) const {
  statement("INSERT INTO reasons SELECT ?, coalesce(max(position) + 1, 0), ? FROM reasons WHERE run = ?")
      .bind(run, text, run)
      .run();
}

std::string Catalogue::State::present_path(std::uint64_t run, const std::string& listed) const {
  const auto data_folder = std::filesystem::absolute(path).lexically_normal().parent_path();
  return run_folder(data_folder, run) / std::filesystem::path(listed).filename();
}

void Catalogue::State::transaction(const std::function<void()>& action) const {
  execute("BEGIN IMMEDIATE");
  try {
    action();
    execute("COMMIT");
  } catch (...) {
    database->tryExec("ROLLBACK");
    throw;
  }
}

Catalogue::Catalogue(const std::filesystem::path& data_folder, bool read_only) : state_(std::make_unique<State>()) {
  state_->path = catalogue_path(data_folder);
  try {
    if (read_only) {
      state_->database =
          std::make_unique<SQLite::Database>(state_->path.string(), SQLite::OPEN_READONLY, kBusyTimeoutMs);
      return;
    }
    std::filesystem::create_directories(data_folder);
    // Going over to WAL and making the tables is the business of one process at a time.
    const FileDescriptor folder(data_folder, O_RDONLY | O_DIRECTORY);
    ::flock(folder.get(), LOCK_EX);
    state_->database = std::make_unique<SQLite::Database>(state_->path.string(),
                                                          SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyTimeoutMs);
    state_->execute("PRAGMA journal_mode = WAL");
    state_->execute("PRAGMA synchronous = FULL");
    state_->execute(kCatalogueSchema);
    if (!state_->has_column("runs", "performance")) {
      state_->execute("ALTER TABLE runs ADD COLUMN performance TEXT NOT NULL DEFAULT '{}'");
    }
  } catch (const SQLite::Exception& problem) {
    throw Error(state_->path.string() + ": cannot be opened: " + problem.what());
  } catch (const std::filesystem::filesystem_error& problem) {
    throw Error(data_folder.string() + ": cannot be made: " + problem.what());
  }
}

Catalogue::~Catalogue() = default;
Catalogue::Catalogue(Catalogue&&) noexcept = default;

std::uint64_t Catalogue::begin_run(const NewRun& run) {
  std::uint64_t number = 0;
  state_->transaction([&] {
    CatalogueStatement highest = state_->statement("SELECT coalesce(max(run), 0) FROM runs");
    highest.step();
    number = std::max(highest.count(0), highest_run_folder(state_->path.parent_path())) + 1;
    const std::int64_t pid = ::getpid();
    state_
        ->statement(
            "INSERT INTO runs (run, setup, config_text, seed, speed, replay, version, condition, started_utc, "
            "pid, pid_started) VALUES (?, ?, ?, ?, ?, ?, ?, 'RUNNING', ?, ?, ?)")
        .bind(number, run.setup, run.config_text, run.seed, run.speed, run.replay, run.version, utc_now(), pid,
              process_start(pid))
        .run();
    CatalogueStatement add = state_->statement("INSERT INTO overrides VALUES (?, ?, ?)");
    for (std::uint64_t i = 0; i < run.overrides.size(); ++i) add.bind(number, i, run.overrides[i]).run();
  });
  return number;
}

void Catalogue::set_endpoints(std::uint64_t run, const std::string& query, const std::string& status) {
  state_->statement("UPDATE runs SET query_endpoint = ?, status_endpoint = ? WHERE run = ?")
      .bind(query, status, run)
      .run();
}

void Catalogue::end_run(const model::RunSummary& summary) {
  state_->transaction([&] {
    store_summary(*state_, summary);
    state_->statement("UPDATE runs SET ended_utc = ? WHERE run = ?").bind(utc_now(), summary.run).run();
  });
}

void Catalogue::add_alarm(std::uint64_t run, const std::string& text) {
  state_->statement("INSERT INTO alarms (run, utc, text) VALUES (?, ?, ?)").bind(run, utc_now(), text).run();
}

void Catalogue::add_comment(std::uint64_t run, const std::string& text) {
  if (!this->run(run)) throw Error(fmt::format("{}: there is no run {}", state_->path.string(), run));
  state_->statement("INSERT INTO comments (run, utc, text) VALUES (?, ?, ?)").bind(run, utc_now(), text).run();
}

void Catalogue::forget_file(std::uint64_t run, const std::string& name) {
  state_->statement("DELETE FROM files WHERE run = ? AND substr(path, -length(?)) = ?")
      .bind(run, "/" + name, "/" + name)
      .run();
}

void Catalogue::replace_file(const std::filesystem::path& old_file, const std::filesystem::path& new_file,
                             const std::string& digest) {
  const std::string name = "/" + old_file.filename().string();
  state_->statement("UPDATE files SET path = ?, digest = ? WHERE substr(path, -length(?)) = ?")
      .bind(new_file.string(), digest, name, name)
      .run();
}

void Catalogue::take_back_complete(std::uint64_t run, const std::string& reason) {
  state_->transaction([&] {
    const auto line = this->run(run);
    if (!line || line->condition != "COMPLETE") return;
    state_->statement("UPDATE runs SET condition = 'INCOMPLETE' WHERE run = ?").bind(run).run();
    state_->add_reason(run, reason);
  });
}

std::vector<RunLine> Catalogue::runs() const {
  CatalogueStatement row = state_->statement(std::string(kRunColumns) + "ORDER BY run");
  std::vector<RunLine> lines;
  while (row.step()) lines.push_back(run_line(row));
  return lines;
}

std::optional<RunLine> Catalogue::run(std::uint64_t number) const {
  CatalogueStatement row = state_->statement(std::string(kRunColumns) + "WHERE run = ?");
  if (!row.bind(number).step()) return std::nullopt;
  return run_line(row);
}

void Catalogue::close_orphans() {
  state_->transaction([&] {
    for (const RunLine& line : runs()) {
      if (line.condition != "RUNNING" || line.alive) continue;
      state_->statement("UPDATE runs SET condition = 'INCOMPLETE', ended_utc = ? WHERE run = ?")
          .bind(utc_now(), line.run)
          .run();
      state_->add_reason(line.run, "run control died");
    }
  });
}

std::optional<model::RunSummary> Catalogue::summary(std::uint64_t run) const {
  return load_summary(*state_, run);
}

std::vector<std::pair<std::string, std::string>> Catalogue::comments(std::uint64_t run) const {
  CatalogueStatement row = state_->statement("SELECT utc, text FROM comments WHERE run = ? ORDER BY id");
  return pairs(std::move(row.bind(run)));
}

std::vector<std::pair<std::string, std::string>> Catalogue::alarms(std::uint64_t run) const {
  CatalogueStatement row = state_->statement("SELECT utc, text FROM alarms WHERE run = ? ORDER BY id");
  return pairs(std::move(row.bind(run)));
}

std::vector<std::pair<std::string, std::string>> Catalogue::files(std::uint64_t run) const {
  CatalogueStatement row = state_->statement("SELECT path, digest FROM files WHERE run = ? ORDER BY position");
  auto files = pairs(std::move(row.bind(run)));
  for (auto& [path, digest] : files) path = state_->present_path(run, path);
  return files;
}

std::string Catalogue::config_text(std::uint64_t run) const {
  CatalogueStatement row = state_->statement("SELECT config_text FROM runs WHERE run = ?");
  if (!row.bind(run).step()) throw Error(fmt::format("{}: there is no run {}", state_->path.string(), run));
  return row.text(0);
}

std::filesystem::path catalogue_path(const std::filesystem::path& data_folder) {
  return data_folder / "catalogue.sqlite";
}

std::filesystem::path default_data_folder() {
  const auto variable = [](const char* name) -> std::string {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  if (const std::string own = variable("SPILLWAY_DATA"); !own.empty()) return own;
  if (const std::string data = variable("XDG_DATA_HOME"); !data.empty()) {
    return std::filesystem::path(data) / "spillway";
  }
  const std::string home = variable("HOME");
  return std::filesystem::path(home.empty() ? "." : home) / ".local/share/spillway";
}

std::filesystem::path run_folder(const std::filesystem::path& data_folder, std::uint64_t run) {
  return data_folder / fmt::format("run{:06}", run);
}

}  // namespace spillway::storage
