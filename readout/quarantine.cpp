#include "readout/quarantine.hpp"

#include <algorithm>

namespace spillway::readout {

void Quarantine::keep(const std::string& stream, ByteView frame) {
  auto found = files_.find(stream);
  if (found == files_.end()) {
    std::error_code ignored;
    std::filesystem::create_directories(folder_, ignored);
    std::string name = stream;
    std::replace(name.begin(), name.end(), '/', '_');
    // A process that comes in place of another one goes on in its file.
    const auto path = folder_ / (name + ".bin");
    const auto there = std::filesystem::file_size(path, ignored);
    found =
        files_.emplace(stream, File{std::ofstream(path, std::ios::binary | std::ios::app), ignored ? 0 : there}).first;
  }
  File& file = found->second;
  const auto size = static_cast<std::uint32_t>(frame.size());
  if (!file.stream || file.bytes + sizeof size + size > kMostBytes) return;
  file.stream.write(reinterpret_cast<const char*>(&size), sizeof size);
  file.stream.write(reinterpret_cast<const char*>(frame.data()), static_cast<std::streamsize>(frame.size()));
  if (!file.stream.flush()) return;
  file.bytes += sizeof size + size;
  ++kept_;
}

}  // namespace spillway::readout
