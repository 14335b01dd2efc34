#pragma once

#include <cstdint>
#include <filesystem>

namespace spillway::storage {

/// A file's descriptor beside HDF5's own: closes itself.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  /// Throws Error naming the file.
  FileDescriptor(const std::filesystem::path& file, int flags, unsigned mode = 0644);
  ~FileDescriptor();
  FileDescriptor(FileDescriptor&& other) noexcept;
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  [[nodiscard]] int get() const { return descriptor_; }
  void close();

 private:
  int descriptor_ = -1;
};

/// fsync of a folder, so that a new name in it is durable. Throws Error.
void sync_folder(const std::filesystem::path& folder);
[[nodiscard]] std::uint64_t size_of(int descriptor);

/// Whether somebody holds a SpaceAhead whose manifest this is.
[[nodiscard]] bool is_being_written(const std::filesystem::path& manifest);

/// Allocates the blocks of a file, and of the manifest it will need, ahead of the file's end, without changing its
/// size. Holds a lock on the manifest, by which recover() knows a file that is still being written.
class SpaceAhead {
 public:
  SpaceAhead() = default;
  SpaceAhead(const std::filesystem::path& file, const std::filesystem::path& manifest);

  /// Blocks up to `end` exist when this returns true; `generously` more are taken where there is room for them. False:
  /// the disk is full. Throws Error where the file system cannot reserve.
  [[nodiscard]] bool ensure(std::uint64_t end, std::uint64_t generously);
  [[nodiscard]] int file() const { return file_.get(); }

 private:
  bool allocate(std::uint64_t end);

  FileDescriptor file_;
  FileDescriptor manifest_;
  std::filesystem::path path_;
  std::uint64_t end_ = 0;
  std::uint64_t manifest_end_ = 0;
};

}  // namespace spillway::storage
