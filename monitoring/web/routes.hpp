#pragma once

#include <span>
#include <string_view>

#include "monitoring/web/http_server.hpp"

namespace spillway::web {

/// A file of the page, compiled into the executable (made by embed_page.cmake).
struct PageFile {
  std::string_view path;  ///< "/", "/page.js"
  std::string_view type;
  std::string_view bytes;
};
[[nodiscard]] std::span<const PageFile> page_files();

/// What can be seen at one moment, each text encoded once for all who ask.
struct Snapshot {
  Text counts, status, history, metrics;
};

/// The answer to a request. What is not in the list of paths is 404, however it is spelled: no path ever reaches a file
/// system.
[[nodiscard]] Response route(const Request& request, const Snapshot& snapshot, std::span<const PageFile> page);

}  // namespace spillway::web
