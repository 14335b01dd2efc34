#pragma once

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "daq/cli/command.hpp"
#include "daq/storage/catalogue.hpp"

namespace spillway::cli {

/// A folder of its own, gone at the end.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "spillway-cli-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

struct Outcome {
  int status = 0;
  std::string out;
  std::string err;
};

/// What `spillway` with these arguments prints and exits with.
inline Outcome spillway(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  const int status = command_line(arguments, out, err);
  return {status, out.str(), err.str()};
}

inline storage::NewRun new_run(const std::string& setup) {
  storage::NewRun run;
  run.setup = setup;
  run.config_text = "[setup]\n";
  return run;
}

/// The folder of the sources.
inline std::filesystem::path root() {
  return SPILLWAY_SOURCE_DIR;
}

}  // namespace spillway::cli
