#include "daq/cli/file_groups.hpp"

#include <map>
#include <set>

#include "daq/storage/catalogue.hpp"

namespace spillway::cli {

std::vector<std::vector<std::filesystem::path>> by_run(const std::vector<std::filesystem::path>& files) {
  std::map<std::filesystem::path, std::set<std::filesystem::path>> groups;
  for (const auto& file : files) {
    const std::string name = file.filename().string();
    groups[file.parent_path() / name.substr(0, name.rfind('_'))].insert(file);
  }
  std::vector<std::vector<std::filesystem::path>> list;
  list.reserve(groups.size());
  for (const auto& [key, group] : groups) list.emplace_back(group.begin(), group.end());
  return list;
}

std::filesystem::path catalogue_near(const std::filesystem::path& file) {
  const auto folder = std::filesystem::absolute(file).parent_path();
  const auto beside = storage::catalogue_path(folder);
  return std::filesystem::exists(beside) ? beside : storage::catalogue_path(folder.parent_path());
}

}  // namespace spillway::cli
