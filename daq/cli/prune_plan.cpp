#include "daq/cli/prune_plan.hpp"

#include <algorithm>
#include <tuple>

namespace spillway::cli {

std::vector<EventFile> files_to_delete(std::vector<EventFile> files, std::uint64_t keep_bytes) {
  std::sort(files.begin(), files.end(),
            [](const EventFile& a, const EventFile& b) { return std::tie(a.run, a.path) < std::tie(b.run, b.path); });
  std::uint64_t bytes = 0;
  for (const EventFile& file : files) bytes += file.bytes;
  std::vector<EventFile> chosen;
  for (const EventFile& file : files) {
    if (bytes <= keep_bytes) break;
    if (!file.deletable) continue;
    bytes -= file.bytes;
    chosen.push_back(file);
  }
  return chosen;
}

}  // namespace spillway::cli
