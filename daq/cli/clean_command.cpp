#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daq/cli/command.hpp"
#include "daq/service/endpoints.hpp"

namespace spillway::cli {
namespace {

struct Options {
  bool json = false;
};

int clean(const Options& options, Call& call) {
  const auto base = service::socket_base();
  const auto removed = service::remove_stale_socket_directories(base);
  if (options.json) {
    nlohmann::ordered_json folders = nlohmann::ordered_json::array();
    for (const auto& folder : removed) folders.push_back(folder.string());
    call.out << nlohmann::ordered_json{{"removed", folders}}.dump(2) << '\n';
    return kOk;
  }
  for (const auto& folder : removed) call.out << fmt::format("removed {}\n", folder.string());
  if (removed.empty()) call.out << fmt::format("nothing was left in {}\n", base.string());
  return kOk;
}

}  // namespace

Action define_clean(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  app.add_flag("--json", options->json, "One JSON object");
  return [options](Call& call) { return clean(*options, call); };
}

}  // namespace spillway::cli
