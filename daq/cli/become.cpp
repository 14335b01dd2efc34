#include "daq/cli/become.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include "daq/base/error.hpp"

namespace spillway::cli {

void become(const std::string& program, const std::vector<std::string>& arguments) {
  const auto path = std::filesystem::read_symlink("/proc/self/exe").parent_path() / program;
  std::vector<std::string> words = {path.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  execv(path.c_str(), pointers.data());
  throw Error(fmt::format("{} cannot be started: {}; it belongs beside `spillway`, build or install it there",
                          path.string(), std::strerror(errno)));
}

}  // namespace spillway::cli
