#include "daq/storage/space_ahead.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "daq/base/error.hpp"
#include "daq/storage/manifest.hpp"

namespace spillway::storage {
namespace {

bool allocate_range(int descriptor, std::uint64_t begin, std::uint64_t end, const std::filesystem::path& path) {
  if (end <= begin) return true;
  int result = 0;
  do {
    result = ::fallocate(descriptor, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(begin), static_cast<off_t>(end - begin));
  } while (result != 0 && errno == EINTR);
  if (result == 0) return true;
  if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG) return false;
  throw Error(path.string() + ": the file system cannot reserve space (fallocate: " + std::strerror(errno) +
              "); use one that can, such as ext4, xfs or tmpfs");
}

}  // namespace

FileDescriptor::FileDescriptor(const std::filesystem::path& file, int flags, unsigned mode)
    : descriptor_(::open(file.c_str(), flags | O_CLOEXEC, mode)) {
  if (descriptor_ < 0) throw Error(file.string() + ": cannot be opened: " + std::strerror(errno));
}

FileDescriptor::~FileDescriptor() {
  close();
}

FileDescriptor::FileDescriptor(FileDescriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

void FileDescriptor::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void sync_folder(const std::filesystem::path& folder) {
  const FileDescriptor descriptor(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY);
  if (::fsync(descriptor.get()) != 0) throw Error(folder.string() + ": fsync: " + std::strerror(errno));
}

std::uint64_t size_of(int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) throw Error(std::string("fstat: ") + std::strerror(errno));
  return static_cast<std::uint64_t>(status.st_size);
}

SpaceAhead::SpaceAhead(const std::filesystem::path& file, const std::filesystem::path& manifest)
    : file_(file, O_RDWR), manifest_(manifest, O_RDWR | O_CREAT), path_(file) {
  ::flock(manifest_.get(), LOCK_EX | LOCK_NB);
}

bool is_being_written(const std::filesystem::path& manifest) {
  std::error_code none;
  if (!std::filesystem::exists(manifest, none)) return false;
  const FileDescriptor descriptor(manifest, O_RDONLY);
  return ::flock(descriptor.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

bool SpaceAhead::allocate(std::uint64_t end) {
  const std::uint64_t manifest_end = manifest_bytes(end);
  if (manifest_end > manifest_end_) {
    if (!allocate_range(manifest_.get(), manifest_end_, manifest_end, path_)) return false;
    manifest_end_ = manifest_end;
  }
  if (!allocate_range(file_.get(), end_, end, path_)) return false;
  end_ = end;
  return true;
}

bool SpaceAhead::ensure(std::uint64_t end, std::uint64_t generously) {
  if (end <= end_) return true;
  return (generously != 0 && allocate(end + generously)) || allocate(end);
}

}  // namespace spillway::storage
