// Loaded into a service before everything else: fdatasync of files whose path begins with SPILLWAY_FAILING_FILE fails,
// as on a disk that loses writes, while there is a file of that name and ".failing". Where that has bytes, it loses one
// each time, and is gone with the last.
#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <mutex>
#include <string>

extern "C" int fdatasync(int file) {
  static const auto real = reinterpret_cast<int (*)(int)>(dlsym(RTLD_NEXT, "fdatasync"));
  static const char* const failing = std::getenv("SPILLWAY_FAILING_FILE");
  const std::string how = std::string(failing != nullptr ? failing : "") + ".failing";
  struct stat status {};
  if (failing != nullptr && stat(how.c_str(), &status) == 0) {
    std::string path(PATH_MAX, '\0');
    const ssize_t length = readlink(("/proc/self/fd/" + std::to_string(file)).c_str(), path.data(), path.size());
    if (length > 0 && path.starts_with(failing)) {
      static std::mutex one_by_one;
      const std::scoped_lock lock(one_by_one);
      if (stat(how.c_str(), &status) != 0) return real(file);
      if (status.st_size == 1) unlink(how.c_str());
      if (status.st_size > 1) static_cast<void>(!truncate(how.c_str(), status.st_size - 1));
      errno = EIO;
      return -1;
    }
  }
  return real(file);
}
