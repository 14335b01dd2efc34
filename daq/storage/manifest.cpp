#include "daq/storage/manifest.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daq/base/bytes.hpp"
#include "daq/base/error.hpp"
#include "daq/storage/space_ahead.hpp"

namespace spillway::storage {
namespace {

constexpr std::uint64_t kBlockBytes = 1U << 20U;
constexpr const char* kFormat = "spillway-manifest-1";

struct BlockDigests {
  std::uint64_t bytes = 0;
  std::vector<std::string> sha256;
};

BlockDigests digest_blocks(const std::filesystem::path& file) {
  const FileDescriptor descriptor(file, O_RDONLY);
  BlockDigests digests;
  Bytes block(kBlockBytes);
  Sha256 hash;
  for (;;) {
    std::size_t filled = 0;
    while (filled < block.size()) {
      const ssize_t got = ::pread(descriptor.get(), block.data() + filled, block.size() - filled,
                                  static_cast<off_t>(digests.bytes + filled));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw Error(file.string() + ": cannot be read: " + std::strerror(errno));
      if (got == 0) break;
      filled += static_cast<std::size_t>(got);
    }
    if (filled == 0) break;
    digests.sha256.push_back(hash.update(ByteView(block).first(filled)).hex());
    digests.bytes += filled;
    if (filled < block.size()) break;
  }
  return digests;
}

std::string digest_over(const std::vector<std::string>& blocks) {
  Sha256 hash;
  for (const std::string& block : blocks) hash.update(as_byte_view(block));
  return hash.hex();
}

std::string text_of(const BlockDigests& digests) {
  nlohmann::ordered_json json = {{"format", kFormat},
                                 {"bytes", digests.bytes},
                                 {"block_bytes", kBlockBytes},
                                 {"sha256", digests.sha256},
                                 {"digest", digest_over(digests.sha256)},
                                 {"manifest_sha256", ""}};
  json["manifest_sha256"] = Sha256().update(as_byte_view(json.dump(1))).hex();
  return json.dump(1) + "\n";
}

struct Manifest {
  BlockDigests blocks;
  std::string digest;
};

/// Throws Error where the manifest is not what write_manifest() wrote.
Manifest read_manifest(const std::filesystem::path& file) {
  const std::filesystem::path path = manifest_path(file);
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw Error(path.string() + ": there is no manifest");
  std::ostringstream text;
  text << stream.rdbuf();
  try {
    const auto json = nlohmann::json::parse(text.str());
    Manifest manifest;
    json.at("bytes").get_to(manifest.blocks.bytes);
    json.at("sha256").get_to(manifest.blocks.sha256);
    json.at("digest").get_to(manifest.digest);
    if (text_of(manifest.blocks) != text.str()) throw Error(path.string() + ": the manifest itself is damaged");
    return manifest;
  } catch (const nlohmann::json::exception&) {
    throw Error(path.string() + ": the manifest itself is damaged");
  }
}

void write_all(int descriptor, const std::string& text, const std::filesystem::path& path) {
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t n = ::pwrite(descriptor, text.data() + written, text.size() - written, static_cast<off_t>(written));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw Error(path.string() + ": cannot be written: " + std::strerror(errno));
    written += static_cast<std::size_t>(n);
  }
}

}  // namespace

std::filesystem::path manifest_room(const std::filesystem::path& manifest) {
  return manifest.string() + ".room";
}

std::filesystem::path manifest_path(const std::filesystem::path& file) {
  return file.string() + ".manifest.json";
}

std::uint64_t manifest_bytes(std::uint64_t file_bytes) {
  constexpr std::uint64_t kPerBlock = 72;  // 64 digits, quotes, comma, indentation, end of line
  constexpr std::uint64_t kFrame = 1024;
  constexpr std::uint64_t kPage = 4096;
  return ((file_bytes / kBlockBytes + 1) * kPerBlock + kFrame + kPage - 1) / kPage * kPage;
}

void write_manifest(const std::filesystem::path& file, const std::filesystem::path& manifest) {
  const std::filesystem::path target = manifest.empty() ? manifest_path(file) : manifest;
  const std::filesystem::path writing = manifest_room(target);
  const std::string text = text_of(digest_blocks(file));
  {
    const FileDescriptor descriptor(writing, O_RDWR | O_CREAT);
    write_all(descriptor.get(), text, writing);
    if (::ftruncate(descriptor.get(), static_cast<off_t>(text.size())) != 0 || ::fsync(descriptor.get()) != 0) {
      throw Error(writing.string() + ": cannot be made durable: " + std::strerror(errno));
    }
  }
  std::filesystem::rename(writing, target);
  sync_folder(target.parent_path());
}

std::vector<ManifestFault> manifest_faults(const std::filesystem::path& file) {
  std::vector<ManifestFault> faults;
  std::optional<Manifest> manifest;
  BlockDigests found;
  try {
    manifest = read_manifest(file);
    found = digest_blocks(file);
  } catch (const Error& problem) {
    return {{problem.what()}};
  }
  const BlockDigests& expected = manifest->blocks;
  if (found.bytes != expected.bytes) {
    faults.push_back({fmt::format("the file has {} bytes, its manifest says {}", found.bytes, expected.bytes)});
  }
  const std::uint64_t common = std::min(found.bytes, expected.bytes);
  for (std::size_t i = 0; i < std::min(found.sha256.size(), expected.sha256.size()); ++i) {
    if (found.sha256[i] == expected.sha256[i]) continue;
    const std::uint64_t begin = i * kBlockBytes;
    const std::uint64_t end = std::min(begin + kBlockBytes, common);
    faults.push_back({fmt::format("bytes {}-{} differ from the manifest", begin, end - 1), begin, end});
  }
  return faults;
}

std::string manifest_digest(const std::filesystem::path& file) {
  return read_manifest(file).digest;
}

std::string file_digest(const std::filesystem::path& file) {
  return digest_over(digest_blocks(file).sha256);
}

}  // namespace spillway::storage
