#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace spillway::cli {

struct EventFile {
  std::filesystem::path path;
  std::uint64_t run = 0;
  std::uint64_t bytes = 0;
  bool deletable = false;  ///< closed, and its run has ended
};

/// The oldest deletable files (by run, then name) without which the rest is at most `keep_bytes`, or as near to it as
/// deletable files allow.
[[nodiscard]] std::vector<EventFile> files_to_delete(std::vector<EventFile> files, std::uint64_t keep_bytes);

}  // namespace spillway::cli
