#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace spillway::storage {

/// `<file>.manifest.json`: size, SHA-256 of each MiB, SHA-256 over those, and of the manifest itself.
std::filesystem::path manifest_path(const std::filesystem::path& file);
/// `<file>.manifest.json.room`: the space kept for it while the file is written, and its name until it is whole.
std::filesystem::path manifest_room(const std::filesystem::path& manifest);
/// Reads the file as it is and writes its manifest, durably, under `manifest` (empty: manifest_path(file)). It is
/// written as `<manifest>.writing`, over the room that may already be allocated there, and renamed. Throws Error.
void write_manifest(const std::filesystem::path& file, const std::filesystem::path& manifest = {});
/// Upper bound of the size of the manifest of a file of so many bytes.
std::uint64_t manifest_bytes(std::uint64_t file_bytes);
/// What does not hold and, where it is known, which bytes [begin, end) of the file.
struct ManifestFault {
  std::string text;
  std::uint64_t begin = 0, end = 0;
};
/// Empty: all holds.
std::vector<ManifestFault> manifest_faults(const std::filesystem::path& file);
/// The SHA-256 over the MiB digests, from the manifest: the file's digest in the catalogue. Throws Error.
std::string manifest_digest(const std::filesystem::path& file);
/// The same, computed anew from the file's bytes. Throws Error.
std::string file_digest(const std::filesystem::path& file);

}  // namespace spillway::storage
