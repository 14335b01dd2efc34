#include "daq/service/endpoints.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "daq/service/service.hpp"

namespace spillway::service {

namespace fs = std::filesystem;

namespace {

// sockaddr_un holds 108 bytes; what stands behind the base needs about 60 of them.
constexpr std::size_t kLongestBase = 44;
constexpr const char* kLockName = "lock";

void make_private(const fs::path& folder) {
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    throw Error(fmt::format("cannot make the socket folder {}: {}", folder.string(), std::strerror(errno)));
  }
  struct stat status {};
  if (lstat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != geteuid()) {
    throw Error(fmt::format("the socket folder {} is not a folder of this user; remove it or set XDG_RUNTIME_DIR",
                            folder.string()));
  }
  if ((status.st_mode & 0077) != 0 && chmod(folder.c_str(), 0700) != 0) {
    throw Error(fmt::format("cannot make the socket folder {} private: {}", folder.string(), std::strerror(errno)));
  }
}

/// True where the run control that made the folder has gone.
bool is_stale(const fs::path& folder) {
  const int lock = open((folder / kLockName).c_str(), O_RDWR | O_CLOEXEC);
  if (lock < 0) return false;
  const bool gone = flock(lock, LOCK_EX | LOCK_NB) == 0;
  close(lock);
  return gone;
}

}  // namespace

fs::path socket_base() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  fs::path base = fmt::format("/tmp/spillway-{}", geteuid());
  if (runtime != nullptr && access(runtime, W_OK | X_OK) == 0 && std::strlen(runtime) + 9 <= kLongestBase) {
    base = fs::path(runtime) / "spillway";
  }
  make_private(base);
  return base;
}

std::vector<fs::path> remove_stale_socket_directories(const fs::path& base) {
  std::vector<fs::path> removed;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(base, ignored)) {
    if (!entry.is_directory(ignored) || !is_stale(entry.path())) continue;
    std::error_code failed;
    fs::remove_all(entry.path(), failed);
    if (!failed) removed.push_back(entry.path());
  }
  return removed;
}

fs::path make_socket_directory_in(const fs::path& base, std::uint64_t run) {
  fs::path folder = base / fmt::format("{}-{}", run, getpid());
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  make_private(folder);
  // Held until this process ends, whatever way it ends: the lock says that the folder is in use.
  const int lock = open((folder / kLockName).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) != 0) {
    throw Error(fmt::format("cannot lock the socket folder {}: {}", folder.string(), std::strerror(errno)));
  }
  return folder;
}

fs::path make_socket_directory(std::uint64_t run) {
  return make_socket_directory_in(socket_base(), run);
}

std::string default_control_endpoint() {
  return "ipc://" + (socket_base() / "control").string();
}

std::string frames_link(const std::string& front_end, const std::string& readout) {
  return fmt::format("frames.{}.{}", front_end, readout);
}
std::string datagrams_link(const std::string& readout) {
  return "datagrams." + readout;
}
std::string pulses_link(const std::string& front_end) {
  return "pulses." + front_end;
}
std::string primitives_link(const std::string& readout) {
  return "primitives." + readout;
}
std::string fragments_link(const std::string& readout) {
  return "fragments." + readout;
}
std::string front_end_process(const std::string& front_end) {
  return "front_end." + front_end;
}
std::string readout_process(const std::string& detector, std::uint32_t index) {
  return fmt::format("readout.{}.{}", detector, index);
}

}  // namespace spillway::service
