#pragma once

#include <filesystem>
#include <vector>

namespace spillway::service {

/// $XDG_RUNTIME_DIR/spillway, or /tmp/spillway-<uid> where there is none or its name is too long for sockets. Made with
/// mode 0700. Throws Error where it belongs to someone else.
std::filesystem::path socket_base();
/// Removes the socket folders of runs under `base` whose run control does not live any more; returns them.
std::vector<std::filesystem::path> remove_stale_socket_directories(const std::filesystem::path& base);
/// make_socket_directory() under `base`.
std::filesystem::path make_socket_directory_in(const std::filesystem::path& base, std::uint64_t run);

}  // namespace spillway::service
