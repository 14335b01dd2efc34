#include "monitoring/web/routes.hpp"

#include <algorithm>
#include <array>

namespace spillway::web {

namespace {

struct Document {
  std::string_view path;
  std::string_view type;
  Text Snapshot::*text;
};
constexpr std::string_view kJson = "application/json";
constexpr std::array kDocuments = {
    Document{"/api/v1/counts", kJson, &Snapshot::counts},
    Document{"/api/v1/status", kJson, &Snapshot::status},
    Document{"/api/v1/history", kJson, &Snapshot::history},
    Document{"/metrics", "text/plain; version=0.0.4; charset=utf-8", &Snapshot::metrics},
};

}  // namespace

Response route(const Request& request, const Snapshot& snapshot, std::span<const PageFile> page) {
  Response response;
  if (const auto document = std::ranges::find(kDocuments, request.path, &Document::path);
      document != kDocuments.end()) {
    response.type = document->type;
    response.body = snapshot.*(document->text);
    return response;
  }
  if (const auto file = std::ranges::find(page, request.path, &PageFile::path); file != page.end()) {
    response.type = file->type;
    response.cacheable = true;
    response.body = std::make_shared<const std::string>(file->bytes);
    return response;
  }
  response.status = 404;
  response.body = std::make_shared<const std::string>("there is no such page\n");
  return response;
}

}  // namespace spillway::web
